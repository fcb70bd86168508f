package rules

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/mentionlog"
)

// Log is the mentions log whose progress is the clock of live rules.
type Log struct {
	Topic      string
	Epoch      int // layout epoch
	Partitions int
}

// pollEvery is how often the progress of the partitions is looked at.
const pollEvery = 2 * time.Second

// Serve runs the rules that belong to the mentions partitions owned, until ctx
// is done. It ends the alerts of rules that the config no longer has.
func (n *Runner) Serve(ctx context.Context, l Log, owned []int) {
	mine := func(rule string) bool { return slices.Contains(owned, mentionlog.PartitionOf(rule, l.Partitions)) }
	var rules []config.Rule
	for _, r := range n.Config.Rules {
		if mine(r.Name) {
			rules = append(rules, r)
		}
	}
	clock := NewClock()
	polling, stop := context.WithCancel(ctx)
	defer stop() // at once where there is no rule to follow
	go n.poll(polling, l, clock)
	if tick, ok := clock.first(ctx); ok {
		n.retire(ctx, tick, mine)
	}
	n.Follow(ctx, clock, rules)
}

// poll moves the clock to what all partitions have passed.
func (n *Runner) poll(ctx context.Context, l Log, clock *Clock) {
	every := time.NewTicker(pollEvery)
	defer every.Stop()
	for {
		if tick, err := n.passed(ctx, l); err == nil && !tick.IsZero() {
			clock.Set(tick)
		} else if err != nil && ctx.Err() == nil {
			n.Log.Debug("rules: progress", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// passed is the least of the partitions' ticks; zero while one has none.
func (n *Runner) passed(ctx context.Context, l Log) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	var partitions uint64
	var tick time.Time
	err := n.Conn.QueryRow(ctx, `SELECT count(), min(tick) FROM (SELECT t, max(last_tick) AS tick FROM progress
		WHERE run = ? AND topic = ? AND layout_epoch = ? GROUP BY t)`, n.Run, l.Topic, uint32(l.Epoch)).Scan(&partitions, &tick)
	if err != nil || int(partitions) < l.Partitions || tick.Unix() <= 0 {
		return time.Time{}, err
	}
	return tick.UTC(), nil
}

// retire resolves what rules that are no longer in the config have left firing.
func (n *Runner) retire(ctx context.Context, tick time.Time, mine func(rule string) bool) {
	states, err := n.states(ctx, "")
	if err != nil {
		if ctx.Err() == nil {
			n.Log.Warn("rules: could not look for rules that are gone", zap.String("error", oneLine(err)))
		}
		return
	}
	for _, k := range states {
		known := slices.ContainsFunc(n.Config.Rules, func(r config.Rule) bool { return r.Name == k.rule })
		if known || len(k.state.Series) == 0 || !mine(k.rule) {
			continue
		}
		gone := config.Rule{Name: k.rule}
		alerts := k.state.Step(&gone, n.Run, tick, nil, func(*Row) bool { return false })
		n.name(alerts)
		err := n.land(ctx, alerts, nil)
		if err == nil {
			err = n.write(ctx, k.rule, tick, k.state)
		}
		if err != nil && ctx.Err() == nil {
			n.Log.Warn("rules: could not end a rule that is gone, the next start will", zap.String("rule", k.rule), zap.String("error", oneLine(err)))
		}
	}
}
