package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/pipeline/config"
	"fenghuo/schemas"
)

// The rules that ship do what their tests say, and every one has a test in
// which it fires.
func TestShippedRules(t *testing.T) {
	s := database(t)
	files, err := filepath.Glob("../../deploy/rules/tests/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	fired := map[string]bool{}
	for i, name := range files {
		f, err := LoadTests(name)
		if err != nil {
			t.Fatal(err)
		}
		for j := range f.Tests {
			differences, err := f.Play(t.Context(), s.Conn(), fmt.Sprintf("test-%d-%d", i, j), &f.Tests[j])
			if err != nil {
				t.Fatal(err)
			}
			if len(differences) > 0 {
				t.Errorf("%s: %s:\n%s", name, f.Tests[j].Name, strings.Join(differences, "\n"))
			}
			for _, e := range f.Tests[j].Alerts {
				fired[e.Rule] = true
			}
		}
	}
	files, err = filepath.Glob("../../deploy/rules/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	shipped := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rules, err := config.ParseRules(name, data)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rules {
			shipped++
			if !fired[r.Name] {
				t.Errorf("no test lets rule %s fire", r.Name)
			}
		}
	}
	if shipped < 10 {
		t.Errorf("only %d rules ship", shipped)
	}
}

// A rule that cannot be evaluated at many ticks is slower, not wrong: its tests
// pass.
func TestTickByTickPasses(t *testing.T) {
	s := database(t)
	sql := "SELECT l.brand AS brand, l.value AS value FROM (SELECT 'a' AS brand, toMinute({tick:DateTime('UTC')}) AS value) AS l " +
		"INNER JOIN (SELECT 'a' AS brand, toHour({tick:DateTime('UTC')}) AS h) AS r ON l.brand = r.brand"
	f := &TestFile{zone: time.UTC, rules: []config.Rule{{Name: "joined", SQL: sql, Every: minutes(1), Lookback: minutes(60), Level: schemas.Blue, Summary: "s"}}}
	differences, err := f.Play(t.Context(), s.Conn(), "joined", &Test{
		From: start, To: start.Add(time.Hour), Alerts: []Expected{{At: start, Rule: "joined", Brand: "a", State: schemas.Firing}},
	})
	if err != nil || len(differences) > 0 {
		t.Errorf("%v: %v", err, differences)
	}
}

// Rules over the business are tested on values.
func TestValuesOfTests(t *testing.T) {
	s := database(t)
	sql := `SELECT brand, sumIf(value, series = 'refunds') / sumIf(value, series = 'orders') AS value FROM business
		WHERE run = {run:String} AND grain = '1h' AND sku = '' AND bucket >= {tick:DateTime('UTC')} - INTERVAL 1 DAY AND bucket < {tick:DateTime('UTC')}
		GROUP BY brand HAVING value > 0.1`
	f := &TestFile{zone: time.UTC, rules: []config.Rule{{Name: "refunded", SQL: sql, Every: minutes(60), Level: schemas.Orange, Summary: "s"}}}
	half := .5
	differences, err := f.Play(t.Context(), s.Conn(), "values", &Test{
		Values: []ValueRows{
			{Brand: "a", SKU: "x", Series: "orders", At: start, Count: 4, Value: 10}, {Brand: "a", Series: "refunds", At: start.Add(3 * time.Hour), Value: 20},
			{Brand: "b", Series: "orders", At: start, Count: 4, Value: 10}, {Brand: "b", Series: "refunds", At: start, Count: 4, Value: 1},
		},
		From: start.Add(time.Hour), To: start.Add(6 * time.Hour),
		Alerts: []Expected{{At: start.Add(4 * time.Hour), Rule: "refunded", Brand: "a", State: schemas.Firing, Value: &half}},
	})
	if err != nil || len(differences) > 0 {
		t.Errorf("%v: %v", err, differences)
	}
}

// A test that does not hold says what differs.
func TestCompare(t *testing.T) {
	at := func(m int, state schemas.State) Expected {
		v := float64(m)
		return Expected{At: start.Add(time.Duration(m) * time.Minute), Rule: "r", Brand: "b", State: state, Level: schemas.Red, Value: &v, Summary: "s"}
	}
	two := 2.
	wrong := at(1, schemas.Firing)
	wrong.Level, wrong.Value, wrong.Summary = schemas.Blue, &two, "t"
	got := compare([]Expected{wrong, at(2, schemas.Resolved)}, []Expected{at(1, schemas.Firing), at(3, schemas.Resolved)})
	want := []string{
		`2025-11-07T00:01:00Z r firing "b" "": level red, want blue`, `2025-11-07T00:01:00Z r firing "b" "": value 1, want 2`,
		`2025-11-07T00:01:00Z r firing "b" "": summary "s", want "t"`,
		`missing: 2025-11-07T00:02:00Z r resolved "b" ""`, `not expected: 2025-11-07T00:03:00Z r resolved "b" "", level red, value 3`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := compare([]Expected{{At: start, Rule: "r", Brand: "b", State: schemas.Firing}}, []Expected{at(0, schemas.Firing)}); len(got) != 0 {
		t.Errorf("what was not asked for was compared: %v", got)
	}
}
