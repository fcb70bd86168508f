package kafkalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// Record is one record of a partition's log. Its bytes are the caller's.
type Record struct {
	Offset  int64
	Time    time.Time
	Key     []byte
	Value   []byte
	Headers []kafka.Header
}

// Header returns the value of a header, nil when it has none of the name.
func (r *Record) Header(key string) []byte {
	for _, h := range r.Headers {
		if h.Key == key {
			return h.Value
		}
	}
	return nil
}

// size is about the bytes the record takes on the wire.
func (r *Record) size() int {
	n := len(r.Key) + len(r.Value) + 32
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value)
	}
	return n
}

// Batch is what one Fetch returned.
type Batch struct {
	Records []Record
	Next    int64 // offset to fetch from next; may lie past the last record (control records)
	Start   int64 // first offset the log still holds
	End     int64 // offset after the last record of the log
}

const (
	fetchBytes = 4 << 20
	fetchWait  = 250 * time.Millisecond
)

// Fetch reads records from offset on, waiting a quarter of a second for the
// first one; an empty batch without an error means that there are none yet.
// It fails with kafka.OffsetOutOfRange when the log does not hold the offset.
func (c *Cluster) Fetch(ctx context.Context, topic string, partition int, offset int64) (Batch, error) {
	res, err := c.client.Fetch(ctx, &kafka.FetchRequest{
		Topic: topic, Partition: partition, Offset: offset,
		MinBytes: 1, MaxBytes: fetchBytes, MaxWait: fetchWait,
		IsolationLevel: kafka.ReadCommitted,
	})
	if err == nil {
		err = res.Error
	}
	if err != nil {
		return Batch{}, fmt.Errorf("fetch %s/%d from offset %d: %w", topic, partition, offset, err)
	}
	b := Batch{Next: offset, Start: res.LogStartOffset, End: res.HighWatermark}
	if err := b.read(res.Records, offset); err != nil {
		return Batch{}, fmt.Errorf("fetch %s/%d from offset %d: %w", topic, partition, offset, err)
	}
	return b, nil
}

// read copies the records from offset on out of the response's pages. Control
// records are passed over but move Next, else a log that ends in them would
// be fetched for ever.
func (b *Batch) read(r kafka.RecordReader, offset int64) error {
	readers := []kafka.RecordReader{r}
	if s, ok := r.(*protocol.RecordStream); ok {
		readers = s.Records
	}
	for _, r := range readers {
		_, control := r.(*protocol.ControlBatch)
		for {
			rec, err := r.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			if err := b.take(rec, offset, control); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Batch) take(rec *kafka.Record, offset int64, control bool) error {
	key, err := readBytes(rec.Key)
	if err != nil {
		return err
	}
	value, err := readBytes(rec.Value)
	if err != nil {
		return err
	}
	if rec.Offset < offset {
		return nil
	}
	b.Next = rec.Offset + 1
	if !control {
		b.Records = append(b.Records, Record{Offset: rec.Offset, Time: rec.Time, Key: key, Value: value, Headers: rec.Headers})
	}
	return nil
}

func readBytes(b kafka.Bytes) ([]byte, error) {
	if b == nil {
		return nil, nil
	}
	defer b.Close() //nolint:errcheck // returns pages to a pool, cannot fail
	buf := make([]byte, b.Len())
	_, err := io.ReadFull(b, buf)
	return buf, err
}
