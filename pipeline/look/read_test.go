package look

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/segmentio/kafka-go"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/store"
	"fenghuo/schemas"
)

// database makes a migrated database of the test's own.
func database(t *testing.T) *store.Store {
	t.Helper()
	c := config.ClickHouse{URL: embeddedtest.ClickHouse(t), Database: strings.ToLower(fmt.Sprintf("look_%s_%d", t.Name(), os.Getpid()))}
	db, err := store.Open(t.Context(), c, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = db.Conn().Exec(context.Background(), "DROP DATABASE IF EXISTS "+c.Database)
		_ = db.Close()
	})
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func insertAlert(t *testing.T, db *store.Store, a schemas.Alert) {
	t.Helper()
	evidence, err := json.Marshal(a.Evidence)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := db.Conn().PrepareBatch(t.Context(), "INSERT INTO alert_log ("+alertColumns+")")
	if err != nil {
		t.Fatal(err)
	}
	if err := batch.Append(a.ID, a.Incident, a.Fingerprint, a.Run, a.Brand, a.BrandName, a.SKU, string(a.Signal), string(a.CrisisType),
		string(a.State), string(a.Level), a.Severity, a.At, a.FiredAt, a.WindowStart, a.WindowEnd, a.Observed, a.Expected,
		a.Channels, a.Learning, a.SuspectedAttack, string(evidence)); err != nil {
		t.Fatal(err)
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
}

func ids(list []schemas.Alert) string {
	var out []string
	for _, a := range list {
		out = append(out, a.ID)
	}
	return strings.Join(out, " ")
}

func TestAlerts(t *testing.T) {
	db := database(t)
	alert := func(id, run, brand string, level schemas.Level, minute int) schemas.Alert {
		a := fullAlert()
		a.ID, a.Run, a.Brand, a.Level, a.At = id, run, brand, level, a.At.Add(time.Duration(minute)*time.Minute)
		return a
	}
	b := alert("b", "live", "x", schemas.Blue, 1)
	for _, a := range []schemas.Alert{
		alert("c", "live", "y", schemas.Orange, 2), b, alert("a", "live", "x", schemas.Red, 0),
		alert("d", "other", "x", schemas.Red, 3), b, // a replay inserts the same id again
	} {
		insertAlert(t, db, a)
	}
	f := func(q AlertQuery, want string) {
		t.Helper()
		list, err := Alerts(t.Context(), db.Conn(), q)
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(list); got != want {
			t.Errorf("%+v gave %q, want %q", q, got, want)
		}
	}
	// All of a run, in the order of event time, each id once.
	f(AlertQuery{Run: "live"}, "a b c")
	// Another run, and one that is not there.
	f(AlertQuery{Run: "other"}, "d")
	f(AlertQuery{Run: "none"}, "")
	// A brand; a level or worse; the newest.
	f(AlertQuery{Run: "live", Brand: "x"}, "a b")
	f(AlertQuery{Run: "live", Level: schemas.Yellow}, "a c")
	f(AlertQuery{Run: "live", Level: schemas.Red}, "a")
	f(AlertQuery{Run: "live", Level: schemas.Blue, Limit: 2}, "b c")

	// Everything comes back as it went in.
	list, err := Alerts(t.Context(), db.Conn(), AlertQuery{Run: "live", Level: schemas.Red})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(alert("a", "live", "x", schemas.Red, 0), list[0]); diff != "" {
		t.Error(diff)
	}
}

func TestFollowAlerts(t *testing.T) {
	db := database(t)
	first, second, late := fullAlert(), fullAlert(), fullAlert()
	second.ID, second.At = "second", first.At.Add(time.Minute)
	late.ID, late.At = "late", first.At.Add(-time.Hour) // lands later, happened earlier
	insertAlert(t, db, first)
	seen, err := Alerts(t.Context(), db.Conn(), AlertQuery{Run: "live"})
	if err != nil || len(seen) != 1 {
		t.Fatalf("%d alerts, %v", len(seen), err)
	}
	insertAlert(t, db, second)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []schemas.Alert
	err = FollowAlerts(ctx, db.Conn(), AlertQuery{Run: "live"}, seen, time.Millisecond, func(a schemas.Alert) error {
		got = append(got, a)
		switch a.ID {
		case "second":
			insertAlert(t, db, late)
		case "late":
			cancel()
		}
		return nil
	})
	if err != nil || ids(got) != "second late" {
		t.Errorf("followed %q, error %v", ids(got), err)
	}
}

// hours inserts buckets of a brand, each in two parts that have to be summed.
func hours(t *testing.T, db *store.Store, brand string, from time.Time, mentions ...int) {
	t.Helper()
	for i, n := range mentions {
		if n == 0 {
			continue
		}
		for _, part := range []int{n / 4, n - n/4} { // equal blocks would be dropped as repeated
			if err := db.Conn().Exec(t.Context(), `INSERT INTO trend_buckets (run, brand, sku, grain, bucket, mentions, complaints, negative, positive, reach,
				complaint_types, channels) VALUES ('live', ?, '', '1h', ?, ?, ?, ?, ?, ?, map('logistics', ?), map('weibo', ?))`,
				brand, from.Add(time.Duration(i)*time.Hour).Unix(), part, part/2, part/2, part-part/2, part*100, part/2, part); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestTrends(t *testing.T) {
	db := database(t)
	from := time.Date(2025, 11, 6, 16, 0, 0, 0, time.UTC)
	hours(t, db, "a", from, 4, 8, 0, 40, 20, 8)
	hours(t, db, "b", from, 2, 2, 2)
	q := TrendQuery{Run: "live", Brand: "a", Grain: "1h", From: from, To: from.Add(6 * time.Hour)}
	rows, err := Trend(t.Context(), db.Conn(), q)
	if err != nil {
		t.Fatal(err)
	}
	var mentions []uint64
	for _, r := range rows {
		mentions = append(mentions, r.Mentions)
	}
	if diff := cmp.Diff([]uint64{4, 8, 40, 20, 8}, mentions); diff != "" {
		t.Errorf("mentions by hour: %s", diff)
	}
	if r := rows[2]; r.NegativeShare != .5 || r.ComplaintTypes["logistics"] != 20 || r.Channels["weibo"] != 40 || !r.Bucket.Equal(from.Add(3*time.Hour)) {
		t.Errorf("the fourth hour is %+v", r)
	}
	v := View{Width: 80, Location: shanghai}
	var out bytes.Buffer
	v.Plot(&out, q, rows)
	v.Table(&out, rows, false)
	golden(t, "trend.txt", out.String())

	byBrand, err := TrendsByBrand(t.Context(), db.Conn(), q)
	if err != nil {
		t.Fatal(err)
	}
	out.Reset()
	v.Table(&out, byBrand, true)
	golden(t, "trends_by_brand.txt", out.String())

	newest, err := NewestBucket(t.Context(), db.Conn(), TrendQuery{Run: "live", Grain: "1h"})
	if err != nil || !newest.Equal(from.Add(5*time.Hour)) {
		t.Errorf("newest bucket %v, %v", newest, err)
	}
	newest, err = NewestBucket(t.Context(), db.Conn(), TrendQuery{Run: "live", Grain: "1h", Brand: "none"})
	if err != nil || !newest.IsZero() {
		t.Errorf("newest bucket of an unknown brand %v, %v", newest, err)
	}
}

// A long series keeps its highest bucket, and only a terminal gets colours.
func TestPlot(t *testing.T) {
	from := time.Unix(1_700_000_000, 0).UTC().Truncate(time.Minute)
	q := TrendQuery{Grain: "1m", From: from, To: from.Add(1440 * time.Minute)}
	rows := []TrendRow{{Bucket: from, Mentions: 1}, {Bucket: from.Add(777 * time.Minute), Mentions: 9000}}
	var out bytes.Buffer
	View{Width: 70, Location: time.UTC}.Plot(&out, q, rows)
	if !strings.Contains(out.String(), " 9000 ┤") {
		t.Errorf("the peak is lost:\n%s", out.String())
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("control characters without a terminal: %q", out.String())
	}
	out.Reset()
	View{Width: 70, Location: time.UTC, Color: true}.Plot(&out, q, rows)
	if !strings.Contains(out.String(), "\x1b") {
		t.Error("no colours on a terminal")
	}
	// Nothing to draw.
	out.Reset()
	View{Width: 70, Location: time.UTC}.Plot(&out, q, nil)
	if out.Len() > 0 {
		t.Errorf("an empty series drew %q", out.String())
	}
}

func TestDeadLetters(t *testing.T) {
	ctx := t.Context()
	cluster, err := kafkalog.Connect(config.Kafka{Brokers: embeddedtest.Broker(t)}, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	if err := cluster.EnsureTopics(ctx, true, kafkalog.Topic{Name: "dead", Partitions: 2, Replicas: 1}); err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	send := func(n int) {
		t.Helper()
		headers := []kafka.Header{
			{Key: "reason", Value: []byte("no_text")}, {Key: "detail", Value: []byte("text is blank")},
			{Key: "source_topic", Value: []byte("posts")}, {Key: "source_epoch", Value: []byte("1")},
			{Key: "source_partition", Value: []byte("3")}, {Key: "source_offset", Value: fmt.Append(nil, n)},
			{Key: "origin", Value: []byte("posts.csv:8")}, {Key: "length", Value: []byte("1234567")}, {Key: "sha256", Value: []byte("ab")},
		}
		r := kafkalog.Record{Time: start.Add(time.Duration(n) * time.Minute), Value: []byte("{\"text\":\"\x1b[2J\xff\"}"), Headers: headers}
		if err := cluster.Append(ctx, "dead", n%2, []kafkalog.Record{r}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 7 {
		send(n)
	}
	list, next, err := DeadLetters(ctx, cluster, "dead", 3)
	if err != nil {
		t.Fatal(err)
	}
	var offsets []int64
	for _, d := range list {
		offsets = append(offsets, d.SourceOffset)
	}
	if diff := cmp.Diff([]int64{4, 5, 6}, offsets); diff != "" {
		t.Errorf("the newest three: %s", diff)
	}
	want := DeadLetter{At: start.Add(6 * time.Minute), Reason: schemas.ReasonNoText, Detail: "text is blank", SourceTopic: "posts", SourceEpoch: 1,
		SourcePartition: 3, SourceOffset: 6, Origin: "posts.csv:8", Length: 1234567, SHA256: "ab", Value: "{\"text\":\"\x1b[2J\uFFFD\"}"}
	if diff := cmp.Diff(want, list[2]); diff != "" {
		t.Error(diff)
	}
	var out bytes.Buffer
	RenderDeadLetter(&out, list[2], View{Width: 100, Location: shanghai})
	golden(t, "deadletter.txt", out.String())
	if all, _, err := DeadLetters(ctx, cluster, "dead", 0); err != nil || len(all) != 7 {
		t.Errorf("%d of 7, %v", len(all), err)
	}

	// Those that come later are followed.
	send(7)
	following, stop := context.WithCancel(ctx)
	defer stop()
	err = FollowDeadLetters(following, cluster, "dead", next, func(d DeadLetter) error {
		if d.SourceOffset != 7 {
			t.Errorf("followed %d", d.SourceOffset)
		}
		stop()
		return nil
	})
	if err != nil || following.Err() == nil {
		t.Errorf("following ended with %v", err)
	}
}
