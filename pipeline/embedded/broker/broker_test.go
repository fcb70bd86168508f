package broker

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"go.uber.org/zap"
)

func startAt(t *testing.T, dir, addr string) *Broker {
	t.Helper()
	b, err := Start(dir, addr, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func write(t *testing.T, b *Broker, topic string, m kafka.Message) {
	t.Helper()
	w := &kafka.Writer{Addr: kafka.TCP(b.Addr()), Topic: topic, RequiredAcks: kafka.RequireAll, BatchSize: 1, AllowAutoTopicCreation: true}
	defer func() { _ = w.Close() }()
	if err := w.WriteMessages(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

// count is the number of records of all partitions.
func count(t *testing.T, b *Broker, topic string) (records int64, partitions int) {
	t.Helper()
	conn, err := kafka.DialContext(t.Context(), "tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ps, err := conn.ReadPartitions(topic)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range ps {
		c, err := kafka.DialLeader(t.Context(), "tcp", b.Addr(), topic, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		first, last, err := c.ReadOffsets()
		if err != nil {
			t.Fatal(err)
		}
		records += last - first
		_ = c.Close()
	}
	return records, len(ps)
}

func TestDefaultPartitionsAndRestart(t *testing.T) {
	dir := t.TempDir()
	b := startAt(t, dir, "127.0.0.1:0")
	write(t, b, "t", kafka.Message{Value: []byte("x")})
	if n, p := count(t, b, "t"); n != 1 || p != DefaultPartitions {
		t.Errorf("%d records in %d partitions, want 1 in %d", n, p, DefaultPartitions)
	}
	addr := b.Addr()
	b.Close()
	b = startAt(t, dir, addr) // the same port, as an operator would
	if b.Addr() != addr {
		t.Errorf("address %s after the restart, was %s", b.Addr(), addr)
	}
	if n, _ := count(t, b, "t"); n != 1 {
		t.Errorf("%d records after the restart, want 1", n)
	}
}

// Records of a replay carry old times; age must not delete them.
func TestRetentionKeepsOldTimes(t *testing.T) {
	b := startAt(t, "", "127.0.0.1:0")
	write(t, b, "t", kafka.Message{Value: []byte("x"), Time: time.Date(2015, 2, 22, 0, 0, 0, 0, time.UTC)})
	b.Cluster().ApplyRetention()
	if n, _ := count(t, b, "t"); n != 1 {
		t.Errorf("%d records after retention, want 1", n)
	}
}

// Clients follow the broker's name, so 0.0.0.0 must not be it.
func TestAdvertisesAName(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]string{"0.0.0.0:0": host, "localhost:0": "localhost", "127.0.0.1:0": "127.0.0.1"} {
		b := startAt(t, "", addr)
		if got, port, err := net.SplitHostPort(b.Addr()); err != nil || got != want || port == "0" {
			t.Errorf("listening on %s gives %s, want host %s and a real port", addr, b.Addr(), want)
		}
	}
}

func TestBadAddresses(t *testing.T) {
	busy := startAt(t, "", "127.0.0.1:0")
	for addr, want := range map[string]string{
		busy.Addr():       "in use by another program",
		"":                "want host:port",
		"localhost":       "want host:port",
		"127.0.0.1:70000": "not a number from 0 to 65535",
		"127.0.0.1:-1":    "not a number from 0 to 65535",
		"192.0.2.1:0":     "listen for Kafka",
	} {
		b, err := Start("", addr, zap.NewNop())
		if err == nil {
			b.Close()
			t.Errorf("%q: started", addr)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", addr, err, want)
		}
	}
}
