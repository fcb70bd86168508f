package ingest

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sequence(rows []Row, end error) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
		if end != nil {
			yield(Row{}, end)
		}
	}
}

func randomRows(n int, seed uint64) []Row {
	rng := rand.New(rand.NewPCG(seed, 0))
	rows := make([]Row, n)
	for i := range rows {
		at := time.UnixMilli(1_600_000_000_000 + int64(rng.IntN(n/3+1))).UTC() // many ties
		if rng.IntN(50) == 0 {
			at = time.Time{}
		}
		rows[i] = Row{At: at, Key: fmt.Sprint(i), Value: make([]byte, rng.IntN(200)), From: []string{"a.csv", "b.csv"}[rng.IntN(2)], Number: int64(i)}
		if rng.IntN(10) == 0 {
			rows[i].Fault = "the row has 1 cells, its header has 2"
		}
	}
	return rows
}

// Whatever the memory allowed, the result is that of a stable sort in memory.
func TestSortEqualsStableSort(t *testing.T) {
	for _, c := range []struct{ rows, bytes, fanIn int }{
		{0, 1 << 20, 4}, {1, 1 << 20, 4}, {5000, 1 << 30, 4}, // in memory
		{5000, 100_000, 64}, // some runs
		{1500, 10_000, 3},   // runs merged over several levels
		{20, 1, 2},          // a run a row
	} {
		rows := randomRows(c.rows, uint64(c.rows+c.bytes))
		want := append([]Row(nil), rows...)
		slices.SortStableFunc(want, func(a, b Row) int { return a.At.Compare(b.At) })
		dir := t.TempDir()
		var got []Row
		for r, err := range Sort(sequence(rows, nil), SortOptions{Dir: dir, MaxBytes: c.bytes, FanIn: c.fanIn}) {
			if err != nil {
				t.Fatalf("%+v: %v", c, err)
			}
			if got = append(got, r); len(got) == c.rows/2 {
				assertNothingLeft(t, dir)
			}
		}
		if len(got) != len(want) || (len(want) > 0 && !cmp.Equal(want, got)) {
			t.Errorf("%+v: the order differs", c)
		}
	}
}

// assertNothingLeft holds while rows are still to come, too: a process that is
// killed then leaves nothing behind.
func assertNothingLeft(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v behind, error %v", left, err)
	}
}

func TestSortKeepsRowsBeforeAnError(t *testing.T) {
	end := errors.New("breaks off")
	n := 0
	var last error
	for _, err := range Sort(sequence(randomRows(1000, 1), end), SortOptions{Dir: t.TempDir(), MaxBytes: 20_000}) {
		if last = err; err == nil {
			n++
		}
	}
	if n != 1000 || !errors.Is(last, end) {
		t.Errorf("%d rows, then %v", n, last)
	}
}

// A reader that stops early leaves nothing behind.
func TestSortStopsEarly(t *testing.T) {
	dir := t.TempDir()
	for range Sort(sequence(randomRows(1000, 1), nil), SortOptions{Dir: dir, MaxBytes: 20_000}) {
		break
	}
	assertNothingLeft(t, dir)
}

func TestSortWithoutRoom(t *testing.T) {
	for _, err := range Sort(sequence(randomRows(1000, 1), nil), SortOptions{Dir: "/no/such/folder", MaxBytes: 20_000}) {
		if err == nil {
			t.Fatal("rows came although there was no folder for them")
		}
	}
}

func BenchmarkSort(b *testing.B) {
	rows := randomRows(100_000, 1)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range Sort(sequence(rows, nil), SortOptions{Dir: b.TempDir(), MaxBytes: 4 << 20}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// SortAll gives what Sort gives, and of an input that breaks off the error and
// no row; either way nothing is left behind.
func TestSortAll(t *testing.T) {
	dir := t.TempDir()
	rows := randomRows(1000, 1)
	sorted, clean, err := SortAll(sequence(rows, nil), SortOptions{Dir: dir, MaxBytes: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for row, err := range Sort(sequence(rows, nil), SortOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		rows[n] = row
		n++
	}
	n = 0
	for row, err := range sorted {
		if err != nil || row.Key != rows[n].Key {
			t.Fatalf("row %d: %v, error %v", n, row, err)
		}
		n++
	}
	if n != len(rows) {
		t.Errorf("%d rows of %d", n, len(rows))
	}
	clean()
	broken := errors.New("broken")
	if _, _, err := SortAll(sequence(rows, broken), SortOptions{Dir: dir, MaxBytes: 20_000}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	assertNothingLeft(t, dir)
}
