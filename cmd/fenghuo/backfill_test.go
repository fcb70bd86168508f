package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"go.uber.org/zap"

	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/ingest"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/look"
	"fenghuo/pipeline/store"
)

// workplace is a config of one brand on services of its own, as a file.
func workplace(t *testing.T) (c *config.Config, file string) {
	t.Helper()
	c = config.Default()
	c.Kafka.Brokers = embeddedtest.Broker(t)
	c.ClickHouse.URL = embeddedtest.ClickHouse(t)
	c.ClickHouse.Database = "command_" + strings.ToLower(t.Name()[4:])
	file = write(t, "fenghuo.yaml", "kafka: {brokers: ['"+c.Kafka.Brokers[0]+"']}\n"+
		"clickhouse: {url: '"+c.ClickHouse.URL+"', database: "+c.ClickHouse.Database+"}\n"+
		"brands: [{id: acme, name: 爱客美, skus: [{id: phone, name: 手机}]}]\n")
	return c, file
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func mustRun(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	stdout, stderr, err := command(t, args...)
	if err != nil {
		t.Fatalf("fenghuo %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	return stdout
}

// one reads the only line of a query.
func one(t *testing.T, c *config.Config, query string, to ...any) {
	t.Helper()
	s, err := store.Open(t.Context(), c.ClickHouse, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // a test
	if err := s.Conn().QueryRow(t.Context(), query).Scan(to...); err != nil {
		t.Fatal(err)
	}
}

// A file whose rows are all dead costs no more than the first of them.
func TestDeadRowsOfABackfillAreBounded(t *testing.T) {
	_, file := workplace(t)
	n := backfill.MaxDeadRows + 500
	posts := write(t, "posts.jsonl", strings.Repeat(`{"text":"","published_at":"2025-03-01T08:00:00Z"}`+"\n", n)+`{"text":"爱客美手机很好","published_at":"2025-03-01T08:00:00Z","id":"1"}`+"\n")
	mustRun(t, "backfill", "--config", file, "--run", "old", posts)
	text := mustRun(t, "deadletters", "--config", file, "--run", "old", "--limit", "0")
	if kept := strings.Count(text, "posts.jsonl:"); kept != backfill.MaxDeadRows {
		t.Errorf("%d rows are kept", kept)
	}
	if want := fmt.Sprintf("of %d dead rows the first %d are kept", n, backfill.MaxDeadRows); !strings.Contains(text, want) {
		t.Errorf("%q is not said", want)
	}
}

// Rows that are no posts are there after the backfill, with the reason and the
// place in their files, and once though the run went over them again.
func TestDeadRowsOfABackfillAreShown(t *testing.T) {
	_, file := workplace(t)
	posts := write(t, "posts.jsonl", `{"text":"爱客美手机很好","published_at":"2025-03-01T08:00:00Z","id":"1"}
not json
{"text":"爱客美手机坏了","published_at":"1999-03-01T08:00:00Z","id":"2"}
{"text":"","published_at":"2025-03-01T08:01:00Z","id":"3"}
`)
	more := write(t, "more.csv", "id,text,published_at\n4,爱客美发货慢,2025-03-01 08:02:00\n6,爱客美\n7,\"爱客美\n发货慢\",soon\n")
	out := mustRun(t, "backfill", "--config", file, "--run", "old", "--replace", posts, more)
	if want := "fenghuo deadletters --run old"; !strings.Contains(out, want) {
		t.Errorf("the account does not name %q:\n%s", want, out)
	}
	if want := "dead: columns          1  first more.csv:3: the row has 2 cells, its header has 3"; !strings.Contains(out, want) {
		t.Errorf("the account does not say %q:\n%s", want, out)
	}
	mustRun(t, "backfill", "--config", file, "--run", "old", "--replace", posts, more)
	var got []look.DeadRow
	for line := range strings.Lines(mustRun(t, "deadletters", "--config", file, "--run", "old", "--json")) {
		var d look.DeadRow
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if d.Detail == "" || len(d.SHA256) != 64 || int(d.Length) != len(d.Value) {
			t.Errorf("%+v", d)
		}
		got = append(got, look.DeadRow{Reason: d.Reason, Source: d.Source, Line: d.Line})
	}
	want := []look.DeadRow{
		{Reason: "columns", Source: "more.csv", Line: 3},
		{Reason: "no_time", Source: "more.csv", Line: 4},
		{Reason: "not_json", Source: "posts.jsonl", Line: 2},
		{Reason: "time_past", Source: "posts.jsonl", Line: 3},
		{Reason: "no_text", Source: "posts.jsonl", Line: 4},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	text := mustRun(t, "deadletters", "--config", file, "--run", "old", "--limit", "2")
	if strings.Count(text, "\n    ") != 2 || !strings.Contains(text, "more.csv:3 ") {
		t.Errorf("as text: %s", text)
	}
	if _, _, err := command(t, "deadletters", "--config", file, "--run", "none"); err == nil || !strings.Contains(err.Error(), `no run "none"`) {
		t.Errorf("of a run that is not there: %v", err)
	}
}

// Values of a business series on the topic are replayed beside posts whose
// fields are mapped, and the mapping leaves them alone.
func TestBackfillFromATopicMapsPostsAndKeepsValues(t *testing.T) {
	c, file := workplace(t)
	cluster, err := kafkalog.Connect(c.Kafka, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	if err := cluster.EnsureTopics(t.Context(), true, kafkalog.Topic{Name: "old-posts", Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	var records []kafkalog.Record
	for _, value := range []string{
		`{"body":"爱客美手机坏了","at":"2025-03-01T08:00:00Z","key":"1"}`,
		`{"series":"orders","brand":"acme","sku":"phone","timestamp":"2025-03-01T08:00:00Z","value":42}`,
		`{"body":"爱客美发货慢","at":"2025-03-01T09:00:00Z","key":"2"}`,
		`{"body":"爱客美","at":"never","key":"3"}`,
	} {
		records = append(records, kafkalog.Record{Time: time.Now(), Value: []byte(value)})
	}
	if err := cluster.Append(t.Context(), "old-posts", 0, records, nil); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "backfill", "--config", file, "--run", "mapped", "--from-topic", "old-posts", "--map", "text=body,published_at=at,id=key")
	var posts, phones uint64
	var orders float64
	one(t, c, "SELECT count(), countIf(sku = 'phone') FROM mentions WHERE run = 'mapped'", &posts, &phones)
	one(t, c, "SELECT sum(value) FROM business_latest WHERE run = 'mapped' AND series = 'orders' AND sku = 'phone'", &orders)
	if posts != 2 || phones != 1 || orders != 42 {
		t.Errorf("%d mentions, %d of the phone, %v orders; want 2, 1, 42", posts, phones, orders)
	}
	var source string
	var number int64
	one(t, c, "SELECT source, number FROM dead_rows WHERE run = 'mapped'", &source, &number)
	if source != "old-posts/0" || number != 3 {
		t.Errorf("the dead record is %s %d, want offset 3 of old-posts/0", source, number)
	}
}

// A Parquet file of counts goes onto the posts topic as values of a series.
func TestIngestASeriesFromParquet(t *testing.T) {
	c, file := workplace(t)
	type row struct {
		Hour  time.Time `parquet:"hour,timestamp"`
		Item  string    `parquet:"item"`
		Count int64     `parquet:"count"`
	}
	hour := time.Date(2025, 3, 1, 8, 0, 0, 0, time.UTC)
	table := filepath.Join(t.TempDir(), "orders.parquet")
	if err := parquet.WriteFile(table, []row{{hour.Add(time.Hour), "phone", 7}, {hour, "phone", 40}}); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "ingest", "--config", file, "--series", "orders", "--map", "timestamp=hour,value=count,sku=item,brand='acme'", table)
	var values []string
	cluster, err := kafkalog.Connect(c.Kafka, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	for r, err := range backfill.FromTopic(t.Context(), cluster, "posts") {
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, string(r.Value))
	}
	want := []string{
		`{"series":"orders","brand":"acme","sku":"phone","timestamp":"2025-03-01T08:00:00Z","value":40}`,
		`{"series":"orders","brand":"acme","sku":"phone","timestamp":"2025-03-01T09:00:00Z","value":7}`,
	}
	if d := cmp.Diff(want, values); d != "" {
		t.Error(d)
	}
}

// A zone for posts that have theirs already is refused, not passed over.
func TestBackfillRefusesAZoneWithoutFiles(t *testing.T) {
	for _, from := range []string{"--from-topic", "--from-run"} {
		_, _, err := command(t, "backfill", "--run", "x", from, "live", "--timezone", "Asia/Shanghai")
		if err == nil || !strings.Contains(err.Error(), "--timezone is for files") {
			t.Errorf("%s: %v", from, err)
		}
	}
}

// A run is no input for itself: replacing it drops the posts first.
func TestBackfillOfARunIntoItself(t *testing.T) {
	_, _, err := command(t, "backfill", "--run", "may", "--from-run", "may", "--replace")
	if err == nil || !strings.Contains(err.Error(), "choose another --run") {
		t.Errorf("error %v", err)
	}
}

// The posts of a run have their own columns: another one would leave them
// without a text.
func TestMappingOfARun(t *testing.T) {
	for mapping, want := range map[string]string{
		"text=title,channel='old'": "",
		"text=x":                   "--map text=x: the posts of a run have the columns id, text",
		"published_at=text":        "keep their times",
	} {
		m, err := ingest.ParseMapping([]string{mapping})
		if err != nil {
			t.Fatal(err)
		}
		if err := mapsRun(m); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", mapping, err)
		}
	}
}
