package backfill

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"fenghuo/pipeline/ingest"
)

// Share is the part of a machine that a backfill may take, so that what is
// live beside it keeps the rest. All that it does is counted, on whichever
// core, and the time for which ClickHouse takes in its rows as well; it reads
// on only while the sum is within the share of what all cores could have done
// since it began. A nil *Share is the whole machine.
type Share struct {
	rate  float64 // seconds of work a second
	mu    sync.Mutex
	began time.Time
	spent time.Duration
}

// burden is what a second of work costs others on the same cores: the second,
// and what it leaves to be done, such as the merges of ClickHouse and cold
// caches. Without it live took 1.37 and 1.45 times as long beside a quarter of
// the machine (benchmarks/beside.sh), not 1.33.
const burden = 1.25

// saved is how much of a share may be kept for later while nothing is done.
const saved = time.Second

// NewShare is a part, over 0 and up to 1, of a number of cores.
func NewShare(part float64, cores int) (*Share, error) {
	if !(part > 0 && part <= 1) {
		return nil, fmt.Errorf("a share of %v: give a part of the machine, over 0 and up to 1, such as 0.5", part)
	}
	return &Share{rate: part * float64(cores) / burden}, nil
}

// spend counts work that was done.
func (s *Share) spend(d time.Duration) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spent += d
}

// wait returns when the work so far is within the share.
func (s *Share) wait(ctx context.Context) error {
	if s == nil {
		return nil
	}
	for {
		rest := s.ahead()
		if rest <= 0 {
			return nil
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ahead is how long it takes until the share has caught up with the work.
func (s *Share) ahead() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.began.IsZero() {
		s.began = now
	}
	due := time.Duration(float64(s.spent) / s.rate)
	if idle := now.Sub(s.began) - due; idle > saved {
		s.began = s.began.Add(idle - saved)
	}
	return due - now.Sub(s.began)
}

// Pace yields rows within the share; the time it takes to get them counts.
func (s *Share) Pace(ctx context.Context, rows iter.Seq2[ingest.Row, error]) iter.Seq2[ingest.Row, error] {
	if s == nil {
		return rows
	}
	return func(yield func(ingest.Row, error) bool) {
		n, spent, from := 0, time.Duration(0), time.Now()
		for row, err := range rows {
			spent += time.Since(from)
			if n++; n%batchRows == 0 {
				s.spend(spent)
				spent = 0
				if err := s.wait(ctx); err != nil {
					yield(ingest.Row{}, err)
					return
				}
			}
			if !yield(row, err) {
				return
			}
			from = time.Now()
		}
	}
}
