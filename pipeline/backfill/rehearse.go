package backfill

import (
	"context"
	"math"
	"time"

	"golang.org/x/sync/errgroup"

	"fenghuo/pipeline/detect"
	"fenghuo/schemas"
)

// Rehearse takes all rows through the stages of Run except the landing, and
// returns the alerts in order: what a backfill of the same rows with the same
// config would say, for measuring, without a ClickHouse. Trend rules, which
// read ClickHouse, say nothing. Of o it needs Config, Analyzer, Run, Rows,
// Source and Workers.
func Rehearse(ctx context.Context, o Options) ([]schemas.Alert, error) {
	o.sizes, o.snapshotEvery = usualSizes, math.MaxInt64
	h := &history{Options: o, snapped: time.Now()}
	h.run.Name, h.run.StartedAt, h.run.LandRows = o.Run, time.Now(), o.sizes.land
	var err error
	if h.proc, err = detect.NewProcessor(o.processorConfig(), 0); err != nil {
		return nil, err
	}
	g, ctx := errgroup.WithContext(ctx)
	todo, ordered := make(chan *batch, 2*o.Workers), make(chan *batch, 2*o.Workers)
	ranges := make(chan piece)
	g.Go(func() error { return h.read(ctx, todo, ordered) })
	for range o.Workers {
		g.Go(func() error {
			h.analyze(todo)
			return nil
		})
	}
	g.Go(func() error { return h.apply(ctx, ordered, ranges) })
	var alerts []schemas.Alert
	g.Go(func() error {
		return each(ctx, ranges, func(r piece) error {
			alerts = append(alerts, r.Alerts...)
			r.Release()
			return nil
		})
	})
	err = g.Wait()
	return alerts, err
}
