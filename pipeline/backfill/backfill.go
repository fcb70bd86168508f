package backfill

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
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
	Share    *Share                       // what it may take of the machine; nil = all
	Log      *zap.Logger
	// OnProgress is called now and then with the rows taken and the event time
	// reached; may be nil.
	OnProgress func(rows int64, at time.Time)

	sizes         sizes         // tests take smaller ones
	snapshotEvery time.Duration // bounds what a stopped backfill does again
}

// sizes are in rows. Twice packs are in memory as they are, at some 3 KB a row, one
// packed while the next is filled, and twice lands in files, at .8 KB. A part, a
// merge and a handful of small inserts cost ClickHouse as much whatever the
// rows of a range are, so that many land together.
type sizes struct {
	pack int64 // a range of the log, packed when it is full
	land int64 // so many ranges land together; a multiple of pack
}

var usualSizes = sizes{pack: 25_000, land: 100_000}

// landBytes bounds what lands together where rows are long: no further range is
// added to ranges of so many bytes of input.
const landBytes = 64 << 20

// Result says what a backfill did.
type Result struct {
	Rows    int64     // of the whole run
	Resumed int64     // rows that an earlier start had landed
	From    time.Time // event time of the first post
	To      time.Time // event time of the last post
}

// Run takes all rows. It fails on a name that another process works on, or
// that belongs to another history; stopped by ctx, it can be started again.
func Run(ctx context.Context, o Options) (Result, error) {
	if o.sizes == (sizes{}) {
		o.sizes, o.snapshotEvery = usualSizes, time.Minute
	}
	c, err := take(ctx, o)
	if err != nil {
		return Result{}, err
	}
	if run := c.now(); run.State == store.RunDone {
		return Result{Rows: int64(run.Posts), Resumed: int64(run.Posts), From: run.FirstAt, To: run.LastAt}, nil
	}
	h := &history{Options: o, claim: c, run: c.now()}
	err = h.playWhileMine(ctx)
	run := c.now()
	result := Result{Rows: int64(run.Posts), Resumed: h.landed, From: run.FirstAt, To: run.LastAt}
	if errors.Is(err, errTaken) {
		return result, fmt.Errorf("run %q: %w", o.Run, err)
	}
	state := store.RunDone
	if err != nil {
		state = store.RunFailed
		if ctx.Err() != nil {
			state = store.RunStopped
			err = fmt.Errorf("stopped after %d rows; the same command goes on from there", run.Posts)
		}
	}
	c.update(func(r *store.Run) { r.State = state })
	saveCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := errors.Join(err, c.save(saveCtx)); err != nil {
		return result, err
	}
	if err := o.Store.DropState(saveCtx, o.Run); err != nil { // it is done all the same, and DropRows takes the rest
		o.Log.Warn("backfill: snapshots of the finished run are still there", zap.Error(err))
	}
	return result, nil
}

// history is a backfill under way.
type history struct {
	Options
	claim   *claim
	run     store.Run // as it was taken
	landed  int64     // rows that an earlier start had landed
	skip    int64     // rows that the restored state knows
	known   known     // posts that have landed
	dead    int64     // dead rows that are kept
	proc    *detect.Processor
	lander  *detect.Lander
	snapped time.Time
}

// playWhileMine plays the history until its end, or until the run is another
// process's.
func (h *history) playWhileMine(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var kept sync.WaitGroup
	kept.Go(func() {
		if err := h.claim.keep(ctx, heard); err != nil {
			cancel(err)
		}
	})
	err := h.play(ctx)
	if errors.Is(context.Cause(ctx), errTaken) {
		err = errTaken
	}
	cancel(nil)
	kept.Wait()
	return err
}

func (h *history) play(ctx context.Context) error {
	h.lander = detect.NewLander(h.Store.Conn(), detect.Log{Run: h.Run, Rebuild: h.run.Rebuild, Topic: "backfill", Epoch: h.run.Rebuild},
		nil, h.Log, telemetry.NewMetrics(), telemetry.NewHealth())
	h.lander.Near(h.Store.Near())
	var err error
	h.proc, h.skip, h.landed, err = h.lander.Recover(ctx, h.processorConfig(), 0)
	if err != nil {
		return err
	}
	h.snapped = time.Now()
	if err := h.resume(ctx); err != nil {
		return err
	}
	if h.known, err = h.recall(ctx); err != nil {
		return err
	}

	g, ctx := errgroup.WithContext(ctx)
	batches := make(chan *batch, 2*h.Workers)
	todo := make(chan *batch, 2*h.Workers)
	ranges, lots := make(chan piece), make(chan *detect.Range)
	g.Go(func() error { return h.read(ctx, todo, batches) })
	for range h.Workers {
		g.Go(func() error {
			h.analyze(todo)
			return nil
		})
	}
	g.Go(func() error { return h.apply(ctx, batches, ranges) })
	g.Go(func() error { return h.pack(ctx, ranges, lots) })
	clock := rules.NewClock()
	g.Go(func() error {
		defer clock.End()
		return h.land(ctx, lots, clock)
	})
	g.Go(func() error {
		h.rules(ctx, clock)
		return ctx.Err()
	})
	return g.Wait()
}

// processorConfig is the live one, but that nobody waits for an alert.
func (o *Options) processorConfig() detect.ProcessorConfig {
	c := service.ProcessorConfig(o.Config, o.Run)
	c.DecideLater = true
	return c
}

// resume finds what an earlier start has landed, which may be more than it had
// the time to note.
func (h *history) resume(ctx context.Context) error {
	if h.landed == 0 {
		return nil
	}
	var kept uint64
	if err := h.Store.Conn().QueryRow(ctx, "SELECT count() FROM dead_rows WHERE run = ?", h.Run).Scan(&kept); err != nil {
		return err
	}
	h.dead = int64(kept)
	var first, last time.Time
	err := h.Store.Conn().QueryRow(ctx, "SELECT min(published_at), max(published_at) FROM mentions WHERE run = ?", h.Run).Scan(&first, &last)
	if err != nil || first.Unix() <= 0 {
		return err
	}
	h.claim.update(func(run *store.Run) { run.FirstAt, run.LastAt, run.Posts = first.UTC(), last.UTC(), uint64(h.landed) })
	return nil
}

// rules replays the trend rules behind the landing: a slow one is waited for at
// the end only.
func (h *history) rules(ctx context.Context, clock *rules.Clock) {
	runner := &rules.Runner{
		Config: h.Config, Run: h.Run, Rebuild: h.run.Rebuild, Conn: h.Store.Conn(), Log: h.Log, Metrics: telemetry.NewMetrics(),
	}
	runner.Follow(ctx, clock, h.Config.Rules)
}

// piece is a range of the log on its way; those up to one that ends a lot land
// together.
type piece struct {
	*detect.Range
	ends bool
}

// pack packs the ranges and puts those together that land as one.
func (h *history) pack(ctx context.Context, ranges <-chan piece, lots chan<- *detect.Range) error {
	var lot *detect.Range
	err := each(ctx, ranges, func(p piece) error {
		from := time.Now()
		if err := h.lander.Pack(p.Range); err != nil {
			return err
		}
		h.Share.spend(time.Since(from))
		if lot == nil {
			lot = p.Range
		} else {
			lot.Join(p.Range)
		}
		if !p.ends {
			return nil
		}
		ready := lot
		lot = nil
		select {
		case lots <- ready:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if err != nil {
		return err
	}
	close(lots)
	return nil
}

// land brings lots of ranges into ClickHouse and notes how far the run is.
func (h *history) land(ctx context.Context, lots <-chan *detect.Range, clock *rules.Clock) error {
	return each(ctx, lots, func(r *detect.Range) error {
		from := time.Now()
		if err := h.lander.Land(ctx, r); err != nil {
			return err
		}
		h.Share.spend(time.Since(from))
		h.claim.update(func(run *store.Run) {
			run.Posts = uint64(r.To)
			if !r.First.IsZero() {
				reach(run, r.First)
				reach(run, r.Last)
			}
		})
		clock.Begin(h.claim.now().FirstAt)
		clock.Set(r.Tick)
		r.Release()
		return nil
	})
}

// reach extends the run's span to a moment.
func reach(run *store.Run, at time.Time) {
	if run.FirstAt.IsZero() || at.Before(run.FirstAt) {
		run.FirstAt = at
	}
	if at.After(run.LastAt) {
		run.LastAt = at
	}
}
