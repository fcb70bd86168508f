package backfill

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"fenghuo/pipeline/ingest"
)

// In every stretch of time the work done, with its burden, is at most the share
// of what the cores could do, but for what was under way and what was saved up.
func TestShareBoundsTheWork(t *testing.T) {
	for _, c := range []struct {
		part  float64
		cores int
	}{{.5, 2}, {.1, 2}, {.25, 8}, {1, 2}} {
		synctest.Test(t, func(t *testing.T) {
			s, err := NewShare(c.part, c.cores)
			if err != nil {
				t.Fatal(err)
			}
			const piece, pieces = 10 * time.Millisecond, 2000
			todo := make(chan struct{})
			g, ctx := errgroup.WithContext(t.Context())
			g.Go(func() error { // as the reader admits, the workers work
				defer close(todo)
				for range pieces {
					if err := s.wait(ctx); err != nil {
						return err
					}
					todo <- struct{}{}
				}
				return nil
			})
			began := time.Now()
			for range c.cores + 2 { // more hands than cores
				g.Go(func() error {
					for range todo {
						time.Sleep(piece)
						s.spend(piece)
					}
					return nil
				})
			}
			if err := g.Wait(); err != nil {
				t.Fatal(err)
			}
			took := time.Since(began)
			work, may := pieces*piece, time.Duration(c.part*float64(c.cores)*float64(took)/burden)
			if underWay := time.Duration(c.cores+3) * piece; work > may+underWay {
				t.Errorf("share %v of %d cores: %v of work in %v, %v may be", c.part, c.cores, work, took, may)
			}
			if work < may*9/10 {
				t.Errorf("share %v of %d cores: %v of work in %v, %v was allowed", c.part, c.cores, work, took, may)
			}
		})
	}
}

// What was not used while there was nothing to do is not made up for later.
func TestShareSavesASecondAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := NewShare(.5, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		began, n := time.Now(), 0
		for ; time.Since(began) < 10*time.Second; n++ {
			if err := s.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.spend(time.Second) // as if the other cores had done it
		}
		if n > 10 {
			t.Errorf("%d seconds of work within 10 s at one core's share", n)
		}
	})
}

// Reading is within the share, too, and stops with its context.
func TestSharePacesRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := NewShare(.5, 1)
		if err != nil {
			t.Fatal(err)
		}
		rows := func(yield func(ingest.Row, error) bool) {
			for time.Sleep(time.Millisecond); yield(ingest.Row{}, nil); time.Sleep(time.Millisecond) {
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		n, last := 0, error(nil)
		for _, last = range s.Pace(ctx, rows) {
			if last != nil {
				break
			}
			n++
		}
		if !errors.Is(last, context.DeadlineExceeded) || n < 29_000/burden || n > 31_500/burden {
			t.Errorf("%d rows of a millisecond each in a minute at half a core, then %v", n, last)
		}
	})
}

func TestShareIsAPart(t *testing.T) {
	for _, part := range []float64{0, -1, 1.1} {
		if _, err := NewShare(part, 2); err == nil {
			t.Errorf("a share of %v was taken", part)
		}
	}
	var whole *Share
	if err := whole.wait(t.Context()); err != nil {
		t.Error(err)
	}
}
