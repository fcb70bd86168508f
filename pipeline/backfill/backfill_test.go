package backfill

import (
	"context"
	"fmt"
	"iter"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/doctor"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/ingest"
	"fenghuo/pipeline/simulate"
	"fenghuo/pipeline/store"
)

// archive is a database and a simulated history to fill runs from.
type archive struct {
	t        *testing.T
	config   *config.Config
	analyzer *analyzer.Analyzer
	store    *store.Store
	rows     []ingest.Row
}

// stream is a small history with a crisis.
var stream = simulate.Options{Seed: 11, Days: 4, Brands: 5, SKUs: 20, PostsPerDay: 1500}

// shared is the analyzer of the stream's brands, which takes a while to load.
var shared = sync.OnceValues(func() (*analyzer.Analyzer, error) {
	sim, err := simulate.New(stream)
	if err != nil {
		return nil, err
	}
	return analyzer.New(analyzer.Options{Brands: sim.Config().Brands})
})

func newArchive(t *testing.T) *archive {
	t.Helper()
	sim, err := simulate.New(stream)
	if err != nil {
		t.Fatal(err)
	}
	a := &archive{t: t, config: sim.Config()}
	posts := func(yield func(ingest.Row, error) bool) {
		for r := range sim.Records() {
			if !yield(ingest.Row{At: r.At, Value: r.Raw}, nil) {
				return
			}
		}
	}
	for r := range Merge(posts, trade(a.config.Brands[0].ID, sim.Truth().Start)) {
		a.rows = append(a.rows, r)
	}
	if a.analyzer, err = shared(); err != nil {
		t.Fatal(err)
	}
	a.config.ClickHouse.URL = embeddedtest.ClickHouse(t)
	a.config.ClickHouse.Database = fmt.Sprintf("backfill_%d_%s", os.Getpid(), strings.ToLower(t.Name()))
	if a.store, err = store.Open(t.Context(), a.config.ClickHouse, zap.NewNop()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = a.store.Conn().Exec(context.Background(), "DROP DATABASE IF EXISTS "+a.config.ClickHouse.Database)
		_ = a.store.Close()
	})
	return a
}

func (a *archive) options(run string) Options {
	return Options{
		Config: a.config, Analyzer: a.analyzer, Store: a.store, Run: run, Rows: a.all(nil), Source: "test", Identity: "1", Workers: 2, Log: zap.NewNop(),
		sizes: sizes{pack: 500, land: 1500}, snapshotEvery: time.Nanosecond,
	}
}

// all yields the history; each is called before every row.
func (a *archive) all(each func(n int)) iter.Seq2[ingest.Row, error] {
	return func(yield func(ingest.Row, error) bool) {
		for i, r := range a.rows {
			if each != nil {
				each(i)
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (a *archive) fill(o Options) Result {
	a.t.Helper()
	r, err := Run(a.t.Context(), o)
	if err != nil {
		a.t.Fatal(err)
	}
	return r
}

// content is what a run holds, without its name.
func (a *archive) content(run string) (list []string) {
	a.t.Helper()
	for _, query := range []string{
		`SELECT concat('account ', outcome, ' ', reason, ' ', toString(rows)) FROM intake WHERE run = ? ORDER BY ALL`,
		`SELECT concat('mentions ', toString(count()), ' ', toString(sum(cityHash64(brand, sku, channel, post_id, late, duplicate_of)))) FROM mentions WHERE run = ?`,
		`SELECT concat('trends ', toString(count()), ' ', toString(sum(cityHash64(brand, sku, grain, bucket, mentions, complaints, reach)))) FROM trends WHERE run = ?`,
		`SELECT concat('values ', toString(count()), ' ', toString(sum(cityHash64(brand, series, sku, at, day, value, late)))) FROM business_values WHERE run = ?`,
		`SELECT concat('alert ', brand, ' ', sku, ' ', state, ' ', level, ' ', toString(at)) FROM alerts WHERE run = ? ORDER BY at, brand, sku, state`,
	} {
		rows, err := a.store.Conn().Query(a.t.Context(), query, run)
		if err != nil {
			a.t.Fatal(err)
		}
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				a.t.Fatal(err)
			}
			list = append(list, s)
		}
		if err := rows.Close(); err != nil {
			a.t.Fatal(err)
		}
	}
	return list
}

func TestAStoppedBackfillGoesOnWithoutLossOrDoubling(t *testing.T) {
	a := newArchive(t)
	if r := a.fill(a.options("calm")); r.Rows != int64(len(a.rows)) {
		t.Errorf("%d of %d rows", r.Rows, len(a.rows))
	}
	want := a.content("calm")
	if alerts := strings.Count(strings.Join(want, "\n"), "alert "); alerts == 0 {
		t.Error("the history has no alert: the comparison says little")
	}

	for stop := 1; stop <= 3; stop++ {
		ctx, cancel := context.WithCancel(t.Context())
		o := a.options("hit")
		o.Rows = a.all(func(n int) {
			if n == stop*len(a.rows)/4 {
				cancel()
			}
		})
		if _, err := Run(ctx, o); err == nil || !strings.Contains(err.Error(), "goes on from there") {
			t.Fatalf("stopped: %v", err)
		}
		cancel()
	}
	r := a.fill(a.options("hit"))
	if r.Resumed == 0 {
		t.Error("nothing of the stopped starts was used")
	}
	if d := cmp.Diff(want, a.content("hit")); d != "" {
		t.Errorf("never stopped against stopped three times:\n%s", d)
	}
	if r := a.fill(a.options("hit")); r.Resumed != int64(len(a.rows)) {
		t.Errorf("a run that is done was filled again from row %d", r.Resumed)
	}
	for _, table := range []string{"snapshots", "snapshot_state"} {
		var kept uint64
		if err := a.store.Conn().QueryRow(t.Context(), "SELECT count() FROM "+table+" WHERE run = 'hit'").Scan(&kept); err != nil || kept > 0 {
			t.Errorf("%d rows of %s are kept of a run that is done, %v", kept, table, err)
		}
	}
	for _, f := range doctor.Examine(t.Context(), a.config, zap.NewNop()) {
		if !f.OK && f.Check != "kafka" && f.Check != "topics" {
			t.Errorf("doctor: %s: %s", f.Check, f.Detail)
		}
	}
}

// An alert carries what the brand's competitors did in its window, by the
// trends' own account.
func TestAlertsTellOfCompetitors(t *testing.T) {
	a := newArchive(t)
	for i := range a.config.Brands {
		for j := range a.config.Brands {
			if i != j {
				a.config.Brands[i].Competitors = append(a.config.Brands[i].Competitors, a.config.Brands[j].ID)
			}
		}
	}
	a.fill(a.options("peers"))
	var alerts, told, wrong uint64
	err := a.store.Conn().QueryRow(t.Context(), `WITH told AS (
			SELECT id, brand, window_start, window_end, JSONExtractString(p, 'brand') AS peer, JSONExtractFloat(p, 'observed') AS observed
			FROM alerts ARRAY JOIN JSONExtractArrayRaw(evidence, 'peers') AS p WHERE run = 'peers'),
		held AS (
			SELECT id, peer, any(observed) AS says, sum(t.mentions) AS is FROM told
			LEFT JOIN (SELECT * FROM trends WHERE run = 'peers' AND grain = '1m' AND sku = '') AS t ON t.brand = told.peer
			WHERE t.bucket >= window_start AND t.bucket < window_end GROUP BY id, peer)
		SELECT (SELECT count() FROM alerts WHERE run = 'peers'), (SELECT count() FROM told), (SELECT countIf(says > is) FROM held)`).
		Scan(&alerts, &told, &wrong)
	if err != nil {
		t.Fatal(err)
	}
	if told == 0 || wrong != 0 {
		t.Errorf("%d alerts tell of %d competitors, %d with more mentions than the trends hold", alerts, told, wrong)
	}
}

func TestReplaceBuildsARunAnew(t *testing.T) {
	a := newArchive(t)
	a.fill(a.options("r"))
	want := a.content("r")

	other := a.options("r")
	other.Identity = "2"
	if _, err := Run(t.Context(), other); err == nil || !strings.Contains(err.Error(), "--replace") {
		t.Errorf("another history into the same run: %v", err)
	}
	other.Replace = true
	a.fill(other)
	if d := cmp.Diff(want, a.content("r")); d != "" {
		t.Errorf("before and after --replace:\n%s", d)
	}
}

func TestARunFromARunIsTheSame(t *testing.T) {
	a := newArchive(t)
	a.fill(a.options("first"))
	o := a.options("second")
	o.Rows = Merge(FromRun(t.Context(), a.store.Conn(), "first", Span{}), ValuesFromRun(t.Context(), a.store.Conn(), "first", Span{}))
	a.fill(o)
	differences, err := Compare(t.Context(), a.store, "first", "second")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		if d.Change != Same {
			t.Errorf("%s %s %s: %s, %v against %v", d.Brand, d.SKU, d.CrisisType, d.Change, d.LeftAt, d.RightAt)
		}
	}
	if len(differences) == 0 {
		t.Error("no incidents to compare")
	}
}

func TestARunOfAnotherProcessIsLeftAlone(t *testing.T) {
	a := newArchive(t)
	busy := store.Run{Name: "busy", State: store.RunRunning, Owner: "elsewhere/1", Identity: "1", StartedAt: time.Now()}
	if err := a.store.SaveRun(t.Context(), busy); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), a.options("busy")); err == nil || !strings.Contains(err.Error(), "being filled by elsewhere/1") {
		t.Errorf("error is %v", err)
	}
	if _, err := Run(t.Context(), a.options("live")); err == nil {
		t.Error("a backfill into live was accepted")
	}
}
