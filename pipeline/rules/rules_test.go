package rules

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/store"
	"fenghuo/pipeline/telemetry"
	"fenghuo/schemas"
)

var start = time.Date(2025, 11, 7, 0, 0, 0, 0, time.UTC)

// database is a migrated database of the test's own.
func database(t *testing.T) *store.Store {
	t.Helper()
	c := config.ClickHouse{URL: embeddedtest.ClickHouse(t), Database: strings.ToLower(fmt.Sprintf("rules_%s_%d", t.Name(), os.Getpid()))}
	s, err := store.Open(t.Context(), c, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Conn().Exec(context.Background(), "DROP DATABASE IF EXISTS "+c.Database)
		_ = s.Close()
	})
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func minutes(n int) config.Duration { return config.Duration(time.Duration(n) * time.Minute) }

// The lifecycle, minute by minute: a row that holds at a tick is x, one that
// does not is a dot; f is a firing at that tick, r a resolution.
func TestLifecycle(t *testing.T) {
	f := func(holds string, wait, keep int, want string) {
		t.Helper()
		r := config.Rule{Name: "r", Every: minutes(1), For: minutes(wait), KeepFiringFor: minutes(keep), Level: schemas.Red}
		s := NewState()
		got := ""
		incident := ""
		for i, c := range holds {
			var rows []Row
			if c == 'x' {
				rows = []Row{{Brand: "b", Value: float64(i)}}
			}
			tick := start.Add(time.Duration(i) * time.Minute)
			alerts := s.Step(&r, "live", tick, rows, func(*Row) bool { return false })
			switch {
			case len(alerts) == 0:
				got += "."
			case alerts[0].State == schemas.Firing:
				incident = alerts[0].Incident
				got += "f"
			default:
				got += "r"
				if alerts[0].Incident != incident || alerts[0].FiredAt.IsZero() {
					t.Errorf("%s: the end is of another incident than the beginning", holds)
				}
			}
		}
		if got != want {
			t.Errorf("%s for %d keep %d: %s, want %s", holds, wait, keep, got, want)
		}
	}
	// At once, and over at once.
	f("..xx.x", 0, 0, "..f.rf")
	// Pending for two minutes; a gap begins it anew.
	f("xx.xxxx", 2, 0, ".....f.")
	f("xxx..", 2, 0, "..fr.")
	// It keeps firing for three minutes after it was last seen.
	f("x....", 0, 3, "f..r.")
	f("x..x....", 0, 3, "f.....r.")
	// Never resolved without firing.
	f("x.x.x.", 1, 5, "......")
}

// Event time may stand still between the last tick of a rule and the start
// without it.
func TestARuleThatIsGoneEndsAtTheTickItHeldLast(t *testing.T) {
	s := NewState()
	unmuted := func(*Row) bool { return false }
	s.Step(&config.Rule{Name: "gone", Level: schemas.Red}, "live", start, []Row{{Brand: "a"}}, unmuted)
	alerts := s.Step(&config.Rule{Name: "gone"}, "live", start, nil, unmuted)
	if len(alerts) != 1 || alerts[0].State != schemas.Resolved || len(s.Series) > 0 {
		t.Errorf("alerts %v, %d series left; want one resolved and none", alerts, len(s.Series))
	}
}

// Ids depend on run, series, state and tick, and on nothing else.
func TestIDs(t *testing.T) {
	r := config.Rule{Name: "r", Level: schemas.Red}
	never := func(*Row) bool { return false }
	fire := func(run string, tick time.Time, row Row) schemas.Alert {
		return NewState().Step(&r, run, tick, []Row{row}, never)[0]
	}
	a := fire("live", start, Row{Brand: "b", Value: 1})
	// Another value is the same alert: a replay after late data.
	if b := fire("live", start, Row{Brand: "b", Value: 2}); a.ID != b.ID || a.Incident != b.Incident || a.Fingerprint != b.Fingerprint {
		t.Error("the value is part of an id")
	}
	seen := map[string]bool{a.ID: true}
	for _, other := range []schemas.Alert{
		fire("past", start, Row{Brand: "b"}), fire("live", start.Add(time.Minute), Row{Brand: "b"}), fire("live", start, Row{Brand: "c"}),
		fire("live", start, Row{Brand: "b", SKU: "s"}), fire("live", start, Row{Brand: "b", Type: "logistics"}),
		fire("live", start, Row{Brand: "b", Labels: map[string]string{"channel": "weibo"}}),
	} {
		if seen[other.ID] {
			t.Errorf("two alerts have one id: %+v", other)
		}
		seen[other.ID] = true
	}
	if p := fire("past", start, Row{Brand: "b"}); p.Fingerprint != a.Fingerprint {
		t.Error("a series has another fingerprint in another run")
	}
}

// A silence delays the firing and does not hide an end.
func TestSilence(t *testing.T) {
	r := config.Rule{Name: "r", Every: minutes(1), Level: schemas.Red}
	s := NewState()
	muted := true
	step := func(i int, rows ...Row) []schemas.Alert {
		return s.Step(&r, "live", start.Add(time.Duration(i)*time.Minute), rows, func(*Row) bool { return muted })
	}
	if got := step(0, Row{Brand: "b"}); len(got) != 0 {
		t.Errorf("fired under a silence: %v", got)
	}
	muted = false
	if got := step(1, Row{Brand: "b"}); len(got) != 1 || got[0].State != schemas.Firing {
		t.Errorf("did not fire after the silence: %v", got)
	}
	muted = true
	if got := step(2); len(got) != 1 || got[0].State != schemas.Resolved {
		t.Errorf("the end was not told: %v", got)
	}
	if got := s.Expire(start.Add(time.Hour), 30*time.Minute); len(got) != 1 || len(s.Resolved) != 0 {
		t.Errorf("expired: %v", got)
	}
}

// What a rule's SQL may not do, and what becomes of odd rows.
func TestEvaluateRefuses(t *testing.T) {
	s := database(t)
	eval := func(sql string) ([]Row, []string, error) {
		return Evaluate(t.Context(), s.Conn(), &config.Rule{Name: "r", SQL: sql, Summary: "{{ value }} of {{ brand }}, {{ nothing }}"}, "it's", start)
	}
	refuse := func(sql, want string) {
		t.Helper()
		if _, _, err := eval(sql); err == nil || !strings.Contains(oneLine(err), want) {
			t.Errorf("%s: error %v, want %q", sql, err, want)
		} else if !refused(err) {
			t.Errorf("%s: %v counts as an outage", sql, err)
		}
	}
	refuse("INSERT INTO rule_state (run) VALUES ('x')", "SYNTAX_ERROR")
	refuse("DROP TABLE mentions", "SYNTAX_ERROR")
	refuse("SELECT 1) ; DROP TABLE mentions; SELECT * FROM (SELECT 1", "READONLY")
	refuse("SELEC brand", "SYNTAX_ERROR")
	refuse("SELECT brand, 1 AS value FROM nowhere", "UNKNOWN_TABLE")
	refuse("SELECT 'a' AS brand, 'b' AS value", "column value must be a number, not String")
	refuse("SELECT 1 AS brand, 1 AS value", "column brand must be text, not UInt8")
	refuse("SELECT 'a' AS brand", "must give the columns brand and value")
	refuse("SELECT toString(number) AS brand, number AS value FROM numbers(1001)", "more than 1000 rows")
	refuse("SELECT toString(number) AS brand, number AS value FROM numbers(1000000)", "more than 1000 rows")
	refuse("SELECT 'a' AS brand, throwIf(number = 3) AS value FROM numbers(10)", "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO")
	// Nothing outside of the tables is read, whatever the server lets its user do, and no
	// limit is lifted.
	for _, from := range []string{
		"file('*', LineAsString)", "file('/etc/passwd', LineAsString, 's String')", "url('http://127.0.0.1:1/', LineAsString, 's String')",
		"s3('http://127.0.0.1:1/bucket/key', LineAsString, 's String')", "remote('127.0.0.1:1', system.one)",
		"mysql('127.0.0.1:1', 'd', 't', 'u', 'p')", "postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
		"executable('x.sh', TSV, 's String')", "input('s String')",
	} {
		if _, _, err := eval("SELECT 'a' AS brand, 1 AS value FROM " + from); err == nil || !refused(err) {
			t.Errorf("%s: %v", from, err)
		} else if line := oneLine(err); strings.Contains(line, "127.0.0.1:1") {
			t.Errorf("%s: reached out: %s", from, line)
		}
	}
	refuse("SELECT 'a' AS brand, count() AS value FROM url('http://127.0.0.1:1/', LineAsString, 's String')", "a rule reads tables and views, no files")
	refuse("SELECT 'a' AS brand, 1 AS value INTO OUTFILE '/tmp/rule'", "SYNTAX_ERROR")
	refuse("SELECT 'a' AS brand, 1 AS value; SELECT 2", "SYNTAX_ERROR")
	refuse("SELECT 'a' AS brand, 1 AS value FORMAT CSV", "SYNTAX_ERROR")
	refuse("SELECT name AS brand, 1 AS value FROM system.users", "ACCESS_DENIED")
	refuse("SELECT 'a' AS brand, 1 AS value /* "+strings.Repeat("long ", 1<<20)+" */", " bytes, the most is 65536")
	if n := len(rowsOf(t, s, "SELECT name FROM system.tables WHERE database = currentDatabase() AND name = 'mentions'")); n != 1 {
		t.Error("a rule dropped a table")
	}

	use := func(sql string, want []Row, aside ...string) {
		t.Helper()
		rows, lines, err := eval(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			return
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("%s: %s", sql, diff)
		}
		if diff := cmp.Diff(aside, lines); diff != "" {
			t.Errorf("%s: %s", sql, diff)
		}
	}
	// No rows, no alerts; not even the columns are known then.
	use("SELECT 'a' AS brand, 1 AS value WHERE 0", nil)
	// The parameters arrive; a comment and a semicolon at the end do no harm.
	use("SELECT {run:String} AS brand, toUnixTimestamp({tick:DateTime}) AS value -- why;",
		[]Row{{Brand: "it's", Value: float64(start.Unix()), Summary: "1762473600 of it's, {{ nothing }}"}})
	// Text columns tell series apart, numbers do not.
	use("SELECT 'a' AS brand, 's' AS sku, 'logistics' AS crisis_type, 'weibo' AS channel, 3 AS posts, 0.5 AS value, 0.25 AS expected",
		[]Row{{Brand: "a", SKU: "s", Type: "logistics", Labels: map[string]string{"channel": "weibo"}, Value: .5, Expected: .25, Summary: "0.5 of a, {{ nothing }}"}})
	// A row without a brand or a number is set aside, and the others stay.
	use("SELECT arrayJoin(['a', '', 'b', 'a', 'c']) AS brand, multiIf(brand = 'b', nan, brand = 'c', inf, 1.) AS value",
		[]Row{{Brand: "a", Value: 1, Summary: "1 of a, {{ nothing }}"}},
		"a row without a brand", `brand "b", sku "": value is NaN`, `brand "a", sku "": a second row of the same series`, `brand "c", sku "": value is +Inf`)
	use("SELECT 'a' AS brand, NULL::Nullable(Float64) AS value", nil, `brand "a", sku "": value is NULL`)
}

func rowsOf(t *testing.T, s *store.Store, query string) [][]any {
	t.Helper()
	table, err := store.ReadTable(t.Context(), s.Conn(), query)
	if err != nil {
		t.Fatal(err)
	}
	return table.Rows
}

// A query that does not end is ended, and a rule that runs it delays no other.
func TestSlowRuleDelaysNothing(t *testing.T) {
	s := database(t)
	core, logged := observer.New(zap.WarnLevel)
	n := runner(s, "live", zap.New(core))
	clock := NewClock()
	clock.Set(start)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.Follow(ctx, clock, []config.Rule{
			{Name: "endless", SQL: "SELECT 'a' AS brand, count() AS value FROM numbers(1000000000000) WHERE sipHash64(number) = 7", Every: minutes(1), Level: schemas.Red},
			{Name: "broken", SQL: "SELECT brand FROM nowhere", Every: minutes(1), Level: schemas.Red},
			{Name: "quick", SQL: "SELECT 'a' AS brand, 1 AS value", Every: minutes(1), Level: schemas.Red},
		})
	}()
	for len(rowsOf(t, s, "SELECT id FROM alerts WHERE signal = 'rule:quick'")) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	// The quick rule goes on with the next ticks while the endless one runs.
	clock.Set(start.Add(5 * time.Minute))
	for logged.FilterMessageSnippet("UNKNOWN_TABLE").Len() == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	<-done
	if logged.FilterMessageSnippet("UNKNOWN_TABLE").Len() != 1 {
		t.Errorf("a rule that fails the same way said so %d times", logged.FilterMessageSnippet("UNKNOWN_TABLE").Len())
	}
}

func runner(s *store.Store, run string, log *zap.Logger) *Runner {
	return &Runner{Config: config.Default(), Run: run, Conn: s.Conn(), Log: log, Metrics: telemetry.NewMetrics()}
}

// every says at which minutes of an hour a rule holds.
func holdsAt(minutes ...int) string {
	return "SELECT 'a' AS brand, 1 AS value WHERE has(" + strings.ReplaceAll(fmt.Sprint(minutes), " ", ",") + ", toMinute({tick:DateTime('UTC')}))"
}

// A successor goes on where a process stopped, and tells what an undisturbed
// one tells, with the same ids.
func TestSuccessorTellsTheSame(t *testing.T) {
	s := database(t)
	rule := config.Rule{Name: "r", SQL: holdsAt(3, 4, 5, 6, 20, 21, 22, 23, 24, 40), Every: minutes(1), For: minutes(2), KeepFiringFor: minutes(3), Level: schemas.Red}
	play := func(run string, stops ...int) []string {
		for i, stop := range stops {
			clock := NewClock()
			if i == 0 {
				clock.Begin(start)
			}
			clock.Set(start.Add(time.Duration(stop) * time.Minute))
			clock.End()
			runner(s, run, zap.NewNop()).Follow(t.Context(), clock, []config.Rule{rule})
		}
		var list []string
		for _, row := range rowsOf(t, s, "SELECT concat(state, ' ', formatDateTime(at, '%i')) FROM alerts WHERE run = '"+run+"' ORDER BY at") {
			list = append(list, row[0].(string))
		}
		return list
	}
	want := []string{"firing 05", "resolved 09", "firing 22", "resolved 27"}
	if diff := cmp.Diff(want, play("whole", 59)); diff != "" {
		t.Error(diff)
	}
	// Stopped while pending, while firing, and while it keeps firing.
	if diff := cmp.Diff(want, play("parts", 4, 5, 7, 21, 25, 59)); diff != "" {
		t.Error(diff)
	}
	// The same again from the beginning: a state that was lost.
	if err := s.Conn().Exec(t.Context(), "TRUNCATE TABLE rule_state"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, play("whole", 59)); diff != "" {
		t.Error(diff)
	}
}

// A live rule that is far behind passes over what it missed.
func TestPassesOverMissedTicks(t *testing.T) {
	s := database(t)
	n := runner(s, "live", zap.NewNop())
	n.MaxBehind = 10
	clock := NewClock()
	clock.Begin(start)
	clock.Set(start.Add(10 * time.Hour))
	clock.End()
	n.Follow(t.Context(), clock, []config.Rule{{Name: "r", SQL: "SELECT 'a' AS brand, 1 AS value", Every: minutes(5), Level: schemas.Red}})
	if at := rowsOf(t, s, "SELECT at FROM alerts")[0][0].(time.Time); !at.Equal(start.Add(10 * time.Hour)) {
		t.Errorf("fired at %s", at)
	}
}

// Serve runs what belongs to the partitions owned once all partitions have
// passed a tick, and ends what a rule left that is gone.
func TestServe(t *testing.T) {
	s := database(t)
	l := Log{Topic: "mentions", Epoch: 1, Partitions: 2}
	n := runner(s, "live", zap.NewNop())
	n.Config.Brands = []config.Brand{{ID: "a", Name: "Acme"}}
	n.Config.Rules = []config.Rule{{Name: "kept", SQL: "SELECT 'a' AS brand, 1 AS value", Every: minutes(1), Level: schemas.Orange}}
	gone := NewState()
	gone.Step(&config.Rule{Name: "gone", Level: schemas.Red}, "live", start, []Row{{Brand: "a"}}, func(*Row) bool { return false })
	if err := n.write(t.Context(), "gone", start, gone); err != nil {
		t.Fatal(err)
	}
	passed := func(partition int, tick time.Time) {
		t.Helper()
		err := s.Conn().Exec(t.Context(), "INSERT INTO progress (run, topic, layout_epoch, t, to_offset, last_tick) VALUES ('live', 'mentions', 1, ?, 1, ?)", partition, tick.UnixMilli())
		if err != nil {
			t.Fatal(err)
		}
	}
	passed(0, start.Add(time.Hour))
	if tick, err := n.passed(t.Context(), l); err != nil || !tick.IsZero() {
		t.Errorf("one of two partitions: tick %s, error %v", tick, err)
	}
	passed(1, start.Add(30*time.Minute))
	if tick, err := n.passed(t.Context(), l); err != nil || !tick.Equal(start.Add(30*time.Minute)) {
		t.Errorf("both partitions: tick %s, error %v", tick, err)
	}
	published := make(chan schemas.Alert, 10)
	n.Publish = func(_ context.Context, alerts []schemas.Alert, _ []string) error {
		for _, a := range alerts {
			published <- a
		}
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.Serve(ctx, l, []int{0, 1})
	}()
	var got []string
	for range 2 {
		a := <-published
		got = append(got, fmt.Sprintf("%s %s %s %s %s", a.Signal, a.State, a.Level, a.BrandName, a.At.Format("15:04")))
	}
	cancel()
	<-done
	slices.Sort(got)
	if diff := cmp.Diff([]string{"rule:gone resolved red Acme 00:30", "rule:kept firing orange Acme 00:30"}, got); diff != "" {
		t.Error(diff)
	}
	// Nothing is owned, nothing runs.
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	n.Serve(ctx, l, nil)
	if len(published) != 0 {
		t.Error("a rule ran where its partition is not owned")
	}
}

// Check finds what would fail, without running the rule.
func TestCheck(t *testing.T) {
	s := database(t)
	f := func(sql, summary, want string) {
		t.Helper()
		got := ""
		if err := Check(t.Context(), s.Conn(), &config.Rule{SQL: sql, Summary: summary}); err != nil {
			got = err.Error()
		}
		if got != want && (want == "" || !strings.Contains(got, want)) {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
	f("SELECT brand, sum(mentions) AS value FROM trends WHERE run = {run:String} AND bucket < {tick:DateTime} GROUP BY brand", "{{ brand }} {{ value }}", "")
	f("SELECT brand, 1 AS value FROM trendz", "", "UNKNOWN_TABLE")
	f("INSERT INTO trends SELECT * FROM trends", "", "a rule is one SELECT: ")
	f("SELECT 'x' AS brand, 1 AS value; DROP TABLE mentions", "", "a rule is one SELECT: ")
	f("SELECT brand FROM trends", "", "must give the columns brand and value")
	f("SELECT brand, sku AS value FROM trends", "", "column value must be a number")
	f("SELECT brand, 1 AS value FROM trends", "{{ val }}", `the summary names column "val", which the SQL does not give`)
	f("SELECT brand, 1 AS value FROM trends WHERE sleepEachRow(3) = 0", "", "")
	f("SELECT brand, 1 AS value FROM trends WHERE brand = {tock:String}", "", "tock")
}
