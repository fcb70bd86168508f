package service

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"
	"github.com/segmentio/kafka-go"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/simulate"
	"fenghuo/pipeline/store"
	"fenghuo/schemas"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childConfig); path != "" {
		os.Exit(serveChild(path))
	}
	os.Exit(m.Run())
}

// world is a broker, a database and a simulated stream on its posts topic.
type world struct {
	t       *testing.T
	config  *config.Config
	cluster *kafkalog.Cluster
	sim     *simulate.Simulator
	conn    driver.Conn
	truth   simulate.Truth
}

// stream is small enough for a test and holds a crisis, copies and bad input.
var stream = simulate.Options{Seed: 11, Days: 4, Brands: 5, SKUs: 20, PostsPerDay: 1500}

// newWorld uses the broker given and a database of its own. Two worlds get the
// same records in the same partitions.
func newWorld(t *testing.T, name string, brokers []string) *world {
	t.Helper()
	return newWorldOn(t, name, brokers, embeddedtest.ClickHouse(t))
}

// newWorldOn uses the ClickHouse given.
func newWorldOn(t *testing.T, name string, brokers []string, clickhouse string) *world {
	t.Helper()
	sim, err := simulate.New(stream)
	if err != nil {
		t.Fatal(err)
	}
	c := sim.Config()
	c.Kafka.Brokers = brokers
	c.Kafka.Partitions = 3
	c.ClickHouse.URL = clickhouse
	c.ClickHouse.Database = fmt.Sprintf("%s_%d", name, os.Getpid())
	// No source is ever idle: the clock of the test has no say in the ticks.
	c.Detection.IdleAfter = config.Duration(time.Hour)
	cluster, err := kafkalog.Connect(c.Kafka, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	if err := cluster.EnsureTopics(t.Context(), true, Topics(c.Kafka)...); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, config: c, cluster: cluster, sim: sim}
	w.open()
	return w
}

// produce puts the stream on the posts topic.
func (w *world) produce() {
	w.t.Helper()
	batches := map[int][]kafkalog.Record{}
	n := 0
	for r := range w.sim.Records() {
		// Copies go to another partition than their original, now and then.
		p := n % w.config.Kafka.Partitions
		batches[p] = append(batches[p], kafkalog.Record{Time: time.Now(), Value: r.Raw})
		n++
	}
	w.truth = w.sim.Truth()
	values := w.values()
	for p, records := range batches {
		for chunk := range slices.Chunk(spread(records, values[p]), 500) {
			if err := w.cluster.Append(w.t.Context(), w.config.Kafka.Topics.Posts, p, chunk, nil); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	if n != w.truth.Counts.Records {
		w.t.Fatalf("produced %d records, the simulator counted %d", n, w.truth.Counts.Records)
	}
	w.truth.Counts.Dead = maps.Clone(w.truth.Counts.Dead)
	for _, list := range values {
		w.truth.Counts.Records += len(list)
		w.truth.Counts.Dead[schemas.ReasonSchema]++
	}
}

func (w *world) open() {
	w.t.Helper()
	s, err := store.Open(w.t.Context(), w.config.ClickHouse, zap.NewNop())
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := s.Migrate(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.conn = s.Conn()
	w.t.Cleanup(func() {
		_ = w.conn.Exec(context.Background(), "DROP DATABASE IF EXISTS "+w.config.ClickHouse.Database)
		_ = s.Close()
	})
}

// run runs the pipeline in this process until everything has landed.
func (w *world) run() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, Options{Config: w.config, Role: All, Log: testLog()})
	}()
	w.awaitLanded(func() {
		select {
		case err := <-done:
			w.t.Fatalf("the pipeline ended early: %v", err)
		default:
		}
	})
	cancel()
	if err := <-done; err != nil {
		w.t.Fatalf("the pipeline ended with %v", err)
	}
}

// patience is how long a busy machine may take; no test passes by being fast.
const patience = 4 * time.Minute

// awaitLanded waits until every record is accounted for and every mentions
// partition has landed to its end.
func (w *world) awaitLanded(check func()) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		check()
		if w.count("SELECT sum(read) FROM intake_totals") == w.truth.Counts.Records && w.decided() {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	w.t.Fatalf("%d of %d records are accounted for", w.count("SELECT sum(read) FROM intake_totals"), w.truth.Counts.Records)
}

// awaitRead waits until n records are accounted for.
func (w *world) awaitRead(n int) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); w.count("SELECT sum(read) FROM intake_totals") < n; {
		if time.Now().After(deadline) {
			w.t.Fatalf("%d of %d records are accounted for", w.count("SELECT sum(read) FROM intake_totals"), n)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// decided tells whether every mentions partition has reached the last tick.
func (w *world) decided() bool {
	return w.count(`SELECT countIf(tick >= toDateTime('`+w.truth.End.UTC().Add(-10*time.Minute).Format(time.DateTime)+`', 'UTC'))
		FROM (SELECT t, max(last_tick) AS tick FROM progress GROUP BY t)`) == w.config.Kafka.Partitions
}

func (w *world) count(query string) int {
	w.t.Helper()
	var n uint64
	if err := w.conn.QueryRow(w.t.Context(), "SELECT toUInt64(ifNull(("+query+"), 0))").Scan(&n); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return int(n)
}

func (w *world) strings(query string) (list []string) {
	w.t.Helper()
	rows, err := w.conn.Query(w.t.Context(), query)
	if err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			w.t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

// verify holds the account, the mentions and the trends against each other and
// against the truth.
func (w *world) verify() {
	w.t.Helper()
	truth := w.truth.Counts
	dead := 0
	for reason, n := range truth.Dead {
		dead += n
		if got := w.count(fmt.Sprintf("SELECT sum(rows) FROM intake WHERE outcome = 'dead' AND reason = '%s'", reason)); got != n {
			w.t.Errorf("%d dead letters for %s, want %d", got, reason, n)
		}
	}
	stored := w.count("SELECT sum(stored) FROM intake_totals")
	unattributed := w.count("SELECT sum(unattributed) FROM intake_totals")
	duplicates := w.count("SELECT sum(duplicates) FROM intake_totals")
	if got := stored + unattributed + duplicates + dead; got != truth.Records {
		w.t.Errorf("stored %d + unattributed %d + duplicates %d + dead %d = %d, want %d", stored, unattributed, duplicates, dead, got, truth.Records)
	}
	posts, values := w.count("SELECT uniqExact(channel, post_id) FROM mentions"), w.count("SELECT count() FROM business_values")
	if posts+values != stored {
		w.t.Errorf("mentions hold %d distinct posts, and there are %d values, but the account says %d", posts, values, stored)
	}
	w.verifyValues()
	if n := w.count("SELECT count() - uniqExact(brand, sku, channel, post_id) FROM mentions"); n != 0 {
		w.t.Errorf("%d mentions are there twice", n)
	}
	if n := w.count("SELECT count() FROM (SELECT channel, post_id, brand FROM mentions GROUP BY ALL HAVING sum(primary) != 1)"); n != 0 {
		w.t.Errorf("%d posts do not have exactly one primary row for a brand", n)
	}
	for grain, bucket := range map[string]string{
		"1m": "toStartOfMinute(published_at)", "1h": "toStartOfHour(published_at)",
		"1d": "toTimeZone(toStartOfDay(toTimeZone(published_at, 'Asia/Shanghai')), 'UTC')",
	} {
		if n := w.count(fmt.Sprintf(recount, bucket, bucket, grain)); n != 0 {
			w.t.Errorf("%d %s buckets of trends differ from a recount of mentions", n, grain)
		}
	}
}

// recount counts the buckets that are not the same in trends and in mentions.
const recount = `WITH counted AS (
	SELECT brand, s AS sku, bucket, countIf(NOT spam) AS mentions, countIf(complaint AND NOT spam) AS complaints,
		countIf(polarity = 'negative' AND NOT spam) AS negative
	FROM (SELECT *, '' AS s, toDateTime(%s, 'UTC') AS bucket FROM mentions WHERE primary
		UNION ALL SELECT *, sku AS s, toDateTime(%s, 'UTC') AS bucket FROM mentions WHERE sku != '')
	GROUP BY ALL),
kept AS (SELECT brand, sku, bucket, mentions, complaints, negative FROM trends WHERE grain = '%s')
SELECT count() FROM (SELECT *, 1 AS side FROM counted UNION ALL SELECT *, 2 AS side FROM kept)
WHERE (brand, sku, bucket, mentions, complaints, negative) NOT IN (
	SELECT brand, sku, bucket, mentions, complaints, negative FROM counted
	INTERSECT SELECT brand, sku, bucket, mentions, complaints, negative FROM kept)`

func (w *world) alertIDs() []string {
	return w.strings("SELECT id FROM alerts ORDER BY at, id")
}

// publishedIDs reads the ids on the events topic.
func (w *world) publishedIDs() map[string]bool {
	w.t.Helper()
	ids := map[string]bool{}
	for offset := int64(0); ; {
		b, err := w.cluster.Fetch(w.t.Context(), w.config.Kafka.Topics.Events, 0, offset)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, r := range b.Records {
			i := slices.IndexFunc(r.Headers, func(h kafka.Header) bool { return h.Key == "ce_id" })
			if i < 0 {
				w.t.Fatalf("event at offset %d has no ce_id", r.Offset)
			}
			ids[string(r.Headers[i].Value)] = true
		}
		if offset = b.Next; offset >= b.End {
			return ids
		}
	}
}

// compareAlerts holds the table and the topic against the alerts of an
// undisturbed run.
func (w *world) compareAlerts(want []string) {
	w.t.Helper()
	if d := cmp.Diff(want, w.alertIDs()); d != "" {
		w.t.Errorf("alert ids differ from those of the undisturbed run (-undisturbed +disturbed):\n%s", d)
	}
	published := w.publishedIDs()
	for _, id := range want {
		if !published[id] {
			w.t.Errorf("alert %s was never published", id)
		}
	}
}

// ownsSome is how a process logs that it has source partitions.
var ownsSome = regexp.MustCompile(`owns source partitions\s+\{"partitions": \[\d`)

// testLog shows warnings; a quiet test says nothing.
func testLog() *zap.Logger {
	log, err := zap.NewDevelopment(zap.IncreaseLevel(zap.WarnLevel), zap.AddStacktrace(zap.FatalLevel))
	if err != nil {
		panic(err)
	}
	return log
}
