package rules

import (
	"context"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"fenghuo/pipeline/config"
)

const (
	worthTelling = 1000             // evaluations that are left
	tellEvery    = 10 * time.Second // how many there still are
	never        = 1 << 40          // the next tick of a rule that is left out
)

// progress is how far the rules of a replay have come.
type progress struct {
	clock *Clock
	rules []config.Rule
	next  []atomic.Int64 // by rule: its next tick in Unix seconds; 0 before its first
}

// left counts the evaluations up to the clock's last tick, by rule.
func (p *progress) left() (list []int, sum int) {
	begin, last := p.clock.span()
	list = make([]int, len(p.rules))
	for i := range p.rules {
		next := begin
		if s := p.next[i].Load(); s != 0 {
			next = time.Unix(s, 0)
		}
		if !next.After(last) {
			list[i] = int(last.Sub(next)/every(&p.rules[i])) + 1
			sum += list[i]
		}
	}
	return list, sum
}

// remaining is how long the slowest rule takes at the rate that it has had for
// elapsed: others may be done while one that is replayed tick by tick has only
// begun. It is nil where a rule has not moved yet.
func remaining(first, now []int, elapsed time.Duration) *time.Duration {
	var longest time.Duration
	for i, left := range now {
		switch done := first[i] - left; {
		case left == 0:
		case done <= 0:
			return nil
		default:
			longest = max(longest, time.Duration(float64(elapsed)*float64(left)/float64(done)))
		}
	}
	return &longest
}

// tell says, once the whole history has landed, how many evaluations are left
// and how long they may take.
func (p *progress) tell(ctx context.Context, log *zap.Logger) {
	if !p.clock.finished(ctx) {
		return
	}
	first, sum := p.left()
	began := time.Now()
	if sum < worthTelling {
		return
	}
	log.Info("rules: all posts have landed, rules are replayed behind them", zap.Int("evaluations_left", sum))
	ticker := time.NewTicker(tellEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now, sum := p.left()
		fields := []zap.Field{zap.Int("evaluations_left", sum)}
		if about := remaining(first, now, time.Since(began)); about != nil {
			fields = append(fields, zap.Duration("about", about.Round(time.Second)))
		}
		log.Info("rules: replayed behind the posts", fields...)
	}
}
