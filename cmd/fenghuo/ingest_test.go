package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/simulate"
)

// command runs fenghuo in this process.
func command(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errOut bytes.Buffer
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&errOut)
	err = root.ExecuteContext(t.Context())
	return out.String(), errOut.String(), err
}

// simulated writes a short stream and returns its folder.
func simulated(t *testing.T) (dir string, truth simulate.Truth) {
	t.Helper()
	dir = t.TempDir()
	if _, _, err := command(t, "simulate", "--days", "2", "--brands", "3", "--skus", "9", "--posts-per-day", "1000",
		"--out", filepath.Join(dir, "posts.jsonl.gz"), "--truth", filepath.Join(dir, "truth.json"), "--config-out", filepath.Join(dir, "fenghuo.yaml")); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &truth); err != nil {
		t.Fatal(err)
	}
	return dir, truth
}

// A simulated stream goes through the files and flags of the commands onto the
// topic, record by record.
func TestSimulateThenIngest(t *testing.T) {
	dir, truth := simulated(t)
	brokers := embeddedtest.Broker(t)
	stdout, stderr, err := command(t, "ingest", filepath.Join(dir, "posts.jsonl.gz"),
		"--config", filepath.Join(dir, "fenghuo.yaml"), "--brokers", brokers[0], "--json")
	if err != nil {
		t.Fatal(err)
	}
	var sent struct{ Sent int }
	if err := json.Unmarshal([]byte(stdout), &sent); err != nil {
		t.Fatalf("%v: %q", err, stdout)
	}
	if sent.Sent != truth.Counts.Records || sent.Sent == 0 {
		t.Errorf("sent %d rows, the stream has %d", sent.Sent, truth.Counts.Records)
	}
	for _, s := range []string{stdout, stderr} {
		if strings.ContainsAny(s, "\x1b\r") {
			t.Errorf("control characters without a terminal: %q", s)
		}
	}
	cluster, err := kafkalog.Connect(config.Kafka{Brokers: brokers}, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	n, err := cluster.Partitions(t.Context(), "posts")
	if err != nil {
		t.Fatal(err)
	}
	var records int64
	for p := range n {
		_, end, err := cluster.Bounds(t.Context(), "posts", p)
		if err != nil {
			t.Fatal(err)
		}
		records += end
	}
	if int(records) != sent.Sent || n != 4 {
		t.Errorf("%d partitions hold %d records, %d were sent", n, records, sent.Sent)
	}
}

// What is wrong is said in one line, before anything is sent.
func TestIngestRefuses(t *testing.T) {
	dir := t.TempDir()
	csv := filepath.Join(dir, "a.csv")
	if err := os.WriteFile(csv, []byte("inhalt,wann\na,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(want string, args ...string) {
		t.Helper()
		args = append(append([]string{"ingest"}, args...), "--brokers", "127.0.0.1:1")
		_, _, err := command(t, args...)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error %v, want one line with %q", args, err, want)
		}
	}
	f("no such file", filepath.Join(dir, "none"))
	f("there are: inhalt, wann", csv)
	f(`no field "inhalt"`, csv, "--map", "inhalt=text")
	f("no column is the time", csv, "--map", "text=inhalt")
	f(`--timezone "Peking" is not known`, csv, "--map", "text=inhalt,published_at=wann", "--timezone", "Peking")
	f("start `fenghuo up`", csv, "--map", "text=inhalt,published_at=wann")
}

func TestLookRefuses(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		_, _, err := command(t, append(args, "--clickhouse", "http://127.0.0.1:1", "--brokers", "127.0.0.1:1")...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", args, err, want)
		}
	}
	f("use blue, yellow, orange or red", "alerts", "--level", "green")
	f("cannot be reached", "alerts")
	f("use 1m, 1h or 1d", "trends", "--grain", "2h")
	f("--sku needs --brand", "trends", "--sku", "x")
	f("cannot be reached", "trends")
	f("kafka at 127.0.0.1:1", "deadletters")
	f("unknown crisis type", "simulate", "--crisis-type", "weather")
	f("RFC 3339", "simulate", "--start", "today")
}

func TestTrendsPeriod(t *testing.T) {
	c := config.Default()
	newest, err := moment("2025-11-07T08:00:00Z", c.Location())
	if err != nil {
		t.Fatal(err)
	}
	f := func(from, to, last, grain, wantFrom, wantTo string) {
		t.Helper()
		flags := trendsFlags{from: from, to: to, last: last}
		flags.query.Grain = grain
		if err := flags.period(c, newest); err != nil {
			t.Errorf("%q %q %q: %v", from, to, last, err)
			return
		}
		const layout = "2006-01-02T15:04"
		if got := flags.query.From.UTC().Format(layout); got != wantFrom {
			t.Errorf("%q %q %q: from %s, want %s", from, to, last, got, wantFrom)
		}
		if got := flags.query.To.UTC().Format(layout); got != wantTo {
			t.Errorf("%q %q %q: to %s, want %s", from, to, last, got, wantTo)
		}
	}
	// Back from the end of the newest bucket.
	f("", "", "24h", "1h", "2025-11-06T09:00", "2025-11-07T09:00")
	f("", "", "2w", "1d", "2025-10-25T08:00", "2025-11-08T08:00")
	// At least one bucket.
	f("", "", "1m", "1h", "2025-11-07T08:00", "2025-11-07T09:00")
	// Days begin in the configured zone; times have their own.
	f("2025-11-06", "2025-11-07", "", "1h", "2025-11-05T16:00", "2025-11-06T16:00")
	f("2025-11-06T00:00:00+08:00", "", "", "1h", "2025-11-05T16:00", "2025-11-07T09:00")

	for _, flags := range []trendsFlags{{from: "soon"}, {to: "never"}, {last: "a while"}, {from: "2025-11-08", to: "2025-11-07"}} {
		flags.query.Grain = "1h"
		if err := flags.period(c, newest); err == nil {
			t.Errorf("%+v: no error", flags)
		}
	}
}

// Rows of a table with another number of cells are told with their place, which
// goes with them onto the topic.
func TestIngestTellsRowsThatAreNone(t *testing.T) {
	c, file := workplace(t)
	table := write(t, "posts.csv", "id,text,published_at\n1,a,2025-03-01T08:00:00Z\n2,b\n3,c,2025-03-01T08:01:00Z\n4,d,2025-03-01T08:02:00Z,e\n")
	_, stderr, err := command(t, "ingest", "--config", file, table)
	if want := `dead for "columns" are 2 of the rows, the first at posts.csv:3: the row has 2 cells, its header has 3`; err != nil || !strings.Contains(stderr, want) {
		t.Errorf("%v, %q is not told: %s", err, want, stderr)
	}
	cluster, err := kafkalog.Connect(c.Kafka, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	origins := map[string]string{}
	for p := range c.Kafka.Partitions {
		batch, err := cluster.Fetch(t.Context(), "posts", p, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range batch.Records {
			origins[string(r.Header("origin"))] = string(r.Header("fault"))
		}
	}
	want := map[string]string{"posts.csv:2": "", "posts.csv:3": "the row has 2 cells, its header has 3", "posts.csv:4": "",
		"posts.csv:5": "the row has 4 cells, its header has 3"}
	if d := cmp.Diff(want, origins); d != "" {
		t.Error(d)
	}
}
