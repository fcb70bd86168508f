package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/schemas"
)

// open gives a store on the shared engine, in a database of the test's own.
func open(t *testing.T) *Store {
	t.Helper()
	database := "store_" + strings.ToLower(t.Name())
	s, err := Open(t.Context(), config.ClickHouse{URL: embeddedtest.ClickHouse(t), Database: database}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.bootstrap.Exec(context.Background(), "DROP DATABASE IF EXISTS "+quoteName(database)); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// migrated is open, with the tables.
func migrated(t *testing.T) *Store {
	t.Helper()
	s := open(t)
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// insert runs one INSERT under a token, as the pipeline does.
func insert(t *testing.T, s *Store, token, statement string) {
	t.Helper()
	ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token}))
	if err := s.Conn().Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// rows reads a query as one line a row.
func rows(t *testing.T, s *Store, query string) []string {
	t.Helper()
	var out []string
	r, err := s.Conn().Query(t.Context(), "SELECT toString(tuple(*)) FROM ("+query+")")
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer r.Close()
	for r.Next() {
		var line string
		if err := r.Scan(&line); err != nil {
			t.Fatal(err)
		}
		out = append(out, line)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func expect(t *testing.T, s *Store, query string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, rows(t, s, query)); diff != "" {
		t.Errorf("%s\n%s", query, diff)
	}
}

func versions() []int {
	var out []int
	for _, m := range schemas.Migrations() {
		out = append(out, m.Version)
	}
	return out
}

func TestMigrateTwice(t *testing.T) {
	s := open(t)
	if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "run fenghuo migrate") {
		t.Errorf("before: %v", err)
	}
	done, err := s.Migrate(t.Context())
	if err != nil || !slices.Equal(done.Migrations, versions()) || len(done.Views) != len(schemas.Views()) {
		t.Fatalf("first: %v, %v", done, err)
	}
	done, err = s.Migrate(t.Context())
	if err != nil || len(done.Migrations) != 0 || len(done.Views) != 0 {
		t.Fatalf("second: %v, %v", done, err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// Several processes start on an empty server in the same moment; each version is
// recorded once and all tables are there.
func TestMigrateConcurrently(t *testing.T) {
	s := open(t)
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() { _, errs[i] = s.Migrate(t.Context()) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	expect(t, s, "SELECT count(), uniqExact(version) FROM migrations",
		fmt.Sprintf("(%d,%[1]d)", len(versions())))
	// The names that data teams and other programs rely on.
	expect(t, s, "SELECT name FROM system.tables WHERE database = '"+s.Database()+`' AND name IN
		('mentions', 'trends', 'alerts', 'alerts_current', 'intake', 'intake_totals', 'progress') ORDER BY name`,
		"('alerts')", "('alerts_current')", "('intake')", "('intake_totals')", "('mentions')", "('progress')", "('trends')")
}

// A view that somebody dropped or changed, or that another version made, is made
// anew; the others are left alone.
func TestViewsAreReplaced(t *testing.T) {
	s := migrated(t)
	for _, statement := range []string{"DROP VIEW brand_risk", "CREATE OR REPLACE VIEW sku_trend AS SELECT 1 AS x"} {
		if err := s.Conn().Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	done, err := s.Migrate(t.Context())
	if diff := cmp.Diff(Applied{Views: []string{"sku_trend", "brand_risk"}}, done); err != nil || diff != "" {
		t.Fatalf("%v\n%s", err, diff)
	}
	expect(t, s, "SELECT count() FROM brand_risk(run = 'live', grain = '1h', at = '2025-01-01', days = 7, baseline_days = 28)", "(0)")
	expect(t, s, "SELECT count() FROM system.columns WHERE database = currentDatabase() AND table = 'sku_trend' AND name = 'x'", "(0)")
}

func TestForeignSchemaIsRefused(t *testing.T) {
	s := migrated(t)
	insert(t, s, "future", "INSERT INTO migrations (version, name, checksum) VALUES (9000, 'future.sql', '')")
	if _, err := s.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "migration 9000") {
		t.Errorf("a newer schema: %v", err)
	}
	err := check(schemas.Migrations(), map[int]string{1: strings.Repeat("0", 64)})
	if err == nil || !strings.Contains(err.Error(), "0001_mentions.sql was applied with another content") {
		t.Errorf("another content: %v", err)
	}
}

const mentionColumns = "run, brand, sku, primary, channel, post_id, published_at, ingested_at, polarity, complaint, complaints"

// The same token inserts once into each table that the pipeline writes, also
// when the rows differ; another token inserts again.
func TestTokensInsertOnce(t *testing.T) {
	s := migrated(t)
	for table, statement := range map[string]string{
		"mentions":      "INSERT INTO mentions (" + mentionColumns + ") VALUES ('live', 'b', '', 1, 'weibo', 'p', '2026-01-01', now(), 'negative', 1, {'logistics': 0.7})",
		"trend_buckets": "INSERT INTO trend_buckets (run, brand, grain, bucket, mentions) VALUES ('live', 'b', '1m', '2026-01-01', 1)",
		"alert_log":     "INSERT INTO alert_log (run, brand, id) VALUES ('live', 'b', 'x')",
		"intake_log":    "INSERT INTO intake_log (run, source_topic, outcome, count) VALUES ('live', 'posts', 'stored', 1)",
	} {
		insert(t, s, "mentions/1/0/0/10/live/0", statement)
		insert(t, s, "mentions/1/0/0/10/live/0", statement)
		expect(t, s, "SELECT count() FROM "+table, "(1)")
		insert(t, s, "mentions/1/0/10/20/live/0", statement)
		want := "(2)"
		if table == "intake_log" || table == "trend_buckets" {
			continue // rows of one key merge into one at any time
		}
		expect(t, s, "SELECT count() FROM "+table, want)
	}
	expect(t, s, "SELECT sum(count) FROM intake_log", "(2)")
	expect(t, s, "SELECT sum(mentions) FROM trend_buckets", "(2)")
}

// A block over two months that is sent again lands once in each partition.
func TestTokensHoldOverPartitions(t *testing.T) {
	s := migrated(t)
	statement := "INSERT INTO mentions (" + mentionColumns + `) SELECT 'live', 'b', '', 1, 'weibo', toString(number),
		toDateTime64('2026-01-01', 3, 'UTC') + INTERVAL number MONTH, now(), 'neutral', 0, map() FROM numbers(150)`
	insert(t, s, "range", statement)
	insert(t, s, "range", statement)
	expect(t, s, "SELECT count(), uniqExact(toYYYYMM(published_at)) FROM mentions", "(150,150)")
}

func TestTrendsGiveOneRowAKey(t *testing.T) {
	s := migrated(t)
	add := func(token, maps string) {
		insert(t, s, token, `INSERT INTO trend_buckets
			(run, brand, sku, grain, bucket, mentions, negative, sentiment_sum, complaint_types, channels, ingested_at)
			SELECT 'live', 'b', '', '1h', '2026-01-01 08:00:00', 4, 1, -0.5, `+maps+`, now()`)
	}
	add("1", "map('logistics', 1), map('weibo', 3, 'news', 1)")
	add("2", "map('logistics', 1, 'compliance', 2), map('weibo', 4)")
	add("2", "map('logistics', 1, 'compliance', 2), map('weibo', 4)") // sent again
	const query = "SELECT brand, toString(grain), bucket, mentions, negative, negative_share, sentiment_sum, mapSort(complaint_types), mapSort(channels) FROM trends"
	const want = "('b','1h','2026-01-01 08:00:00',8,2,0.25,-1,{'compliance':2,'logistics':2},{'news':1,'weibo':7})"
	expect(t, s, query, want)
	if err := s.Conn().Exec(t.Context(), "OPTIMIZE TABLE trend_buckets FINAL"); err != nil {
		t.Fatal(err)
	}
	expect(t, s, query, want)
	expect(t, s, "SELECT count() FROM trend_buckets", "(1)")
}

func TestAlertsKeepTheFirstAndTheLatest(t *testing.T) {
	s := migrated(t)
	add := func(id, incident, state, at, evidence string, seq int) {
		insert(t, s, id+evidence, fmt.Sprintf(`INSERT INTO alert_log (run, brand, id, incident, state, at, evidence, seq)
			VALUES ('live', 'b', '%s', '%s', '%s', '%s', '%s', %d)`, id, incident, state, at, evidence, seq))
	}
	add("1", "i", "firing", "2026-01-01 08:00:00", "first", 0)
	add("2", "i", "escalated", "2026-01-01 08:00:00", "", 1)
	add("3", "j", "firing", "2026-01-01 09:00:00", "", 0)
	add("1", "i", "firing", "2026-01-01 08:00:00", "replayed", 0)
	expect(t, s, "SELECT id, state, evidence FROM alerts ORDER BY id",
		"('1','firing','first')", "('2','escalated','')", "('3','firing','')")
	expect(t, s, "SELECT incident, id, state FROM alerts_current ORDER BY incident",
		"('i','2','escalated')", "('j','3','firing')")
}

func TestIntakeAddsUp(t *testing.T) {
	s := migrated(t)
	for i, row := range []string{
		"'stored', '', 5", "'unattributed', '', 3", "'duplicate', '', 1", "'dead', 'no_text', 1", "'stored', '', 2", "'dead', 'not_json', 1",
	} {
		insert(t, s, fmt.Sprint(i), "INSERT INTO intake_log (run, source_topic, outcome, reason, count) SELECT 'live', 'posts', "+row)
	}
	expect(t, s, "SELECT source, toString(outcome), reason, rows FROM intake WHERE run = 'live' ORDER BY outcome, reason",
		"('posts','stored','',7)", "('posts','unattributed','',3)", "('posts','duplicate','',1)",
		"('posts','dead','no_text',1)", "('posts','dead','not_json',1)")
	expect(t, s, "SELECT * FROM intake_totals", "('live','posts',13,7,3,1,2)")
}

// Old generations of a snapshot go with their partition.
func TestSnapshotGenerationsAreDropped(t *testing.T) {
	s := migrated(t)
	for generation := range 3 {
		insert(t, s, fmt.Sprint(generation), fmt.Sprintf(`INSERT INTO snapshot_state
			SELECT 'live', 'mentions', 1, 0, %d, 100, toString(number), 'v' FROM numbers(1000)`, generation))
	}
	if err := s.Conn().Exec(t.Context(), "ALTER TABLE snapshot_state DROP PARTITION ('live', 0, 1)"); err != nil {
		t.Fatal(err)
	}
	expect(t, s, "SELECT generation, count() FROM snapshot_state GROUP BY generation ORDER BY generation", "(0,1000)", "(2,1000)")
}

func TestSourceEpochs(t *testing.T) {
	s := migrated(t)
	for want := range uint32(3) {
		if got, err := s.SourceEpoch(t.Context(), "posts"); err != nil || got != want {
			t.Fatalf("epoch %d, %v; want %d", got, err, want)
		}
		if got, err := s.NewSourceEpoch(t.Context(), "posts"); err != nil || got != want+1 {
			t.Fatalf("new epoch %d, %v; want %d", got, err, want+1)
		}
	}
	if got, err := s.SourceEpoch(t.Context(), "other"); err != nil || got != 0 {
		t.Errorf("another topic: %d, %v", got, err)
	}
}

// A backfill is kept for ever, live rows as long as the config says.
func TestRetention(t *testing.T) {
	s := migrated(t)
	r := config.Default().Retention
	set := func(want ...string) {
		t.Helper()
		if changed, err := s.SetRetention(t.Context(), r, ""); err != nil || !slices.Equal(changed, want) {
			t.Fatalf("retention of %q was changed, want %q: %v", changed, want, err)
		}
	}
	set()
	r.Mentions = config.Duration(48 * time.Hour)
	set("mentions")
	set()
	insert(t, s, "1", "INSERT INTO mentions ("+mentionColumns+`) SELECT run, 'b', '', 1, 'weibo', 'p', now(),
		now() - INTERVAL days DAY, 'neutral', 0, map() FROM values('run String, days UInt32', ('live', 1), ('live', 3), ('2022', 3))`)
	if err := s.Conn().Exec(t.Context(), "OPTIMIZE TABLE mentions FINAL"); err != nil {
		t.Fatal(err)
	}
	expect(t, s, "SELECT run, dateDiff('day', ingested_at, now()) FROM mentions ORDER BY run", "('2022',3)", "('live',1)")
}

// What --cluster prints is ClickHouse SQL, no table is left out, and every question
// is defined once.
func TestClusterSQLParses(t *testing.T) {
	s := open(t)
	script, err := SQL("fenghuo", config.Retention{Mentions: config.Duration(24 * time.Hour)}, "prod")
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range strings.Split(script, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		var formatted string
		if err := s.bootstrap.QueryRow(t.Context(), "SELECT formatQuery(?)", statement).Scan(&formatted); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
		if strings.HasPrefix(formatted, "CREATE") && !strings.Contains(formatted, "ON CLUSTER prod") {
			t.Errorf("not on the cluster: %s", formatted)
		}
		if strings.Contains(formatted, "MergeTree") && !strings.Contains(formatted, "Replicated") {
			t.Errorf("not replicated: %s", formatted)
		}
	}
	for _, table := range []string{"mentions", "trend_buckets", "alert_log"} {
		if !strings.Contains(script, "ENGINE = Distributed('prod', 'fenghuo', '"+table+"_local', cityHash64(brand))") {
			t.Errorf("%s is not distributed", table)
		}
	}
	for _, v := range schemas.Views() {
		if n := strings.Count(script, "VIEW "+v.Name+" ON CLUSTER"); n != 1 {
			t.Errorf("view %s is defined %d times", v.Name, n)
		}
	}
}

func TestOpenExplains(t *testing.T) {
	answer := func(code, status int, text string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-ClickHouse-Exception-Code", fmt.Sprint(code))
			w.WriteHeader(status)
			fmt.Fprintf(w, "Code: %d. DB::Exception: %s", code, text)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	for _, c := range []struct {
		name, url string
		is        error
		want      string
	}{
		{"nobody listens", closed.URL, ErrUnreachable, "cannot be reached"},
		{"wrong password", answer(516, 403, "default: Authentication failed (AUTHENTICATION_FAILED)"), ErrDenied, "refuses the user: set clickhouse.user and clickhouse.password"},
		{"a proxy that is overloaded", answer(0, 503, "busy"), ErrUnreachable, "cannot be reached"},
		{"no URL", "localhost:8123", nil, "clickhouse.url"},
	} {
		_, err := Open(t.Context(), config.ClickHouse{URL: c.url, Database: "fenghuo"}, zap.NewNop())
		if err == nil || !strings.Contains(err.Error(), c.want) || (c.is != nil && !errors.Is(err, c.is)) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %v", c.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "async_insert") {
			t.Errorf("%s: the settings of the request are in it: %v", c.name, err)
		}
	}
}

// A table over shards has no partitions to drop: the one behind it has, on every node.
func TestHolder(t *testing.T) {
	for _, c := range []struct{ engine, want string }{
		{"MergeTree PARTITION BY run ORDER BY run", "mentions"},
		{"ReplicatedMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}') ORDER BY run", "mentions"},
		{"Distributed('prod', 'fenghuo', 'mentions_local', cityHash64(brand))", "`mentions_local` ON CLUSTER `prod`"},
		{`Distributed('a\'b', 'x\\', 'mentions_local')`, "`mentions_local` ON CLUSTER `a'b`"},
	} {
		if got := holder("mentions", c.engine); got != c.want {
			t.Errorf("%s: %s, want %s", c.engine, got, c.want)
		}
	}
}
