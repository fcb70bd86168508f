package backfill

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go"

	"fenghuo/pipeline/analyze"
	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/detect"
	"fenghuo/pipeline/ingest"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/mentionlog"
	"fenghuo/schemas"
)

// batchRows is how many rows are analysed at a time.
const batchRows = 512

// batch is a run of rows on its way: analysed by any worker, applied in order.
type batch struct {
	first    int64 // number of the first row
	rows     []ingest.Row
	analyses []analyze.Analysis
	done     chan struct{} // closed when analyses are there
}

// each does something with all that comes through a channel, until it is closed.
// A stage closes its channel at the end of the history only, so that what an
// error or a stop has cut short is never taken for all there is.
func each[T any](ctx context.Context, c <-chan T, do func(T) error) error {
	for {
		select {
		case x, more := <-c:
			if !more {
				return nil
			}
			if err := do(x); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// read cuts the rows into batches; rows that the state knows are passed over.
func (h *history) read(ctx context.Context, todo, ordered chan<- *batch) error {
	defer close(todo)
	var b *batch
	send := func() error {
		for _, c := range []chan<- *batch{todo, ordered} {
			select {
			case c <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		b = nil
		return nil
	}
	n := int64(0)
	for row, err := range h.Share.Pace(ctx, h.Rows) {
		if err != nil {
			return err
		}
		if err := h.known.check(n, &row); err != nil {
			return err
		}
		if n++; n <= h.skip {
			continue
		}
		if b == nil {
			b = &batch{first: n - 1, done: make(chan struct{})}
		}
		if b.rows = append(b.rows, row); len(b.rows) == batchRows {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if err := h.known.end(n); err != nil {
		return err
	}
	if b != nil {
		if err := send(); err != nil {
			return err
		}
	}
	close(ordered)
	return nil
}

// source is the backfill as a source of posts.
func (h *history) source() mentionlog.Source { return mentionlog.Source{Topic: h.Source} }

func (h *history) analyze(todo <-chan *batch) {
	scratch := analyzer.NewScratch()
	for b := range todo {
		from := time.Now()
		b.analyses = make([]analyze.Analysis, len(b.rows))
		for i := range b.rows {
			r := kafkalog.Record{Offset: b.first + int64(i), Time: h.run.StartedAt, Value: b.rows[i].Value}
			if fault := b.rows[i].Fault; fault != "" {
				r.Headers = []kafka.Header{{Key: schemas.HeaderFault, Value: []byte(fault)}}
			}
			b.analyses[i] = analyze.Analyze(h.Analyzer, scratch, h.source(), &r, 1)
		}
		close(b.done)
		h.Share.spend(time.Since(from))
	}
}

// apply gives the rows to the detectors as one log of one source: a heartbeat
// follows whenever event time enters a new minute, and at the end.
func (h *history) apply(ctx context.Context, batches <-chan *batch, ranges chan<- piece) error {
	f := feed{
		history: h, ctx: ctx, ranges: ranges, next: h.skip, from: h.skip, watermark: h.proc.Watermark(h.source()),
	}
	err := each(ctx, batches, func(b *batch) error {
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		from := time.Now()
		for i := range b.analyses {
			if err := f.row(&b.rows[i], &b.analyses[i]); err != nil {
				return err
			}
		}
		h.Share.spend(time.Since(from) - f.waited)
		f.waited = 0
		if h.OnProgress != nil {
			h.OnProgress(f.next, f.watermark)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := f.end(); err != nil {
		return err
	}
	close(ranges)
	return nil
}

// feed makes the log of a backfill: an offset is the number of a row, and the
// log is cut after so many rows, right behind a heartbeat, so that a
// run that goes on from there has nothing in flight.
type feed struct {
	*history
	ctx       context.Context
	ranges    chan<- piece
	next      int64 // number of the next row
	bytes     int64 // of the rows since a lot ended
	from      int64 // first row whose outcome was not told
	watermark time.Time
	outcomes  []mentionlog.Outcome
	deadRows  []detect.DeadRow // of the range in progress
	waited    time.Duration    // for the range before to land
}

func (f *feed) row(r *ingest.Row, a *analyze.Analysis) error {
	var post *mentionlog.Post
	if len(a.Posts) > 0 { // with one partition a post has one record
		post = &a.Posts[0].Post
	}
	if a.Outcome.Reason() != "" && f.dead+int64(len(f.deadRows)) < MaxDeadRows {
		f.deadRows = append(f.deadRows, deadRow(r, a))
	}
	f.outcomes = append(f.outcomes, a.Outcome)
	f.proc.Take(f.next, f.run.StartedAt, mentionlog.Record{Post: post, Value: a.Value})
	f.next++
	f.bytes += int64(len(r.Value))
	if minute := a.PublishedAt.Truncate(time.Minute); minute.After(f.watermark) {
		f.watermark = minute
		f.beat()
	}
	if f.next%f.sizes.pack != 0 {
		return nil
	}
	return f.cut()
}

// cut ends a range and passes it on, unless an earlier start has landed it. What
// lands together follows from the rows alone: it stands for them in ClickHouse.
func (f *feed) cut() error {
	f.beat()
	r := f.proc.Cut()
	r.Dead, f.deadRows = f.deadRows, nil
	ends := f.next%f.run.LandRows == 0 || f.bytes >= landBytes
	if ends {
		f.bytes = 0
	}
	if r.To <= f.landed {
		return nil
	}
	f.dead += int64(len(r.Dead))
	return f.pass(piece{r, ends})
}

func (f *feed) beat() {
	f.proc.Take(f.next-1, f.run.StartedAt, mentionlog.Record{Heartbeat: &mentionlog.Heartbeat{
		Source: f.source(), Offset: f.next - 1, Partitions: 1, Watermark: f.watermark, OutcomesFrom: f.from, Outcomes: f.outcomes,
	}})
	f.outcomes, f.from = f.outcomes[:0], f.next
}

// end closes the last minutes, which no later post will, and lands the rest.
func (f *feed) end() error {
	if f.watermark.IsZero() && len(f.outcomes) == 0 {
		return nil
	}
	if !f.watermark.IsZero() { // there were posts, not values alone
		f.watermark = f.watermark.Add(f.Config.Detection.Lateness.Std() + time.Minute)
	}
	f.beat()
	r := f.proc.Cut()
	r.Dead = f.deadRows
	return f.pass(piece{r, true})
}

// pass passes a range on, with the state behind it where a lot ends: a start goes
// on from there.
func (f *feed) pass(r piece) error {
	if r.ends && time.Since(f.snapped) > f.snapshotEvery {
		s, err := f.proc.Snapshot(false)
		if err != nil {
			return err
		}
		r.Snapshot, f.snapped = s, time.Now()
	}
	from := time.Now()
	select {
	case f.ranges <- r:
		f.waited += time.Since(from)
		return nil
	case <-f.ctx.Done():
		return f.ctx.Err()
	}
}
