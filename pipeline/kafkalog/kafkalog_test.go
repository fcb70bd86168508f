package kafkalog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"fenghuo/pipeline/config"
)

func newCluster(t *testing.T) (*kfake.Cluster, *Cluster) {
	t.Helper()
	fake, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	c, err := Connect(config.Kafka{Brokers: fake.ListenAddrs()}, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.EnsureTopics(t.Context(), true, Topic{Name: "log", Partitions: 1, Replicas: 1}); err != nil {
		t.Fatal(err)
	}
	return fake, c
}

// all reads a partition from an offset to its end.
func all(t *testing.T, c *Cluster, from int64) (records []Record) {
	t.Helper()
	for {
		b, err := c.Fetch(t.Context(), "log", 0, from)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, b.Records...)
		if from = b.Next; from >= b.End {
			return records
		}
	}
}

// While every third produce request fails, records still reach the log in
// order; a batch may be there twice, but nothing is missing or overtaken.
func TestAppenderKeepsTheOrderThroughFailures(t *testing.T) {
	fake, c := newCluster(t)
	var requests atomic.Int64
	fake.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		if requests.Add(1)%3 == 0 {
			return nil, errors.New("the connection breaks"), true
		}
		return nil, nil, false
	})
	var failures atomic.Int64
	a := c.NewAppender("log", 0, func(err error) {
		if err != nil {
			failures.Add(1)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	const n = 2000
	for i := range n {
		if _, err := a.Append(Record{Time: time.Now(), Value: []byte(strconv.Itoa(i))}); err != nil {
			t.Fatal(err)
		}
		if i%100 == 99 { // several batches
			for a.Acked() < a.Appended() {
				time.Sleep(time.Millisecond)
			}
		}
	}
	cancel()
	<-done
	if failures.Load() == 0 {
		t.Error("no request failed: the test tested nothing")
	}
	next := 0
	for _, r := range all(t, c, 0) {
		i, err := strconv.Atoi(string(r.Value))
		if err != nil {
			t.Fatal(err)
		}
		if i > next {
			t.Fatalf("record %d follows where %d should: something was lost or overtaken", i, next)
		}
		next = max(next, i+1)
	}
	if next != n {
		t.Errorf("%d of %d records are in the log", next, n)
	}
}

func TestAStoppedAppenderRefusesRecords(t *testing.T) {
	_, c := newCluster(t)
	a := c.NewAppender("log", 0, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run ended with %v", err)
	}
	if _, err := a.Append(Record{Value: []byte("x")}); err == nil {
		t.Error("a record was accepted that nobody will send")
	}
}

func TestFetchStartsAtTheOffset(t *testing.T) {
	_, c := newCluster(t)
	var batch []Record
	for i := range 50 {
		batch = append(batch, Record{
			Time: time.UnixMilli(1700000000000 + int64(i)), Key: []byte("k"), Value: []byte(fmt.Sprint(i)),
			Headers: []kafka.Header{{Key: "h", Value: []byte("v")}},
		})
	}
	if err := c.Append(t.Context(), "log", 0, batch, nil); err != nil {
		t.Fatal(err)
	}
	got := all(t, c, 20) // in the middle of the batch
	if len(got) != 30 || string(got[0].Value) != "20" || got[0].Offset != 20 || string(got[0].Headers[0].Value) != "v" ||
		got[0].Time.UnixMilli() != 1700000000020 {
		t.Errorf("%d records, the first is %+v", len(got), got[0])
	}
	if _, err := c.Fetch(t.Context(), "log", 0, 51); !errors.Is(err, kafka.OffsetOutOfRange) {
		t.Errorf("beyond the end: %v", err)
	}
	first, end, err := c.Bounds(t.Context(), "log", 0)
	if err != nil || first != 0 || end != 50 {
		t.Errorf("bounds %d to %d: %v", first, end, err)
	}
}

func TestConnectRefusesWhatCannotWork(t *testing.T) {
	for name, k := range map[string]config.Kafka{
		"no brokers":        {},
		"unknown mechanism": {Brokers: []string{"127.0.0.1:1"}, SASL: config.SASL{Mechanism: "oauth"}},
		"missing CA":        {Brokers: []string{"127.0.0.1:1"}, TLS: config.TLS{Enabled: true, CA: "/nonexistent"}},
	} {
		if _, err := Connect(k, "test"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
