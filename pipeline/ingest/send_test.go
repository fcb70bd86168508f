package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/store"
	"fenghuo/schemas"
)

func connect(t *testing.T, partitions int) *kafkalog.Cluster {
	t.Helper()
	cluster, err := kafkalog.Connect(config.Kafka{Brokers: embeddedtest.Broker(t)}, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	if err := cluster.EnsureTopics(t.Context(), true, kafkalog.Topic{Name: "posts", Partitions: partitions, Replicas: 1}); err != nil {
		t.Fatal(err)
	}
	return cluster
}

func fetchAll(t *testing.T, cluster *kafkalog.Cluster, partition int) (records []kafkalog.Record) {
	t.Helper()
	for offset := int64(0); ; {
		b, err := cluster.Fetch(t.Context(), "posts", partition, offset)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, b.Records...)
		if offset = b.Next; offset >= b.End {
			return records
		}
	}
}

// Every row is on the topic once, in event-time order within its partition,
// and rows of one key are in one partition.
func TestSendKeepsOrder(t *testing.T) {
	const n, partitions = 10_000, 4
	cluster := connect(t, partitions)
	rows := make([]Row, n)
	for i := range rows {
		rows[i] = Row{At: time.Unix(int64(1_600_000_000+i), 0), Key: fmt.Sprintf("weibo/%d", i%3000), Value: fmt.Appendf(nil, "%06d", i)}
	}
	told := 0
	s := Sender{Log: cluster, Topic: "posts", Partitions: partitions, OnSent: func(n int) { told = n }}
	sent, err := s.Send(t.Context(), sequence(rows, nil))
	if err != nil || sent != n || told != n {
		t.Fatalf("sent %d, told %d, error %v", sent, told, err)
	}
	home := map[string]int{}
	seen := map[string]bool{}
	for p := range partitions {
		records := fetchAll(t, cluster, p)
		last := ""
		for _, r := range records {
			value := string(r.Value)
			if value <= last || seen[value] {
				t.Fatalf("partition %d: %s after %s", p, value, last)
			}
			last, seen[value] = value, true
			if other, ok := home[string(r.Key)]; ok && other != p {
				t.Fatalf("key %s is in partitions %d and %d", r.Key, other, p)
			}
			home[string(r.Key)] = p
			if time.Since(r.Time) > time.Hour {
				t.Fatalf("the record's time is %v", r.Time)
			}
		}
		if len(records) < n/partitions/2 {
			t.Errorf("partition %d has %d of %d rows", p, len(records), n)
		}
	}
	if len(seen) != n {
		t.Errorf("%d of %d rows arrived", len(seen), n)
	}
}

// Rows before an error of the input are sent.
func TestSendBeforeAnError(t *testing.T) {
	cluster := connect(t, 2)
	end := errors.New("breaks off")
	s := Sender{Log: cluster, Topic: "posts", Partitions: 2}
	sent, err := s.Send(t.Context(), sequence(randomRows(100, 1), end))
	if sent != 100 || !errors.Is(err, end) {
		t.Errorf("sent %d, error %v", sent, err)
	}
	if n := len(fetchAll(t, cluster, 0)) + len(fetchAll(t, cluster, 1)); n != 100 {
		t.Errorf("%d rows arrived", n)
	}
}

// Large records are split over requests that a broker takes.
func TestSendLargeRows(t *testing.T) {
	cluster := connect(t, 1)
	rows := make([]Row, 12)
	for i := range rows {
		rows[i] = Row{Key: fmt.Sprint(i), Value: make([]byte, maxValue)}
	}
	s := Sender{Log: cluster, Topic: "posts", Partitions: 1}
	if sent, err := s.Send(t.Context(), sequence(rows, nil)); sent != len(rows) || err != nil {
		t.Errorf("sent %d, error %v", sent, err)
	}
}

func TestSendStops(t *testing.T) {
	cluster := connect(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := Sender{Log: cluster, Topic: "posts", Partitions: 1}
	if _, err := s.Send(ctx, sequence(randomRows(10, 1), nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// The account of an ingest is what was added since it began, and complete only
// when every row is in it.
func TestWaitForTheAccount(t *testing.T) {
	ctx := t.Context()
	c := config.ClickHouse{URL: embeddedtest.ClickHouse(t), Database: fmt.Sprintf("ingest_account_%d", os.Getpid())}
	db, err := store.Open(ctx, c, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = db.Conn().Exec(context.Background(), "DROP DATABASE IF EXISTS "+c.Database)
		_ = db.Close()
	})
	if _, err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	book := func(topic string, epoch int, outcome, reason string, n int) {
		t.Helper()
		if err := db.Conn().Exec(ctx, `INSERT INTO intake_log (run, source_topic, source_epoch, source_partition, outcome, reason, count)
			VALUES ('live', ?, ?, 0, ?, ?, ?)`, topic, epoch, outcome, reason, n); err != nil {
			t.Fatal(err)
		}
	}
	account := func(ctx context.Context) (Account, error) { return ReadAccount(ctx, db.Conn(), "posts", 1) }

	// Before: 10 rows of this source, and rows of others that are none of ours.
	book("posts", 1, "stored", "", 10)
	book("posts", 0, "stored", "", 1000)
	book("other", 1, "stored", "", 1000)
	before, err := account(ctx)
	if err != nil || before.Accounted() != 10 {
		t.Fatalf("before: %+v, %v", before, err)
	}
	looks := 0
	w := Waiter{Account: account, Before: before, Every: time.Millisecond, OnLook: func(n uint64, _ time.Duration) {
		// The pipeline lands one more outcome between looks.
		switch looks++; looks {
		case 1:
			book("posts", 1, "stored", "", 50)
		case 2:
			book("posts", 1, "dead", "no_text", 3)
			book("posts", 1, "dead", "not_json", 2)
		case 3:
			book("posts", 1, "unattributed", "", 40)
		case 4:
			if n != 95 {
				t.Errorf("at the fourth look %d rows are accounted for", n)
			}
			book("posts", 1, "duplicate", "", 5)
		}
	}}
	got, err := w.Wait(ctx, 100)
	if err != nil {
		t.Fatal(err)
	}
	want := Account{Read: 100, Stored: 50, Unattributed: 40, Duplicates: 5,
		Dead: map[schemas.Reason]uint64{schemas.ReasonNoText: 3, schemas.ReasonNotJSON: 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
