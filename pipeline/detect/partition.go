package detect

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/mentionlog"
)

// partition owns one mentions partition for one generation.
type partition struct {
	*Stage
	t        int
	landed   *landedOffsets
	lander   *Lander
	proc     *Processor
	next     int64         // offset to read next
	progress int64         // what lies before it has landed and needs no output
	snapped  time.Time     // wall clock of the last snapshot
	spent    time.Duration // on the range in progress
}

func (s *Stage) newPartition(t int, landed *landedOffsets) *partition {
	l := Log{Run: s.Processor.Engine.Run, Topic: s.Topic, Epoch: s.LayoutEpoch, Partition: t}
	lander := NewLander(s.Store.Conn(), l, s.Publisher.Publish, s.Log, s.Metrics, s.Health)
	lander.Near(s.Store.Near())
	return &partition{Stage: s, t: t, landed: landed, snapped: time.Now(), lander: lander}
}

// run recovers the state and then applies and lands, one range being landed
// while the next is applied: never more than two are held in memory.
func (p *partition) run(ctx context.Context) error {
	if err := p.recover(ctx); err != nil {
		return err
	}
	ranges := make(chan *Range)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(ranges)
		return p.read(ctx, ranges)
	})
	g.Go(func() error {
		for r := range ranges {
			if err := p.lander.Land(ctx, r); err != nil {
				return err
			}
			p.landed.set(p.t, r.To)
			r.Release()
		}
		return nil
	})
	return g.Wait()
}

// recover finds the newest state and the offset to go on from, and holds them
// against what the log still has.
func (p *partition) recover(ctx context.Context) error {
	c := p.Processor
	c.Partition = p.t
	var start int64
	if p.t < len(p.Starts) {
		start = p.Starts[p.t]
	}
	var err error
	if p.proc, p.next, p.progress, err = p.lander.Recover(ctx, c, start); err != nil {
		return err
	}
	return p.lander.retry(ctx, "recovery", func() error {
		first, end, err := p.Cluster.Bounds(ctx, p.Topic, p.t)
		if err != nil {
			return err
		}
		if end < p.progress || p.next < first {
			return backoff.Permanent(&LogLostError{Topic: p.Topic, Partition: p.t, From: p.next, Landed: p.progress, First: first, End: end})
		}
		return nil
	})
}

// LogLostError says that the mentions topic no longer holds what is needed.
type LogLostError struct {
	Topic                    string
	Partition                int
	From, Landed, First, End int64
}

func (e *LogLostError) Error() string {
	if e.End < e.Landed {
		return fmt.Sprintf("topic %q partition %d ends at offset %d but %d was landed: it was created anew; "+
			"stop all processes, run `fenghuo migrate --new-layout`, and start again", e.Topic, e.Partition, e.End, e.Landed)
	}
	return fmt.Sprintf("topic %q partition %d begins at offset %d but state is needed from %d: its retention is shorter than the time "+
		"between snapshots; raise retention.ms, run `fenghuo migrate --new-layout`, and start again", e.Topic, e.Partition, e.First, e.From)
}

// read applies the log to the processor and sends on the ranges that have not
// landed.
func (p *partition) read(ctx context.Context, ranges chan<- *Range) error {
	lag := p.Metrics.MentionsLag.WithLabelValues(strconv.Itoa(p.t))
	for ctx.Err() == nil {
		batch, err := p.fetch(ctx)
		if err != nil {
			return err
		}
		for i := range batch.Records {
			if err := p.apply(ctx, &batch.Records[i], ranges); err != nil {
				return err
			}
		}
		p.next = batch.Next
		lag.Set(float64(batch.End - p.next))
	}
	return nil
}

func (p *partition) apply(ctx context.Context, r *kafkalog.Record, ranges chan<- *Range) error {
	began := time.Now()
	done, err := p.proc.Apply(r.Offset, r.Time, r.Value)
	p.spent += time.Since(began)
	if errors.Is(err, mentionlog.ErrDamaged) {
		p.Log.Error("detect: passed over a record that is no mention record", zap.Error(err))
	} else if err != nil {
		return err
	}
	if done == nil {
		return nil
	}
	p.Metrics.DetectSeconds.Observe(p.spent.Seconds())
	p.spent = 0
	if done.To <= p.progress {
		return nil
	}
	if time.Since(p.snapped) >= p.SnapshotEvery {
		if done.Snapshot, err = p.proc.Snapshot(false); err != nil {
			return fmt.Errorf("mentions partition %d: %w", p.t, err)
		}
		p.snapped = time.Now()
	}
	select {
	case ranges <- done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *partition) fetch(ctx context.Context) (batch kafkalog.Batch, err error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 100*time.Millisecond, 5*time.Second
	part := fmt.Sprintf("kafka, mentions partition %d", p.t)
	return backoff.Retry(ctx, func() (kafkalog.Batch, error) {
		b, err := p.Cluster.Fetch(ctx, p.Topic, p.t, p.next)
		if errors.Is(err, kafka.OffsetOutOfRange) {
			return b, backoff.Permanent(err)
		}
		if err != nil && ctx.Err() == nil {
			p.Health.Set(part, err)
			p.Metrics.Retries.WithLabelValues("kafka").Inc()
			p.Log.Warn("detect: read failed, trying again", zap.Error(err))
			return b, err
		}
		p.Health.Set(part, nil)
		return b, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0))
}
