package detect

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/store"
	"fenghuo/pipeline/telemetry"
)

// Stage detects and stores for as long as Run runs.
type Stage struct {
	Cluster     *kafkalog.Cluster
	Store       *store.Store
	Publisher   *Publisher
	Topic       string // mentions
	LayoutEpoch int
	Starts      []int64         // first offset of the layout epoch, by partition; nil = 0
	GroupID     string          // of the consumer group that shares the mentions partitions
	Processor   ProcessorConfig // Partition is set per partition
	Log         *zap.Logger
	Metrics     *telemetry.Metrics
	Health      *telemetry.Health
	// SnapshotEvery is how much wall clock may pass between snapshots.
	SnapshotEvery time.Duration
	// Beside works on behalf of the partitions owned for as long as its context
	// lasts; may be nil.
	Beside func(ctx context.Context, owned []int)
}

// Run works until ctx is done. It returns early only on what an operator has
// to mend: the error says what and how.
func (s *Stage) Run(ctx context.Context) error {
	onError := func(err error) { s.Health.Set("detect", err) }
	return s.Cluster.Share(ctx, s.GroupID, s.Topic, s.Log, onError, s.serve)
}

// serve works on one generation's partitions.
func (s *Stage) serve(ctx context.Context, gen *kafkalog.Generation) error {
	var owned []int
	for _, a := range gen.Assignments {
		owned = append(owned, a.Partition)
	}
	s.Log.Info("detect: owns mentions partitions", zap.Ints("partitions", owned))
	landed := &landedOffsets{offsets: map[int]int64{}}
	g, workCtx := errgroup.WithContext(ctx)
	for _, a := range gen.Assignments {
		g.Go(func() error { return s.newPartition(a.Partition, landed).run(workCtx) })
	}
	g.Go(func() error { return s.commit(workCtx, gen, landed) })
	if s.Beside != nil {
		g.Go(func() error {
			s.Beside(workCtx, owned)
			return nil
		})
	}
	err := g.Wait()
	if cerr := gen.Commit(landed.take()); cerr != nil {
		s.Log.Debug("detect: last commit", zap.Error(cerr))
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// commit stores the landed offsets in the group once a second. They serve
// those who watch the lag; nothing starts from them.
func (s *Stage) commit(ctx context.Context, gen *kafkalog.Generation, landed *landedOffsets) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := gen.Commit(landed.take()); err != nil {
			s.Log.Debug("detect: commit", zap.Error(err))
		}
	}
}

// landedOffsets collects what may be committed.
type landedOffsets struct {
	mu      sync.Mutex
	offsets map[int]int64
}

func (l *landedOffsets) set(partition int, offset int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.offsets[partition] = offset
}

func (l *landedOffsets) take() map[int]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.offsets
	l.offsets = map[int]int64{}
	return taken
}
