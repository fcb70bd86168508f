package rules

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/detect"
	"fenghuo/pipeline/telemetry"
	"fenghuo/schemas"
)

// Runner evaluates rules of one run.
type Runner struct {
	Config  *config.Config
	Run     string
	Rebuild int // of the run
	Conn    driver.Conn
	// Publish writes to the alert topics; nil in a backfill.
	Publish func(ctx context.Context, alerts []schemas.Alert, expired []string) error
	// MaxBehind is how many ticks a rule may be behind before it passes over
	// what it missed; 0 = it never does.
	MaxBehind int
	Log       *zap.Logger
	Metrics   *telemetry.Metrics
}

// saveEvery is how much wall clock may pass between saved states, of which a
// successor repeats what came after: the same alerts under the same ids.
const saveEvery = 5 * time.Second

// patience is after how many failures in a row a replay goes on without a rule:
// one that always takes too long would take hours.
const patience = 5

// Follow evaluates the rules, each in a goroutine of its own, at every tick
// that the clock comes to, until the clock ends or ctx is done.
func (n *Runner) Follow(ctx context.Context, clock *Clock, rules []config.Rule) {
	p := &progress{clock: clock, rules: rules, next: make([]atomic.Int64, len(rules))}
	telling, stop := context.WithCancel(ctx)
	var wg, teller sync.WaitGroup
	if n.MaxBehind == 0 {
		teller.Go(func() { p.tell(telling, n.Log) })
	}
	for i := range rules {
		wg.Go(func() {
			f := &follower{Runner: n, rule: &rules[i], next: &p.next[i], log: n.Log.With(zap.String("rule", rules[i].Name))}
			f.follow(ctx, clock)
		})
	}
	wg.Wait()
	stop()
	teller.Wait()
}

// follower is one rule under way.
type follower struct {
	*Runner
	rule     *config.Rule
	state    *State
	tick     time.Time // last one decided; zero = none
	next     *atomic.Int64
	saved    time.Time // wall clock
	unsaved  bool
	failures int    // in a row
	lastLine string // of the log, so that a rule that fails the same way says so once
	ahead    ahead
	log      *zap.Logger
}

func (f *follower) follow(ctx context.Context, clock *Clock) {
	if f.retry(ctx, "load its state", func() error { return f.load(ctx) }) != nil {
		return
	}
	defer f.lastSave(ctx)
	next, ok := f.begin(ctx, clock)
	for ok {
		var now time.Time
		if now, ok = clock.after(ctx, next); !ok {
			break
		}
		next = f.catchUp(next, now)
		if f.decide(ctx, next, now) != nil {
			break // ctx is done
		}
		if f.MaxBehind == 0 && f.failures == patience {
			f.say(next, fmt.Sprintf("left out of the rest of the replay, as it failed at %d ticks in a row", patience))
			f.next.Store(never)
			break
		}
		next = next.Add(f.every())
		f.next.Store(next.Unix())
	}
}

// begin is the first tick to decide.
func (f *follower) begin(ctx context.Context, clock *Clock) (time.Time, bool) {
	if !f.tick.IsZero() {
		return f.tick.Add(f.every()), true
	}
	first, ok := clock.first(ctx)
	return first.Truncate(f.every()), ok
}

// every is the distance of ticks, which come by the minute.
func (f *follower) every() time.Duration { return every(f.rule) }

func every(r *config.Rule) time.Duration { return max(time.Minute, r.Every.Std()) }

// catchUp passes over ticks when too many are due.
func (f *follower) catchUp(next, now time.Time) time.Time {
	due := int(now.Sub(next) / f.every())
	if f.MaxBehind == 0 || due <= f.MaxBehind {
		return next
	}
	f.log.Warn("rules: passing over ticks that were missed", zap.Int("ticks", due), zap.Time("from", next))
	return next.Add(time.Duration(due) * f.every())
}

// decide evaluates the rule at a tick and lands what comes of it. A rule that
// fails leaves its series as they are; only while ClickHouse cannot be reached
// the tick is tried again. Now is how far the clock has come. The error is that
// of ctx.
func (f *follower) decide(ctx context.Context, tick, now time.Time) error {
	var found result
	var failed error
	err := f.retry(ctx, "run", func() error {
		began := time.Now()
		var err error
		found, err = f.evaluate(ctx, tick, now)
		f.Metrics.RuleSeconds.WithLabelValues(f.rule.Name).Observe(time.Since(began).Seconds())
		failed = nil
		if refused(err) {
			failed, err = err, nil
		}
		if failed == nil && err == nil {
			f.report(tick, found.aside)
		}
		return err
	})
	if err != nil {
		return err
	}
	f.tick, f.unsaved = tick, true
	if failed != nil {
		f.Metrics.RuleFailures.WithLabelValues(f.rule.Name).Inc()
		f.failures++
		f.say(tick, "passed over: "+oneLine(failed))
		return f.save(ctx, false)
	}
	f.failures = 0
	alerts := f.state.Step(f.rule, f.Run, tick, found.rows, func(r *Row) bool { return f.muted(r, tick) })
	expired := f.state.Expire(tick, f.Config.Retention.Alerts.Std())
	if len(alerts)+len(expired) == 0 {
		return f.save(ctx, false)
	}
	f.name(alerts)
	if err := f.retry(ctx, "land its alerts", func() error { return f.land(ctx, alerts, expired) }); err != nil {
		return err
	}
	for i := range alerts {
		f.Metrics.Transitions.WithLabelValues(string(alerts[i].State), string(alerts[i].Level)).Inc()
	}
	return f.save(ctx, true)
}

// refused tells an error of the rule from one of the service: the server
// answered, or took too long, or the result is of no use.
func refused(err error) bool {
	var net interface{ Timeout() bool }
	var exception *clickhouse.Exception
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return false
	case errors.As(err, &exception), errors.Is(err, context.DeadlineExceeded):
		return true
	case errors.As(err, &net):
		return net.Timeout()
	}
	var status *clickhouse.HTTPError
	return !errors.As(err, &status)
}

// report says what was set aside.
func (f *follower) report(tick time.Time, aside []string) {
	if len(aside) == 0 {
		f.lastLine = ""
		return
	}
	f.Metrics.RuleFailures.WithLabelValues(f.rule.Name).Inc()
	line := "a row was set aside: " + aside[0]
	if len(aside) > 1 {
		line = fmt.Sprintf("%d rows were set aside, the first: %s", len(aside), aside[0])
	}
	f.say(tick, line)
}

func (f *follower) say(tick time.Time, line string) {
	if line != f.lastLine {
		f.log.Warn("rules: "+line, zap.Time("tick", tick))
		f.lastLine = line
	}
}

// muted tells whether a silence of the config covers the row.
func (f *follower) muted(r *Row, tick time.Time) bool {
	for _, s := range f.Config.Silences {
		if (s.Brand == "" || s.Brand == r.Brand) && (s.SKU == "" || s.SKU == r.SKU) &&
			(s.Signal == "" || s.Signal == string(signal(f.rule.Name))) && !tick.Before(s.From) && tick.Before(s.To) {
			return true
		}
	}
	return false
}

// name fills in the names of the brands.
func (n *Runner) name(alerts []schemas.Alert) {
	for i := range alerts {
		for _, b := range n.Config.Brands {
			if b.ID == alerts[i].Brand {
				alerts[i].BrandName = b.Name
			}
		}
	}
}

func (n *Runner) land(ctx context.Context, alerts []schemas.Alert, expired []string) error {
	if len(alerts) > 0 {
		var ids []string
		for i := range alerts {
			ids = append(ids, alerts[i].ID)
		}
		token := fmt.Sprintf("rule/%s/%d/%s", n.Run, n.Rebuild, hash(ids...))
		if err := detect.InsertAlerts(ctx, n.Conn, token, alerts); err != nil {
			return err
		}
	}
	if n.Publish == nil {
		return nil
	}
	return n.Publish(ctx, alerts, expired)
}

// retry repeats what may pass by itself, until ctx is done.
func (f *follower) retry(ctx context.Context, what string, do func() error) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 200*time.Millisecond, 30*time.Second
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := do()
		if err != nil && ctx.Err() == nil {
			f.say(f.tick, fmt.Sprintf("could not %s, will try again: %s", what, oneLine(err)))
		}
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0))
	return err
}
