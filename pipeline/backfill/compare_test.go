package backfill

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/pipeline/detect"
	"fenghuo/schemas"
)

// Incidents are paired with the nearest of the same brand, SKU, rule and
// series; the rest is gained or lost, which comes first, and the farthest shift before the
// others.
func TestCompareTellsWhatMoved(t *testing.T) {
	a := newArchive(t)
	start := time.Date(2025, 11, 7, 0, 0, 0, 0, time.UTC)
	fired := func(run, brand, sku string, signal schemas.Signal, level schemas.Level, hours float64) {
		t.Helper()
		at := start.Add(time.Duration(hours * float64(time.Hour)))
		id := run + brand + sku + string(signal) + at.String()
		err := detect.InsertAlerts(t.Context(), a.store.Conn(), id, []schemas.Alert{{
			ID: id, Incident: id, Run: run, Brand: brand, SKU: sku, Signal: signal, CrisisType: "logistics", State: schemas.Firing, Level: level,
			At: at, FiredAt: at, WindowStart: at, WindowEnd: at,
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, run := range []string{"left", "right"} {
		o := a.options(run)
		o.Rows = a.all(nil)
		if _, err := take(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	fired("left", "a", "", "complaints", schemas.Blue, 0)
	fired("right", "a", "", "complaints", schemas.Red, 1.5) // later, and graver
	fired("left", "a", "", "complaints", schemas.Blue, 100)
	fired("right", "a", "", "mentions", schemas.Blue, 90) // earlier; another signal of the detectors
	fired("left", "b", "", "complaints", schemas.Blue, 0)
	fired("right", "b", "", "complaints", schemas.Blue, 0)
	fired("left", "b", "s", "complaints", schemas.Blue, 0)   // lost: another SKU
	fired("right", "b", "", "complaints", schemas.Blue, 200) // gained: too far from any
	fired("right", "b", "", "rule:quiet", schemas.Blue, 0)   // gained: a rule is not a detector
	fired("left", "a", "", "rule:share", schemas.Orange, 50)
	fired("right", "a", "", "rule:share", schemas.Yellow, 49)
	fired("left", "c", "", "complaints", schemas.Blue, 0) // lost: the other one is nearer
	fired("left", "c", "", "complaints", schemas.Blue, 10)
	fired("right", "c", "", "complaints", schemas.Blue, 9)
	fired("right", "c", "", "series:orders", schemas.Blue, 0) // gained: orders are not what is said

	list, err := Compare(t.Context(), a.store, "left", "right")
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		Change                   Change
		Brand, SKU, Rule, Series string
		Hours                    float64
	}
	var got []line
	for _, d := range list {
		got = append(got, line{d.Change, d.Brand, d.SKU, d.Rule, d.Series, d.Hours})
	}
	want := []line{
		{Lost, "b", "s", "", "", 0}, {Lost, "c", "", "", "", 0},
		{Gained, "b", "", "quiet", "", 0}, {Gained, "c", "", "", "orders", 0}, {Gained, "b", "", "", "", 0},
		{Later, "a", "", "", "", 1.5}, {Earlier, "a", "", "", "", -10}, {Earlier, "c", "", "", "", -1}, {Earlier, "a", "", "share", "", -1},
		{Same, "b", "", "", "", 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	sum := Summarize(list)
	wantSum := Summary{Counts: map[Change]int{Gained: 3, Lost: 2, Earlier: 3, Later: 1, Same: 1}, MedianHours: -1, Higher: 1, Lower: 1}
	if diff := cmp.Diff(wantSum, sum); diff != "" {
		t.Error(diff)
	}
	if _, err := Compare(t.Context(), a.store, "left", "nothing"); err == nil || err.Error() != `no run "nothing": fenghuo runs lists them` {
		t.Errorf("a run that is not there: %v", err)
	}
}
