package ingest

import (
	"context"
	"fmt"
	"hash/fnv"
	"iter"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"fenghuo/pipeline/kafkalog"
	"fenghuo/schemas"
)

// Limits of what is under way at once: a step is acknowledged by all of its
// partitions before the next begins, so that no partition runs ahead of the
// others in event time by more than a step.
const (
	stepRows     = 4000
	stepBytes    = 4 << 20
	requestBytes = 900 << 10
)

// Log appends to one partition of a topic; kafkalog.Cluster is one.
type Log interface {
	Append(ctx context.Context, topic string, partition int, batch []kafkalog.Record, onRetry func(error)) error
}

// Sender writes rows to a topic.
type Sender struct {
	Log        Log
	Topic      string
	Partitions int
	OnRetry    func(error) // called with every failed attempt, nil after a success; may be nil
	OnSent     func(n int) // called with the rows sent so far; may be nil
}

// Send writes the rows in their order, all of a post's copies to the same
// partition. It keeps trying while Kafka is away. It returns how many rows the
// topic has acknowledged, and the first error: of the rows, after those before
// it were sent, or of the topic.
func (s *Sender) Send(ctx context.Context, rows iter.Seq2[Row, error]) (sent int, err error) {
	step := newStep(s.Partitions)
	flush := func() error {
		if err := s.flush(ctx, step); err != nil {
			return err
		}
		sent += step.rows
		if s.OnSent != nil {
			s.OnSent(sent)
		}
		step = newStep(s.Partitions)
		return nil
	}
	for row, err := range rows {
		if err != nil {
			if flushErr := flush(); flushErr != nil {
				return sent, flushErr
			}
			return sent, err
		}
		step.add(row)
		if step.rows >= stepRows || step.bytes >= stepBytes {
			if err := flush(); err != nil {
				return sent, err
			}
		}
	}
	return sent, flush()
}

// step is rows on their way, by partition.
type step struct {
	partitions [][]kafkalog.Record
	rows       int
	bytes      int
}

func newStep(partitions int) *step { return &step{partitions: make([][]kafkalog.Record, partitions)} }

func (s *step) add(r Row) {
	h := fnv.New32a()
	h.Write([]byte(r.Key)) //nolint:errcheck // a hash does not fail
	p := int(h.Sum32() % uint32(len(s.partitions)))
	// The record's time is when it was ingested, not when it was published:
	// topics keep records by it.
	s.partitions[p] = append(s.partitions[p], kafkalog.Record{Time: time.Now(), Key: []byte(r.Key), Value: r.Value, Headers: headers(r)})
	s.rows++
	s.bytes += len(r.Key) + len(r.Value)
}

// headers tell where a row is, for the case that it makes no post.
func headers(r Row) (list []kafka.Header) {
	if r.From != "" {
		list = append(list, kafka.Header{Key: schemas.HeaderOrigin, Value: fmt.Appendf(nil, "%s:%d", r.From, r.Number)})
	}
	if r.Fault != "" {
		list = append(list, kafka.Header{Key: schemas.HeaderFault, Value: []byte(r.Fault)})
	}
	return list
}

func (s *Sender) flush(ctx context.Context, step *step) error {
	g, ctx := errgroup.WithContext(ctx)
	for p, records := range step.partitions {
		g.Go(func() error {
			for len(records) > 0 {
				n := fitting(records)
				if err := s.Log.Append(ctx, s.Topic, p, records[:n], s.OnRetry); err != nil {
					return err
				}
				records = records[n:]
			}
			return nil
		})
	}
	return g.Wait()
}

// fitting is how many of the records go into one request.
func fitting(records []kafkalog.Record) int {
	size := 0
	for i, r := range records {
		size += len(r.Key) + len(r.Value) + 64
		if size > requestBytes && i > 0 {
			return i
		}
	}
	return len(records)
}
