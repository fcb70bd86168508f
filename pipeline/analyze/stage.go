package analyze

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/telemetry"
)

// Stage analyses posts for as long as Run runs.
type Stage struct {
	Cluster  *kafkalog.Cluster
	Analyzer *analyzer.Analyzer
	Topics   config.Topics
	GroupID  string // of the consumer group that shares the source partitions
	Epoch    int    // of the posts topic
	// Landed tells, by source partition, the last offset that has landed: what
	// the consumer group knows is deleted with the topic.
	Landed            func(context.Context) (map[int]int64, error)
	SourcePartitions  int
	MentionPartitions int
	DeadPartitions    int
	IdleAfter         time.Duration
	Log               *zap.Logger
	Metrics           *telemetry.Metrics
	Health            *telemetry.Health
}

const (
	beatEvery    = time.Second
	commitEvery  = time.Second
	drainTimeout = 3 * time.Second
)

// Run works until ctx is done. It returns early only on what an operator has
// to mend: the error says what and how.
func (s *Stage) Run(ctx context.Context) error {
	onError := func(err error) { s.Health.Set("analyze", err) }
	return s.Cluster.Share(ctx, s.GroupID, s.Topics.Posts, s.Log, onError, s.serve)
}

// serve works on one generation's source partitions.
func (s *Stage) serve(ctx context.Context, gen *kafkalog.Generation) error {
	var owned []int
	for _, a := range gen.Assignments {
		owned = append(owned, a.Partition)
	}
	s.Log.Info("analyze: owns source partitions", zap.Ints("partitions", owned))
	out := s.newOutbox(ctx)
	defer out.stop()
	g, workCtx := errgroup.WithContext(ctx)
	for _, a := range gen.Assignments {
		g.Go(func() error { return s.newSource(a, out).run(workCtx) })
	}
	g.Go(func() error { return s.commit(workCtx, gen, out) })
	err := g.Wait()
	out.drain(drainTimeout)
	if cerr := gen.Commit(out.safe()); cerr != nil && err == nil {
		s.Log.Debug("analyze: last commit", zap.Error(cerr))
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// commit stores the offsets that are safe, once a second.
func (s *Stage) commit(ctx context.Context, gen *kafkalog.Generation, out *outbox) error {
	tick := time.NewTicker(commitEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := gen.Commit(out.safe()); err != nil {
			// The generation is over, or the coordinator has moved: the group
			// finds out by itself. Nothing is lost, what is not committed is
			// read again and known by its offset.
			s.Log.Warn("analyze: commit failed", zap.Error(err))
		}
	}
}

func (s *Stage) onRetry(err error) {
	if err == nil {
		s.Health.Set("kafka append", nil)
		return
	}
	if !errors.Is(err, context.Canceled) {
		s.Metrics.Retries.WithLabelValues("kafka").Inc()
		s.Health.Set("kafka append", err)
		s.Log.Warn("analyze: append failed, trying again", zap.Error(err))
	}
}

// place checks where to go on against the log and against what has landed.
func (s *Stage) place(ctx context.Context, a kafkalog.Assignment) (int64, error) {
	first, end, err := s.Cluster.Bounds(ctx, s.Topics.Posts, a.Partition)
	if err != nil {
		return 0, err
	}
	landed, err := s.Landed(ctx)
	if err != nil {
		return 0, err
	}
	known := a.Offset // everything before it was read
	if last, ok := landed[a.Partition]; ok {
		known = max(known, last+1)
	}
	switch {
	case known > end:
		return 0, &RecreatedError{Topic: s.Topics.Posts, Partition: a.Partition, Known: known, End: end}
	case a.Offset < 0: // kafka.FirstOffset: nothing is committed
		return first, nil
	case a.Offset < first:
		s.Log.Error("analyze: the source's retention has removed records before they were read",
			zap.Int("partition", a.Partition), zap.Int64("from", a.Offset), zap.Int64("to", first))
		return first, nil
	}
	return a.Offset, nil
}

// RecreatedError says that a source topic ends before what was read of it.
type RecreatedError struct {
	Topic      string
	Partition  int
	Known, End int64
}

func (e *RecreatedError) Error() string {
	return fmt.Sprintf("topic %q partition %d ends at offset %d but was read up to %d: it was created anew; "+
		"stop all processes, run `fenghuo migrate --new-epoch %s`, and start again", e.Topic, e.Partition, e.End, e.Known, e.Topic)
}
