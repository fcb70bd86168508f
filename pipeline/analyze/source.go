package analyze

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"
	"go.uber.org/zap"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/mentionlog"
)

// source reads one source partition in order.
type source struct {
	*Stage
	assigned kafkalog.Assignment
	id       mentionlog.Source
	out      *outbox

	next         int64                // offset to read next
	watermark    time.Time            // highest event time read, cut to the minute
	outcomes     []mentionlog.Outcome // of the offsets from outcomesFrom to next
	outcomesFrom int64
	lastBeat     time.Time // wall clock
	lastRecord   time.Time // wall clock
}

func (s *Stage) newSource(a kafkalog.Assignment, out *outbox) *source {
	return &source{
		Stage: s, assigned: a, out: out,
		id:         mentionlog.Source{Topic: s.Topics.Posts, Epoch: s.Epoch, Partition: a.Partition},
		lastRecord: time.Now(),
	}
}

func (s *source) run(ctx context.Context) error {
	first, err := retry(ctx, s.Stage, func() (int64, error) { return s.place(ctx, s.assigned) })
	if err != nil {
		return err
	}
	s.next, s.outcomesFrom = first, first
	for ctx.Err() == nil {
		batch, err := retry(ctx, s.Stage, func() (kafkalog.Batch, error) { return s.fetch(ctx) })
		if err != nil {
			return err
		}
		if err := s.take(ctx, &batch); err != nil {
			return err
		}
		s.Metrics.SourceLag.WithLabelValues(strconv.Itoa(s.id.Partition)).Set(float64(batch.End - s.next))
		if err := s.beatIfDue(s.next >= batch.End); err != nil {
			return err
		}
	}
	return nil
}

// fetch reads on. Where the log does not hold the place any more it was created
// anew, which is an error, or its retention was too short.
func (s *source) fetch(ctx context.Context) (kafkalog.Batch, error) {
	b, err := s.Cluster.Fetch(ctx, s.id.Topic, s.id.Partition, s.next)
	if !errors.Is(err, kafka.OffsetOutOfRange) {
		return b, err
	}
	first, err := s.place(ctx, kafkalog.Assignment{Partition: s.id.Partition, Offset: s.next})
	if err != nil {
		return b, err
	}
	if err := s.beat(false); err != nil { // tells the outcomes before the gap
		return b, err
	}
	s.next, s.outcomesFrom = first, first
	return kafkalog.Batch{Next: first, Start: first, End: first}, nil
}

// retry repeats a read while Kafka is away. What an operator has to mend is
// permanent.
func retry[T any](ctx context.Context, s *Stage, read func() (T, error)) (T, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 100*time.Millisecond, 5*time.Second
	return backoff.Retry(ctx, func() (T, error) {
		v, err := read()
		var recreated *RecreatedError
		if errors.As(err, &recreated) {
			return v, backoff.Permanent(err)
		}
		if err != nil && ctx.Err() == nil {
			s.Metrics.Retries.WithLabelValues("kafka").Inc()
			s.Log.Warn("analyze: read failed, trying again", zap.Error(err))
			s.Health.Set("kafka read", err)
			return v, err
		}
		s.Health.Set("kafka read", nil)
		return v, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0))
}

// take analyses a batch on all cores and emits it in order.
func (s *source) take(ctx context.Context, b *kafkalog.Batch) error {
	analyses := s.analyzeAll(b.Records)
	if slices.ContainsFunc(analyses, func(a Analysis) bool { return a.Value == nil }) {
		s.lastRecord = time.Now()
	}
	for i := range b.Records {
		if ctx.Err() != nil {
			return nil
		}
		if err := s.emit(&b.Records[i], &analyses[i]); err != nil {
			return err
		}
	}
	s.skipTo(b.Next)
	return nil
}

// analyzeAll spreads the records over the cores in small runs.
func (s *source) analyzeAll(records []kafkalog.Record) []Analysis {
	const run = 64
	analyses := make([]Analysis, len(records))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (len(records)+run-1)/run) {
		wg.Go(func() {
			scratch := analyzer.NewScratch()
			for {
				from := int(next.Add(run)) - run
				if from >= len(records) {
					return
				}
				for i := from; i < min(from+run, len(records)); i++ {
					analyses[i] = Analyze(s.Analyzer, scratch, s.id, &records[i], s.MentionPartitions)
				}
			}
		})
	}
	wg.Wait()
	return analyses
}

// emit appends what became of one record, and a heartbeat when its event time
// enters a new minute. Nothing is held back for batching: the log's order is
// the source's order alone.
func (s *source) emit(r *kafkalog.Record, a *Analysis) error {
	s.skipTo(r.Offset)
	if reason := a.Outcome.Reason(); reason != "" {
		s.Metrics.PostsRead.WithLabelValues("dead").Inc()
		s.Metrics.DeadLetters.WithLabelValues(string(reason)).Inc()
		letter := deadLetter(s.id, r, reason, a.Detail)
		if _, err := s.out.dead[s.id.Partition%len(s.out.dead)].Append(letter); err != nil {
			return err
		}
	}
	now := time.Now()
	for i := range a.Posts {
		routed := &a.Posts[i]
		record := kafkalog.Record{Time: now, Value: mentionlog.AppendPost(nil, &routed.Post)}
		if _, err := s.out.mentions[routed.Partition].Append(record); err != nil {
			return err
		}
	}
	if v := a.Value; v != nil {
		t := mentionlog.PartitionOf(v.Brand, len(s.out.mentions))
		if _, err := s.out.mentions[t].Append(kafkalog.Record{Time: now, Value: mentionlog.AppendValue(nil, v)}); err != nil {
			return err
		}
	}
	switch a.Outcome {
	case mentionlog.Attributed:
		s.Metrics.PostsRead.WithLabelValues("attributed").Inc()
	case mentionlog.Unattributed:
		s.Metrics.PostsRead.WithLabelValues("unattributed").Inc()
	}
	s.outcomes = append(s.outcomes, a.Outcome)
	s.next = r.Offset + 1
	if minute := a.PublishedAt.Truncate(time.Minute); minute.After(s.watermark) {
		s.watermark = minute
		return s.beat(false)
	}
	return nil
}

// skipTo notes that the offsets before offset hold no records.
func (s *source) skipTo(offset int64) {
	for s.next < offset {
		s.outcomes = append(s.outcomes, mentionlog.None)
		s.next++
	}
}

// beatIfDue sends a heartbeat once a second, and at once when the end of the
// source is reached with something to tell; it marks the place, which may be
// committed once all is acknowledged.
func (s *source) beatIfDue(atEnd bool) error {
	due := time.Since(s.lastBeat) >= beatEvery
	if !due && !(atEnd && len(s.outcomes) > 0) {
		return nil
	}
	if err := s.beat(atEnd && time.Since(s.lastRecord) >= s.IdleAfter); err != nil {
		return err
	}
	s.out.mark(s.id.Partition, s.next)
	return nil
}

func (s *source) beat(idle bool) error {
	now := time.Now()
	h := mentionlog.Heartbeat{
		Source: s.id, Offset: s.next - 1, Partitions: s.SourcePartitions, Watermark: s.watermark, Idle: idle,
	}
	for t, a := range s.out.mentions {
		h.OutcomesFrom, h.Outcomes = 0, nil
		if t == mentionlog.LedgerOf(s.id, len(s.out.mentions)) {
			h.OutcomesFrom, h.Outcomes = s.outcomesFrom, s.outcomes
		}
		if _, err := a.Append(kafkalog.Record{Time: now, Value: mentionlog.AppendHeartbeat(nil, &h)}); err != nil {
			return err
		}
	}
	s.outcomes, s.outcomesFrom, s.lastBeat = s.outcomes[:0], s.next, now
	if !s.watermark.IsZero() {
		s.Metrics.Watermark.WithLabelValues(strconv.Itoa(s.id.Partition)).Set(float64(s.watermark.Unix()))
	}
	return nil
}
