package rules

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/detect"
	"fenghuo/pipeline/store"
	"fenghuo/pipeline/telemetry"
	"fenghuo/schemas"
)

// shippedTests are the test files of the rules that ship.
func shippedTests(t *testing.T) (files []*TestFile) {
	t.Helper()
	names, err := filepath.Glob("../../deploy/rules/tests/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	for _, name := range names {
		f, err := LoadTests(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// land brings the rows of a test before a moment into the tables.
func (f *TestFile) land(t *testing.T, s *store.Store, run string, test *Test, before time.Time) {
	t.Helper()
	var mentions []schemas.Mention
	for _, m := range test.mentions(run) {
		if m.PublishedAt.Before(before) {
			mentions = append(mentions, m)
		}
	}
	r := detect.RangeOf(mentions, f.zone)
	for _, rows := range test.Trends {
		every := rows.Every.Std()
		if every == 0 {
			every = grains[cmp.Or(rows.Grain, "1h")]
		}
		if rows.Count = min(max(1, rows.Count), int(before.Sub(rows.At)/every)); rows.Count > 0 { // whole ones
			rows.add(r)
		}
	}
	lander := detect.NewLander(s.Conn(), detect.Log{Run: run, Topic: "test"}, nil, zap.NewNop(), telemetry.NewMetrics(), telemetry.NewHealth())
	if err := lander.Land(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// What a rule that ships says at a tick does not depend on what came after it:
// a replay, which has the whole history in the tables, says what live has said.
func TestShippedRulesDoNotSeeTheFuture(t *testing.T) {
	s := database(t)
	held := 0
	for i, f := range shippedTests(t) {
		for j := range f.Tests {
			test := &f.Tests[j]
			if len(test.Alerts) == 0 {
				continue
			}
			whole := fmt.Sprintf("whole-%d-%d", i, j)
			f.land(t, s, whole, test, test.To.AddDate(1, 0, 0))
			// A tick with the alert, and one in the middle of an hour around it.
			for _, tick := range []time.Time{test.Alerts[0].At, test.Alerts[0].At.Add(-25 * time.Minute)} {
				part := fmt.Sprintf("part-%d-%d-%d", i, j, tick.Unix())
				f.land(t, s, part, test, tick)
				for k := range f.rules {
					r := &f.rules[k]
					at := tick.Truncate(r.Every.Std())
					want, _, err := Evaluate(t.Context(), s.Conn(), r, part, at)
					if err != nil {
						t.Fatal(err)
					}
					got, _, err := Evaluate(t.Context(), s.Conn(), r, whole, at)
					if err != nil {
						t.Fatal(err)
					}
					if diff := gocmp.Diff(want, got); diff != "" {
						t.Errorf("rule %s at %s, test %q: %s", r.Name, at, test.Name, diff)
					}
					held += len(want)
				}
			}
		}
	}
	if held < 5 {
		t.Errorf("only %d rows held: the test shows little", held)
	}
}

// A replay that takes many ticks in a statement gives the same transitions,
// with the same values, as one tick by tick.
func TestManyTicksEqualSingleTicks(t *testing.T) {
	s := database(t)
	play := func(f *TestFile, run string, test *Test, rules []config.Rule) []Expected {
		t.Helper()
		f.land(t, s, run, test, test.To.AddDate(1, 0, 0))
		clock := NewClock()
		clock.Begin(test.From)
		clock.Set(test.To)
		clock.End()
		core, logged := observer.New(zap.WarnLevel)
		runner(s, run, zap.New(core)).Follow(t.Context(), clock, rules)
		for _, line := range logged.All() {
			t.Errorf("%s: %s %v", test.Name, line.Message, line.ContextMap())
		}
		list, err := transitions(t.Context(), s.Conn(), run)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for i, f := range shippedTests(t) {
		for j := range f.Tests {
			test := &f.Tests[j]
			var single []config.Rule
			for _, r := range f.rules {
				r.Lookback = 0
				single = append(single, r)
			}
			want := play(f, fmt.Sprintf("single-%d-%d", i, j), test, single)
			got := play(f, fmt.Sprintf("many-%d-%d", i, j), test, f.rules)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", test.Name, diff)
			}
		}
	}
}

// What cannot be evaluated at many ticks, or gives another result there, is
// told once and evaluated tick by tick.
func TestManyTicksFallBack(t *testing.T) {
	s := database(t)
	f := func(sql, want string) {
		t.Helper()
		core, logged := observer.New(zap.InfoLevel)
		n := runner(s, "r", zap.New(core))
		rule := config.Rule{Name: "r", SQL: sql, Every: minutes(1), Lookback: minutes(60)}
		x := &follower{Runner: n, rule: &rule, state: NewState(), log: n.Log}
		for i := range 2 * leastTicks {
			tick := start.Add(time.Duration(i) * time.Minute)
			got, err := x.evaluate(t.Context(), tick, start.Add(time.Hour))
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			rows, _, err := Evaluate(t.Context(), s.Conn(), &rule, "r", tick)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(rows, got.rows); diff != "" {
				t.Errorf("%s at %s: %s", sql, tick, diff)
			}
		}
		switch {
		case want == "" && (x.ahead.off || logged.Len() > 0):
			t.Errorf("%s: not evaluated at many ticks: %v", sql, logged.All())
		case want == "":
		case logged.Len() != 1 || !strings.Contains(logged.All()[0].Message, want):
			t.Errorf("%s: logged %v, want one line with %q", sql, logged.All(), want)
		}
	}
	const tick = "{tick:DateTime('UTC')}"
	f("SELECT brand, sum(mentions) AS value FROM trends WHERE run = {run:String} AND bucket < "+tick+" GROUP BY brand", "")
	f("SELECT 'a' AS brand, toMinute("+tick+") AS value, 'x' AS label WHERE value % 3 = 0 -- why;", "")
	f("WITH { tick : DateTime } AS t SELECT 'a' AS brand, toUnixTimestamp(t) AS value", "")
	// Not correlated with the tick, or not in a way that ClickHouse can do.
	f("SELECT 'a' AS brand, 1 AS value", "must use {tick:DateTime('UTC')}")
	f("SELECT brand, l.value FROM (SELECT 'a' AS brand, toMinute("+tick+") AS value) AS l INNER JOIN (SELECT 'a' AS brand, toHour("+tick+") AS h) AS r USING brand",
		"tick by tick, which takes longer")
	// One row where there is nothing, which is lost among many ticks.
	f("SELECT 'a' AS brand, count() AS value FROM mentions WHERE run = {run:String} AND published_at < "+tick, "aggregate without GROUP BY")
}

// A graver level is a greater severity, and none is without one.
func TestSeverityFollowsTheLevel(t *testing.T) {
	last := 0.
	for _, level := range []schemas.Level{schemas.Blue, schemas.Yellow, schemas.Orange, schemas.Red} {
		r := config.Rule{Name: "r", Level: level}
		a := NewState().Step(&r, "live", start, []Row{{Brand: "b", Value: 1}}, func(*Row) bool { return false })[0]
		if a.Severity <= last {
			t.Errorf("%s: severity %v, that of the level below is %v", level, a.Severity, last)
		}
		last = a.Severity
	}
}

// A replay says how much is left once all posts have landed.
func TestReplayTellsWhatIsLeft(t *testing.T) {
	s := database(t)
	core, logged := observer.New(zap.InfoLevel)
	clock := NewClock()
	clock.Begin(start)
	clock.Set(start.Add(2 * 24 * time.Hour))
	clock.End()
	rule := config.Rule{Name: "r", SQL: "SELECT 'a' AS brand, toHour({tick:DateTime('UTC')}) AS value WHERE value = 3", Every: minutes(1), Lookback: minutes(1), Level: schemas.Red}
	runner(s, "r", zap.New(core)).Follow(t.Context(), clock, []config.Rule{rule})
	lines := logged.FilterMessageSnippet("all posts have landed").All()
	if len(lines) != 1 || lines[0].ContextMap()["evaluations_left"] != int64(2*24*60+1) {
		t.Errorf("%v", lines)
	}
	if n := len(rowsOf(t, s, "SELECT id FROM alerts WHERE run = 'r'")); n != 4 {
		t.Errorf("%d transitions of a rule that holds an hour a day for two days", n)
	}
}

// A replay goes on without a rule that fails all the time, and says so.
func TestReplayLeavesOutWhatAlwaysFails(t *testing.T) {
	s := database(t)
	core, logged := observer.New(zap.WarnLevel)
	clock := NewClock()
	clock.Begin(start)
	clock.Set(start.Add(time.Hour))
	clock.End()
	runner(s, "r", zap.New(core)).Follow(t.Context(), clock, []config.Rule{
		{Name: "broken", SQL: "SELECT brand FROM nowhere", Every: minutes(1), Level: schemas.Red},
		{Name: "now and then", SQL: "SELECT 'a' AS brand, throwIf(toMinute({tick:DateTime('UTC')}) % 5 != 4) AS value", Every: minutes(1), Level: schemas.Red},
	})
	var got []string
	for _, line := range logged.FilterMessageSnippet("left out of the rest").All() {
		got = append(got, fmt.Sprint(line.ContextMap()["rule"]))
	}
	if diff := gocmp.Diff([]string{"broken"}, got); diff != "" {
		t.Error(diff)
	}
}
