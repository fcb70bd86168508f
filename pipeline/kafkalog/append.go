package kafkalog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"
)

// Limits of one produce request, and of what may wait for one.
const (
	maxBatchRecords = 5000
	maxBatchBytes   = 900 << 10 // below the brokers' default of 1 MiB
	maxQueuedBytes  = 8 << 20
)

// Appender writes to one partition in order: one batch in flight, the same
// bytes again on an error, nothing later before the acknowledgement. It holds
// at most maxQueuedBytes; Append waits when there is no room.
type Appender struct {
	cluster   *Cluster
	topic     string
	partition int
	onRetry   func(error) // called on every failed attempt, nil after a success

	mu       sync.Mutex
	changed  sync.Cond
	queue    []Record
	bytes    int   // in queue
	appended int64 // records ever appended
	acked    int64 // records ever acknowledged
	err      error // set once Run has ended
}

// NewAppender returns an Appender; call Run to make it send. onRetry may be
// nil.
func (c *Cluster) NewAppender(topic string, partition int, onRetry func(error)) *Appender {
	a := &Appender{cluster: c, topic: topic, partition: partition, onRetry: onRetry}
	a.changed.L = &a.mu
	return a
}

// Append queues a record and returns its ticket: the record is in the log
// once Acked reaches it. It waits while the queue is full and fails once Run
// has ended. The record's bytes must not change afterwards.
func (a *Appender) Append(r Record) (ticket int64, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.bytes > maxQueuedBytes && a.err == nil {
		a.changed.Wait()
	}
	if a.err != nil {
		return 0, a.err
	}
	a.queue = append(a.queue, r)
	a.bytes += r.size()
	a.appended++
	a.changed.Broadcast()
	return a.appended, nil
}

// Appended is the ticket of the last record appended.
func (a *Appender) Appended() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.appended
}

// Acked is the ticket of the last record that is in the log.
func (a *Appender) Acked() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.acked
}

// errStopped ends an Appender's waiters.
var errStopped = errors.New("appender stopped")

// Run sends until ctx is done. Whatever was not acknowledged then was perhaps
// written and must not be counted on.
func (a *Appender) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { a.end(errStopped) })
	defer stop()
	for {
		batch, size := a.take()
		if batch == nil {
			return ctx.Err()
		}
		if err := a.cluster.Append(ctx, a.topic, a.partition, batch, a.onRetry); err != nil {
			a.end(err)
			return err
		}
		a.mu.Lock()
		a.acked += int64(len(batch))
		a.bytes -= size
		a.changed.Broadcast()
		a.mu.Unlock()
	}
}

func (a *Appender) end(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err == nil {
		a.err = err
	}
	a.changed.Broadcast()
}

// take waits for records and removes one batch from the queue, nil at the end.
func (a *Appender) take() (batch []Record, size int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.queue) == 0 && a.err == nil {
		a.changed.Wait()
	}
	if a.err != nil {
		return nil, 0
	}
	n := 0
	for n < len(a.queue) && n < maxBatchRecords {
		s := a.queue[n].size()
		if n > 0 && size+s > maxBatchBytes {
			break
		}
		size += s
		n++
	}
	batch = a.queue[:n:n]
	if a.queue = a.queue[n:]; len(a.queue) == 0 {
		a.queue = nil
	}
	return batch, size
}

// Append writes a batch to one partition and waits for the acknowledgement of
// all in-sync replicas, repeating the same batch until the log has it or ctx
// is done. onRetry (may be nil) gets every failure, and nil after a success.
// After an error the records may or may not be there.
func (c *Cluster) Append(ctx context.Context, topic string, partition int, batch []Record, onRetry func(error)) error {
	wait := &backoff.ExponentialBackOff{
		InitialInterval: 50 * time.Millisecond, MaxInterval: 5 * time.Second,
		Multiplier: 2, RandomizationFactor: .2,
	}
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := c.produce(ctx, topic, partition, batch)
		if onRetry != nil {
			onRetry(err)
		}
		if errors.Is(err, kafka.MessageSizeTooLarge) && len(batch) == 1 {
			return struct{}{}, backoff.Permanent(fmt.Errorf("%w: raise max.message.bytes of topic %q", err, topic))
		}
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0))
	return err
}

// produce makes one attempt.
func (c *Cluster) produce(ctx context.Context, topic string, partition int, records []Record) error {
	out := make([]kafka.Record, len(records))
	for i, r := range records {
		out[i] = kafka.Record{Time: r.Time, Key: kafka.NewBytes(r.Key), Value: kafka.NewBytes(r.Value), Headers: r.Headers}
	}
	res, err := c.client.Produce(ctx, &kafka.ProduceRequest{
		Topic: topic, Partition: partition, RequiredAcks: kafka.RequireAll,
		Records: kafka.NewRecordReader(out...), Compression: kafka.Lz4,
	})
	if err == nil {
		err = res.Error
	}
	if err != nil {
		return fmt.Errorf("append to %s/%d: %w", topic, partition, err)
	}
	return nil
}
