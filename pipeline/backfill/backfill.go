package backfill

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/detect"
	"fenghuo/pipeline/ingest"
	"fenghuo/pipeline/rules"
	"fenghuo/pipeline/service"
	"fenghuo/pipeline/store"
	"fenghuo/pipeline/telemetry"
)

// Options of a backfill.
type Options struct {
	Config   *config.Config
	Analyzer *analyzer.Analyzer // of the same config
	Store    *store.Store
	Run      string
	Rows     iter.Seq2[ingest.Row, error] // in order of event time
	Source   string                       // where the rows come from, for people
	Identity string                       // hash of what decides the result: a run goes on only with the same
	Replace  bool                         // build the run anew
	Workers  int                          // cores for the analysis
	Log      *zap.Logger
	// OnProgress is called now and then with the rows taken and the event time
	// reached; may be nil.
	OnProgress func(rows int64, at time.Time)

	rangeRows     int64         // rows that land together; tests take fewer
	snapshotEvery time.Duration // bounds what a stopped backfill does again
}

// Result says what a backfill did.
type Result struct {
	Rows    int64     // of the whole run
	Resumed int64     // rows that an earlier start had landed
	From    time.Time // event time of the first post
	To      time.Time // event time of the last post
}

// abandoned is how long a run's owner may be silent before another process may
// take the run over.
const abandoned = 20 * time.Second

// Run takes all rows. It fails on a name that another process works on, or
// that belongs to another history; stopped by ctx, it can be started again.
func Run(ctx context.Context, o Options) (Result, error) {
	if o.Run == "live" || o.Run == "" {
		return Result{}, fmt.Errorf("run %q: choose another name, live is what comes through Kafka", o.Run)
	}
	if o.rangeRows == 0 {
		o.rangeRows, o.snapshotEvery = detect.CutRecords, 20*time.Second
	}
	run, err := claim(ctx, o)
	if err != nil {
		return Result{}, err
	}
	if run.State == store.RunDone {
		return Result{Rows: int64(run.Posts), Resumed: int64(run.Posts), From: run.FirstAt, To: run.LastAt}, nil
	}
	h := &history{Options: o, run: run}
	err = h.play(ctx)
	h.run.State = store.RunDone
	if err != nil {
		h.run.State = store.RunFailed
		if ctx.Err() != nil {
			h.run.State = store.RunStopped
			err = fmt.Errorf("stopped after %d rows; the same command goes on from there", h.run.Posts)
		}
	}
	saveCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err = errors.Join(err, o.Store.SaveRun(saveCtx, h.run))
	return Result{Rows: int64(h.run.Posts), Resumed: h.landed, From: h.run.FirstAt, To: h.run.LastAt}, err
}

// claim takes the name for this process; a run that is done stays as it is.
func claim(ctx context.Context, o Options) (store.Run, error) {
	old, found, err := o.Store.FindRun(ctx, o.Run)
	if err != nil {
		return store.Run{}, err
	}
	host, _ := os.Hostname() // only for people
	run := store.Run{
		Name: o.Run, Source: o.Source, Identity: o.Identity, State: store.RunRunning,
		Timezone: o.Config.Location().String(),
		Owner:    fmt.Sprintf("%s/%d", host, os.Getpid()), StartedAt: time.Now(),
	}
	if !found {
		return run, o.Store.SaveRun(ctx, run)
	}
	if old.State == store.RunRunning && time.Since(old.UpdatedAt) < abandoned && old.Owner != run.Owner {
		return run, fmt.Errorf("run %q is being filled by %s: wait for it, or choose another --run", o.Run, old.Owner)
	}
	run.Rebuild = old.Rebuild
	switch {
	case o.Replace, old.State == store.RunDropped:
		if err := o.Store.DropRows(ctx, o.Run); err != nil {
			return run, err
		}
		run.Rebuild++
	case old.Identity != o.Identity:
		return run, fmt.Errorf("run %q was filled from %s with another config, mapping or input: use --replace to build it anew, or another --run", o.Run, old.Source)
	case old.State == store.RunDone:
		return old, nil
	default:
		run.StartedAt, run.FirstAt, run.LastAt, run.Posts = old.StartedAt, old.FirstAt, old.LastAt, old.Posts
	}
	return run, o.Store.SaveRun(ctx, run)
}

// history is a backfill under way.
type history struct {
	Options
	run     store.Run
	landed  int64 // rows that an earlier start had landed
	skip    int64 // rows that the restored state knows
	proc    *detect.Processor
	lander  *detect.Lander
	snapped time.Time
	saved   time.Time
}

func (h *history) play(ctx context.Context) error {
	h.lander = detect.NewLander(h.Store.Conn(), detect.Log{Run: h.Run, Rebuild: h.run.Rebuild, Topic: "backfill", Epoch: h.run.Rebuild},
		nil, h.Log, telemetry.NewMetrics(), telemetry.NewHealth())
	var err error
	h.proc, h.skip, h.landed, err = h.lander.Recover(ctx, service.ProcessorConfig(h.Config, h.Run), 0)
	if err != nil {
		return err
	}
	h.snapped, h.saved = time.Now(), time.Now()

	g, ctx := errgroup.WithContext(ctx)
	batches := make(chan *batch, 2*h.Workers)
	todo := make(chan *batch, 2*h.Workers)
	ranges := make(chan *detect.Range)
	g.Go(func() error { return h.read(ctx, todo, batches) })
	for range h.Workers {
		g.Go(func() error {
			h.analyze(todo)
			return nil
		})
	}
	g.Go(func() error {
		defer close(ranges)
		return h.apply(ctx, batches, ranges)
	})
	clock := rules.NewClock()
	g.Go(func() error {
		defer clock.End()
		return h.land(ctx, ranges, clock)
	})
	g.Go(func() error {
		h.rules(ctx, clock)
		return ctx.Err()
	})
	return g.Wait()
}

// rules replays the trend rules behind the landing: a slow one is waited for at
// the end only.
func (h *history) rules(ctx context.Context, clock *rules.Clock) {
	runner := &rules.Runner{
		Config: h.Config, Run: h.Run, Rebuild: h.run.Rebuild, Conn: h.Store.Conn(), Log: h.Log, Metrics: telemetry.NewMetrics(),
	}
	runner.Follow(ctx, clock, h.Config.Rules)
}

// land brings the ranges into ClickHouse and notes how far the run is.
func (h *history) land(ctx context.Context, ranges <-chan *detect.Range, clock *rules.Clock) error {
	for r := range ranges {
		if err := h.lander.Land(ctx, r); err != nil {
			return err
		}
		h.run.Posts = uint64(r.To)
		for i := range r.Mentions {
			at := r.Mentions[i].PublishedAt
			if h.run.FirstAt.IsZero() || at.Before(h.run.FirstAt) {
				h.run.FirstAt = at
			}
			if at.After(h.run.LastAt) {
				h.run.LastAt = at
			}
		}
		clock.Begin(h.run.FirstAt)
		clock.Set(r.Tick)
		if time.Since(h.saved) > abandoned/4 {
			if err := h.Store.SaveRun(ctx, h.run); err != nil {
				return err
			}
			h.saved = time.Now()
		}
	}
	return nil
}
