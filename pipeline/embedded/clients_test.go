package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

// query asks ClickHouse over HTTP.
func query(ctx context.Context, url, sql string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(sql))
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", resp.StatusCode, b)
	}
	return strings.TrimSpace(string(b)), err
}

func mustQuery(t *testing.T, url, sql string) string {
	t.Helper()
	out, err := query(t.Context(), url, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

const batchRows = 1000

func createTable(t *testing.T, url string) {
	t.Helper()
	mustQuery(t, url, "CREATE DATABASE IF NOT EXISTS d")
	mustQuery(t, url, "CREATE TABLE IF NOT EXISTS d.t (batch UInt32, n UInt32, text String) ENGINE = MergeTree ORDER BY (batch, n)")
}

// insertBatch stores one batch as one block.
func insertBatch(ctx context.Context, url string, batch int, text string) error {
	var csv strings.Builder
	for n := range batchRows {
		fmt.Fprintf(&csv, "%d,%d,%s\n", batch, n, text)
	}
	_, err := query(ctx, url, "INSERT INTO d.t SETTINGS async_insert = 0 FORMAT CSV\n"+csv.String())
	return err
}

// storedBatches are the batches of which any row is stored; each must be whole.
func storedBatches(t *testing.T, url string) map[int]bool {
	t.Helper()
	stored := map[int]bool{}
	for line := range strings.Lines(mustQuery(t, url, "SELECT batch, count(), uniqExact(n) FROM d.t GROUP BY batch") + "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		batch, err := strconv.Atoi(fields[0])
		if err != nil {
			t.Fatal(err)
		}
		if want := strconv.Itoa(batchRows); fields[1] != want || fields[2] != want {
			t.Errorf("batch %d has %s rows, %s of them different; want %d", batch, fields[1], fields[2], batchRows)
		}
		stored[batch] = true
	}
	return stored
}

const topic = "posts"

func createTopic(t *testing.T, brokers []string) {
	t.Helper()
	c := &kafka.Client{Addr: kafka.TCP(brokers...)}
	resp, err := c.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}}})
	if err == nil {
		err = resp.Errors[topic]
	}
	if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
		t.Fatalf("create topic: %v", err)
	}
}

// produce writes one record and returns when the broker has it.
func produce(ctx context.Context, brokers []string, value []byte) error {
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	c := &kafka.Client{Addr: kafka.TCP(brokers...), Timeout: 10 * time.Second, Transport: transport}
	resp, err := c.Produce(ctx, &kafka.ProduceRequest{
		Topic: topic, Partition: 0, RequiredAcks: kafka.RequireAll,
		Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes(value)}),
	})
	if err != nil {
		return err
	}
	return resp.Error
}

// consume reads the whole topic.
func consume(t *testing.T, brokers []string) []string {
	t.Helper()
	conn, err := kafka.DialLeader(t.Context(), "tcp", brokers[0], topic, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	first, last, err := conn.ReadOffsets()
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for at := first; at < last; {
		if _, err := conn.Seek(at, kafka.SeekAbsolute); err != nil {
			t.Fatal(err)
		}
		b := conn.ReadBatch(1, 16<<20)
		for at < last {
			m, err := b.ReadMessage()
			if err != nil {
				break
			}
			values = append(values, string(m.Value))
			at = m.Offset + 1
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return values
}
