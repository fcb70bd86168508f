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

// left counts the evaluations up to the clock's last tick.
func (p *progress) left() (n int) {
	begin, last := p.clock.span()
	for i := range p.rules {
		next := begin
		if s := p.next[i].Load(); s != 0 {
			next = time.Unix(s, 0)
		}
		if !next.After(last) {
			n += int(last.Sub(next)/every(&p.rules[i])) + 1
		}
	}
	return n
}

// tell says, once the whole history has landed, how many evaluations are left
// and how long they may take.
func (p *progress) tell(ctx context.Context, log *zap.Logger) {
	if !p.clock.finished(ctx) {
		return
	}
	first, began := p.left(), time.Now()
	if first < worthTelling {
		return
	}
	log.Info("rules: all posts have landed, rules are replayed behind them", zap.Int("evaluations_left", first))
	ticker := time.NewTicker(tellEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := p.left()
		fields := []zap.Field{zap.Int("evaluations_left", now)}
		if now < first {
			rate := float64(first-now) / time.Since(began).Seconds()
			fields = append(fields, zap.Duration("about", time.Duration(float64(now)/rate*float64(time.Second)).Round(time.Second)))
		}
		log.Info("rules: replayed behind the posts", fields...)
	}
}
