package rules

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/detect"
	"fenghuo/pipeline/telemetry"
	"fenghuo/schemas"
)

// TestFile is a file of tests of rules.
type TestFile struct {
	Rules    []string `yaml:"rules"`    // rule files, beside this one
	Timezone string   `yaml:"timezone"` // in which days begin; default UTC
	Tests    []Test   `yaml:"tests"`

	rules []config.Rule
	zone  *time.Location
}

// Test is a run on given rows.
type Test struct {
	Name     string        `yaml:"name"`
	Mentions []MentionRows `yaml:"mentions"`
	Trends   []TrendRows   `yaml:"trends"`
	Values   []ValueRows   `yaml:"values"`
	From     time.Time     `yaml:"from"` // first tick
	To       time.Time     `yaml:"to"`   // last tick
	Alerts   []Expected    `yaml:"alerts"`
}

// Expected is a transition that must come; level, value and summary are looked
// at where they are given.
type Expected struct {
	At      time.Time     `yaml:"at"`
	Rule    string        `yaml:"rule"`
	Brand   string        `yaml:"brand"`
	SKU     string        `yaml:"sku"`
	State   schemas.State `yaml:"state"`
	Level   schemas.Level `yaml:"level"`
	Value   *float64      `yaml:"value"`
	Summary string        `yaml:"summary"`
}

func (e Expected) String() string {
	return fmt.Sprintf("%s %s %s %q %q", e.At.UTC().Format(time.RFC3339), e.Rule, e.State, e.Brand, e.SKU)
}

// LoadTests reads a file of tests and the rules it names.
func LoadTests(name string) (*TestFile, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f := &TestFile{Timezone: "UTC"}
	if err := config.Decode(name, data, f); err != nil {
		return nil, err
	}
	if f.zone, err = time.LoadLocation(f.Timezone); err != nil {
		return nil, fmt.Errorf("%s: timezone %q is not an IANA zone such as Asia/Shanghai", name, f.Timezone)
	}
	for _, path := range f.Rules {
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(name), path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		rules, err := config.ParseRules(path, data)
		if err != nil {
			return nil, err
		}
		f.rules = append(f.rules, rules...)
	}
	switch {
	case len(f.rules) == 0:
		return nil, fmt.Errorf("%s: no rules to test: name rule files under rules", name)
	case len(f.Tests) == 0:
		return nil, fmt.Errorf("%s: no tests", name)
	}
	for _, t := range f.Tests {
		if t.From.IsZero() || t.To.Before(t.From) {
			return nil, fmt.Errorf("%s: test %q: give from and to, the first and the last tick", name, t.Name)
		}
	}
	return f, nil
}

// Play runs a test in a migrated database, under a run of its own name, and
// returns how what came differs from what was expected: nothing when the test
// passes.
func (f *TestFile) Play(ctx context.Context, conn driver.Conn, run string, t *Test) (differences []string, err error) {
	metrics := telemetry.NewMetrics()
	r := detect.RangeOf(t.mentions(run), f.zone)
	for _, rows := range t.Trends {
		rows.add(r)
	}
	for _, rows := range t.Values {
		rows.add(r, f.zone)
	}
	lander := detect.NewLander(conn, detect.Log{Run: run, Topic: "test"}, nil, zap.NewNop(), metrics, telemetry.NewHealth())
	if err := lander.Land(ctx, r); err != nil {
		return nil, err
	}
	for i := range f.rules {
		if err := Check(ctx, conn, &f.rules[i]); err != nil {
			return nil, fmt.Errorf("rule %s: %w", f.rules[i].Name, err)
		}
	}
	clock := NewClock()
	clock.Begin(t.From)
	clock.Set(t.To)
	clock.End()
	core, logged := observer.New(zap.WarnLevel)
	runner := &Runner{Config: config.Default(), Run: run, Conn: conn, Metrics: metrics, Log: zap.New(core)}
	runner.Follow(ctx, clock, f.rules)
	for _, line := range logged.All() {
		tick, _ := line.ContextMap()["tick"].(time.Time)
		differences = append(differences, fmt.Sprintf("%s %v: %s", tick.UTC().Format(time.RFC3339), line.ContextMap()["rule"], strings.TrimPrefix(line.Message, "rules: ")))
	}
	got, err := transitions(ctx, conn, run)
	if err != nil {
		return nil, err
	}
	return append(differences, compare(t.Alerts, got)...), ctx.Err()
}

// transitions reads what the rules of a run have told.
func transitions(ctx context.Context, conn driver.Conn, run string) (list []Expected, err error) {
	rows, err := conn.Query(ctx, `SELECT at, substring(signal, 6), brand, sku, state, level, observed, JSONExtractString(evidence, 'note')
		FROM alerts WHERE run = ? ORDER BY at, signal, brand, sku`, run)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	for rows.Next() {
		var e Expected
		var state, level string
		var value float64
		if err := rows.Scan(&e.At, &e.Rule, &e.Brand, &e.SKU, &state, &level, &value, &e.Summary); err != nil {
			return nil, err
		}
		e.State, e.Level, e.Value = schemas.State(state), schemas.Level(level), &value
		list = append(list, e)
	}
	return list, rows.Err()
}

// compare holds the transitions that came against those that must come.
func compare(want, got []Expected) (differences []string) {
	for _, w := range want {
		i := slices.IndexFunc(got, func(g Expected) bool { return g.String() == w.String() })
		if i < 0 {
			differences = append(differences, "missing: "+w.String())
			continue
		}
		g := got[i]
		got = slices.Delete(slices.Clone(got), i, i+1)
		if w.Level != "" && w.Level != g.Level {
			differences = append(differences, fmt.Sprintf("%s: level %s, want %s", w, g.Level, w.Level))
		}
		if w.Value != nil && (*w.Value-*g.Value > 1e-9 || *g.Value-*w.Value > 1e-9) {
			differences = append(differences, fmt.Sprintf("%s: value %v, want %v", w, *g.Value, *w.Value))
		}
		if w.Summary != "" && w.Summary != g.Summary {
			differences = append(differences, fmt.Sprintf("%s: summary %q, want %q", w, g.Summary, w.Summary))
		}
	}
	for _, g := range got {
		differences = append(differences, fmt.Sprintf("not expected: %s, level %s, value %v", g, g.Level, *g.Value))
	}
	return differences
}
