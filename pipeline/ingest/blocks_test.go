package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// oddFile has about n rows of a format: good ones, some without time or id, blank
// lines, rows over several lines, long ones, and such as make no post.
func oddFile(format Format, n int, seed uint64) string {
	rng := rand.New(rand.NewPCG(seed, 1))
	at := func() string { return fmt.Sprint(1_600_000_000 + rng.IntN(1000)) }
	odd := map[Format][]func() string{
		JSONL: {
			func() string { return fmt.Sprintf(`{"id":"%d","text":"坏了","published_at":%s}`, rng.IntN(n), at()) },
			func() string {
				return fmt.Sprintf(`{"text":"坏了","published_at":"2022-03-15 12:00:%02d"}`, rng.IntN(60))
			},
			func() string { return `{"text":"no time","likes":"1.2万"}` },
			func() string { return `{"text":"null","id":null,"other":[1,{}]}` },
			func() string { return "  " },
			func() string { return "no post" },
			func() string { return "{\"text\":\"\xff\"}" },
			func() string {
				return fmt.Sprintf(`{"text":"%s","published_at":%s}`, strings.Repeat("长", rng.IntN(40_000)), at())
			},
		},
		CSV: {
			func() string { return fmt.Sprintf("%d,坏了,%s", rng.IntN(n), at()) },
			func() string { return fmt.Sprintf(",\"two\nlines, one row\",%s", at()) },
			func() string { return "7,no time," },
			func() string { return "" },
			func() string { return "one cell" },
			func() string { return "1,\xff,2" },
			func() string { return fmt.Sprintf(",%s,%s", strings.Repeat("长", rng.IntN(40_000)), at()) },
		},
		TSV: {
			func() string { return fmt.Sprintf("%d\t坏了\t%s", rng.IntN(n), at()) },
			func() string { return "\tno time\t" },
			func() string { return "\t" },
			func() string { return "a\tb\tc\td" },
			func() string { return fmt.Sprintf("\t%s\t%s", strings.Repeat("长", rng.IntN(40_000)), at()) },
		},
	}[format]
	var b strings.Builder
	b.WriteString(map[Format]string{JSONL: `{"text":"first"}`, CSV: "id,text,published_at", TSV: "id\ttext\tpublished_at"}[format])
	end := []string{"\n", "\r\n"}[rng.IntN(2)]
	if format == JSONL {
		b.WriteString(end + `{"text":"time","published_at":1600000000}`)
	}
	for range n {
		k := 0
		if rng.IntN(4) == 0 {
			k = rng.IntN(len(odd))
		}
		b.WriteString(end + odd[k]())
	}
	return b.String()
}

// Made by many goroutines, the rows are those that one makes, in its order, and
// so is the error at the end of a file that breaks off.
func TestRowsAreTheSameHoweverManyMakeThem(t *testing.T) {
	for _, format := range []Format{JSONL, CSV, TSV} {
		for seed := range uint64(4) {
			content := zipped(t, oddFile(format, 3000, seed))
			if seed == 3 {
				content = content[:len(content)*2/3]
			}
			path := write(t, "a.gz", content)
			wantRows, wantErr := readWith(t, path, format, 1)
			if len(wantRows) < 1500 || (seed == 3) != (wantErr != nil) {
				t.Fatalf("%s: %d rows, error %v", format, len(wantRows), wantErr)
			}
			for _, workers := range []int{2, 5} {
				rows, err := readWith(t, path, format, workers)
				if !reflect.DeepEqual(wantRows, rows) {
					t.Errorf("%s, seed %d, %d workers: %d rows, not the %d that one makes", format, seed, workers, len(rows), len(wantRows))
				}
				if fmt.Sprint(err) != fmt.Sprint(wantErr) {
					t.Errorf("%s, %d workers: error %v, want %v", format, workers, err, wantErr)
				}
			}
		}
	}
}

func readWith(t *testing.T, path string, format Format, workers int) (rows []Row, broken error) {
	t.Helper()
	s, err := Open(t.Context(), []string{path}, format, Mapping{}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // read only
	s.Workers = workers
	for r, err := range s.Rows() {
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// Who takes no more rows leaves no goroutine behind.
func TestRowsStopEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := write(t, "a.jsonl", []byte(oddFile(JSONL, 20_000, 1)))
		s, err := Open(t.Context(), []string{path}, Auto, Mapping{}, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close() //nolint:errcheck // read only
		s.Workers = 4
		for range s.Rows() {
			break
		}
		synctest.Wait() // and the test fails if any waits for ever
	})
}

// What stands in a pipe that does not go on can be left.
func TestRowsOfAPipeStopEarly(t *testing.T) {
	r, w := io.Pipe()
	l := &lineReader{in: r}
	b := newBuilder(Mapping{}, "pipe", time.UTC)
	m := mill{b, l.rows, func(b *builder, r raw) Row { return b.fromObject(r.line) }}
	go func() {
		_, _ = w.Write([]byte(oddFile(JSONL, 3*blockRows, 1))) // then nothing more comes, nor the end
	}()
	if err := m.each(2, func(Row) bool { return false }); err != nil {
		t.Error(err)
	}
	if err := w.CloseWithError(errors.New("left")); err != nil {
		t.Error(err)
	}
}

// Of a line that is too long the beginning is kept, the next one is whole, and
// half a line before a break is no row.
func TestOverlongLines(t *testing.T) {
	long := bytes.Repeat([]byte("x"), maxLine+3*readBytes)
	for _, c := range []struct {
		name, behind string
		want         []int // lengths of lines
		end          error
	}{
		{"another line", "\nab\n", []int{maxLine, 2}, io.EOF},
		{"the end", "", []int{maxLine}, io.EOF},
		{"a break", "", nil, io.ErrUnexpectedEOF},
	} {
		l := &lineReader{in: io.MultiReader(bytes.NewReader(long), strings.NewReader(c.behind), failing{c.end})}
		var got []int
		var err error
		for {
			var line []byte
			if line, err = l.next(); err != nil {
				break
			}
			got = append(got, len(line))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if broken := !errors.Is(err, io.EOF); broken != (c.want == nil) {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A post that needs no change is sent as it stands in its file; any other is
// written anew.
func TestUnchangedPosts(t *testing.T) {
	for line, unchanged := range map[string]bool{
		`{"published_at": 1647345600, "id": "1", "text": "a"}`:                true,
		`{"id":"1","text":"a","published_at":1647345600,"likes":"3"}`:         true,
		`{"id":"1","text":"a","published_at":1647345600,"likes":"3万"}`:        false,
		`{"id":"1","text":"a","published_at":"2022/3/15 12:00"}`:              false,
		`{"text":"a","published_at":1647345600}`:                              false,
		`{"id":"1","text":"a","published_at":1647345600,"other":1}`:           false,
		`{"id":"1","text":"a","published_at":1647345600,"sku":null}`:          false,
		`{"id":"1","text":"a","published_at":1647345600,"text":"b"}`:          false,
		`{"id":"1","text":"a","published_at":1647345600,"likes":"-"}`:         false,
		`{"id":"1","text":"a","published_at":1647345600,"te\u0078t":"twice"}`: false,
	} {
		row := newBuilder(Mapping{}, "a.jsonl", time.UTC).fromObject([]byte(line))
		if got := string(row.Value) == line; got != unchanged {
			t.Errorf("%s became %s", line, row.Value)
		}
	}
	constant := Mapping{"channel": {Constant: "weibo", IsConst: true}}
	row := newBuilder(constant, "a.jsonl", time.UTC).fromObject([]byte(`{"id":"1","text":"a","published_at":1647345600}`))
	if want := `{"id":"1","text":"a","published_at":1647345600,"channel":"weibo"}`; string(row.Value) != want {
		t.Errorf("with a constant: %s", row.Value)
	}
}
