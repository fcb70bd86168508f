package backfill

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/pipeline/analyze"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/detect"
	"fenghuo/pipeline/ingest"
)

// landed is how far a run has landed.
func (a *archive) landed(run string) (to int64) {
	a.t.Helper()
	if err := a.store.Conn().QueryRow(a.t.Context(), "SELECT max(to_offset) FROM progress WHERE run = ?", run).Scan(&to); err != nil {
		a.t.Fatal(err)
	}
	return to
}

// What was landed before a process was killed lands again under the same tokens,
// also by a version in which more rows land together.
func TestLotsThatLandAgainAreKnown(t *testing.T) {
	a := newArchive(t)
	a.fill(a.options("calm"))
	ctx, cancel := context.WithCancel(t.Context())
	o := a.options("killed")
	o.Rows = a.all(func(n int) {
		if n == len(a.rows)-1 {
			cancel()
		}
	})
	if _, err := Run(ctx, o); err == nil {
		t.Fatal("not stopped")
	}
	var mentions uint64
	if err := a.store.Conn().QueryRow(t.Context(), "SELECT count() FROM mentions WHERE run = 'killed'").Scan(&mentions); err != nil || mentions == 0 {
		t.Fatalf("%d mentions have landed: the comparison says little (%v)", mentions, err)
	}
	if err := a.store.Conn().Exec(t.Context(), "DELETE FROM progress WHERE run = 'killed'"); err != nil {
		t.Fatal(err)
	}
	o = a.options("killed")
	o.sizes.land *= 2
	if r := a.fill(o); r.Resumed != 0 {
		t.Errorf("resumed from row %d, of which nothing is known", r.Resumed)
	}
	if d := cmp.Diff(a.content("calm"), a.content("killed")); d != "" {
		t.Errorf("never killed against killed:\n%s", d)
	}
}

// An input that breaks off is not taken for one that has ended.
func TestAnErrorOfTheInputEndsNothing(t *testing.T) {
	a := newArchive(t)
	a.fill(a.options("whole"))
	broken := errors.New("the disk is gone")
	o := a.options("broken")
	o.Rows = func(yield func(ingest.Row, error) bool) {
		for _, r := range a.rows[:len(a.rows)/2] {
			if !yield(r, nil) {
				return
			}
		}
		yield(ingest.Row{}, broken)
	}
	if _, err := Run(t.Context(), o); !errors.Is(err, broken) {
		t.Fatalf("error is %v", err)
	}
	if to := a.landed("broken"); to%o.sizes.land != 0 {
		t.Errorf("landed to row %d, in the middle of a lot", to)
	}
	a.fill(a.options("broken"))
	if d := cmp.Diff(a.content("whole"), a.content("broken")); d != "" {
		t.Errorf("never broken against broken off:\n%s", d)
	}
}

// Rows that are long land in smaller lots, whatever of them had landed before.
func TestLongRowsLandInSmallerLots(t *testing.T) {
	ends := func(landed int64) (list []int64) {
		h := &history{Options: Options{Config: config.Default(), sizes: sizes{pack: 4, land: 16}, snapshotEvery: time.Hour}, snapped: time.Now(), landed: landed}
		h.run.LandRows = h.sizes.land
		var err error
		if h.proc, err = detect.NewProcessor(h.processorConfig(), 0); err != nil {
			t.Fatal(err)
		}
		pieces := make(chan piece, 100)
		f := feed{history: h, ctx: t.Context(), ranges: pieces}
		row := ingest.Row{Value: make([]byte, landBytes/6)}
		for range 30 {
			if err := f.row(&row, &analyze.Analysis{}); err != nil {
				t.Fatal(err)
			}
			row.Value = row.Value[:len(row.Value)*9/10]
		}
		close(pieces)
		for p := range pieces {
			if p.ends {
				list = append(list, p.To)
			}
		}
		return list
	}
	if d := cmp.Diff([]int64{12, 16}, ends(0)); d != "" {
		t.Errorf("lots end at: %s", d)
	}
	if d := cmp.Diff([]int64{16}, ends(12)); d != "" {
		t.Errorf("lots end, when the first has landed, at: %s", d)
	}
}
