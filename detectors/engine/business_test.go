package engine

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/schemas"
)

var shops = Config{
	Run: "test", Location: time.FixedZone("CST", 8*3600),
	Brands: []Brand{{ID: "acme", Name: "Acme"}, {ID: "bolt", Name: "Bolt"}},
}

// trade draws the values of one series, as a shop's orders are: dead at three
// in the morning, more on weekends, bursty.
func trade(seed uint64, series, sku string, mean float64, step time.Duration, days int) (values []Value) {
	r := rand.New(rand.NewPCG(seed, 3))
	for at := businessStart; at.Before(businessStart.AddDate(0, 0, days)); at = at.Add(step) {
		local := at.In(shops.Location)
		m := mean
		if step < 24*time.Hour {
			m *= max(.005, 1-math.Cos((float64(local.Hour())-2.5)/24*2*math.Pi))
		}
		if d := local.Weekday(); d == time.Saturday || d == time.Sunday {
			m *= 1.3
		}
		m *= math.Exp(.15 * r.NormFloat64())
		values = append(values, Value{Brand: "acme", SKU: sku, Series: series, At: at, Value: math.Round(max(0, m+math.Sqrt(m)*r.NormFloat64()))})
	}
	return values
}

var businessStart = time.Date(2025, 9, 30, 16, 0, 0, 0, time.UTC) // midnight in China

// noon is a Wednesday noon after eight weeks.
var noon = businessStart.AddDate(0, 0, 7*8).Add(12 * time.Hour)

// scale multiplies the values of a stretch.
func scale(values []Value, from, to time.Time, by float64) []Value {
	for i := range values {
		if !values[i].At.Before(from) && values[i].At.Before(to) {
			values[i].Value = math.Round(values[i].Value * by)
		}
	}
	return values
}

func record(t *testing.T, c Config, values []Value) (alerts []schemas.Alert) {
	t.Helper()
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range values {
		a, late := e.Record(&values[i])
		if late {
			t.Fatalf("%+v is late", values[i])
		}
		alerts = append(alerts, a...)
	}
	return alerts
}

// about keeps the alerts of a stretch.
func about(alerts []schemas.Alert, from, to time.Time) (list []schemas.Alert) {
	for _, a := range alerts {
		if !a.At.Before(from) && a.At.Before(to) {
			list = append(list, a)
		}
	}
	return list
}

// Orders that fall and refunds that rise alert within hours, with what was
// expected; the other way round is good news.
func TestBusinessAlerts(t *testing.T) {
	f := func(series string, mean, by float64, step, within time.Duration, down bool, level schemas.Level) {
		t.Helper()
		values := scale(trade(1, series, "", mean, step, 66), noon, noon.AddDate(0, 0, 2), by)
		all := record(t, shops, values)
		list := about(all, noon, noon.Add(within))
		if len(list) == 0 {
			t.Errorf("%s x %v: nothing within %v: %v", series, by, within, all)
			return
		}
		a := list[0]
		if a.State != schemas.Firing || a.Signal != schemas.SignalSeries+schemas.Signal(series) || a.Evidence.Series.Down != down || a.Brand != "acme" || a.Level != level {
			t.Errorf("%s x %v: %+v", series, by, a)
		}
		if ratio := a.Observed / a.Expected; down && ratio > .7 || !down && ratio < 1.4 {
			t.Errorf("%s x %v: %v of %v expected", series, by, a.Observed, a.Expected)
		}
		for _, x := range all[1:] {
			if x.State == schemas.Escalated && x.At.After(noon.AddDate(0, 0, 2)) {
				t.Errorf("%s x %v escalates when it is over: %+v", series, by, x)
			}
		}
		if last := all[len(all)-1]; last.State != schemas.Resolved || last.Incident != a.Incident {
			t.Errorf("%s x %v ends with %s at %s", series, by, last.State, last.At)
		}
	}
	f("orders", 200, .3, time.Hour, 5*time.Hour, true, schemas.Yellow)
	f("orders", 200, 0, 5*time.Minute, time.Hour, true, schemas.Yellow)
	f("orders", 3000, .4, 24*time.Hour, 60*time.Hour, true, schemas.Yellow)
	f("refunds", 20, 5, time.Hour, 5*time.Hour, false, schemas.Yellow)
	f("tickets", 20, 5, time.Hour, 5*time.Hour, false, schemas.Yellow)
	f("visits", 200, .2, time.Hour, 5*time.Hour, true, schemas.Blue) // nobody said which way is bad
	f("visits", 200, 5, time.Hour, 5*time.Hour, false, schemas.Blue)

	for series, by := range map[string]float64{"orders": 4, "refunds": 0} {
		values := scale(trade(1, series, "", 50, time.Hour, 60), noon, noon.AddDate(0, 0, 1), by)
		if list := about(record(t, shops, values), noon, noon.Add(24*time.Hour)); len(list) > 0 {
			t.Errorf("%s x %v is good news, but: %+v", series, by, list[0])
		}
	}
}

// The config's word on a series goes before what is known of its name.
func TestBusinessSeriesAsConfigured(t *testing.T) {
	c := shops
	c.Series = map[string]Series{"orders": {Bad: Up}, "calls": {Bad: Up, Type: schemas.Logistics}}
	values := scale(trade(1, "orders", "", 200, time.Hour, 58), noon, noon.AddDate(0, 0, 1), .1)
	if list := about(record(t, c, values), noon, noon.Add(12*time.Hour)); len(list) > 0 {
		t.Errorf("a fall of orders alerts although only rises are bad: %+v", list[0])
	}
	values = scale(trade(1, "calls", "", 20, time.Hour, 58), noon, noon.AddDate(0, 0, 1), 6)
	if list := about(record(t, c, values), noon, noon.Add(12*time.Hour)); len(list) == 0 || list[0].CrisisType != schemas.Logistics {
		t.Errorf("calls: %+v", list)
	}
}

// While the source is out nothing fell; nor when it comes back.
func TestBusinessGapIsNoFall(t *testing.T) {
	var values []Value
	for _, v := range trade(2, "orders", "", 200, time.Hour, 70) {
		if v.At.Before(noon) || v.At.After(noon.Add(40*time.Hour)) {
			values = append(values, v)
		}
	}
	if list := about(record(t, shops, values), noon, noon.AddDate(0, 0, 6)); len(list) > 0 {
		t.Errorf("an outage is told as %+v", list[0])
	}
}

// Of several products one falls to nothing, its rows are left out, and the
// others show that the source is alive.
func TestBusinessOfOneProduct(t *testing.T) {
	var values []Value
	for i, sku := range []string{"a", "b", "c"} {
		for _, v := range trade(uint64(i), "orders", sku, 100, time.Hour, 58) {
			if sku != "b" || v.At.Before(noon) {
				values = append(values, v)
			}
		}
	}
	sortValues(values)
	list := about(record(t, shops, values), noon, noon.Add(8*time.Hour))
	if len(list) == 0 || list[0].SKU != "b" && list[0].SKU != "" {
		t.Errorf("alerts: %+v", list)
	}
}

// sortValues orders by time; products of one time stay as they were drawn.
func sortValues(values []Value) {
	slices.SortStableFunc(values, func(x, y Value) int { return x.At.Compare(y.At) })
}

// Rows of single events, many a day at odd seconds, are counted by a grain that
// most of the time holds one.
func TestBusinessGrain(t *testing.T) {
	f := func(every time.Duration, want grain) {
		t.Helper()
		e, err := New(shops)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 1))
		for at := businessStart; at.Before(businessStart.AddDate(0, 0, 4)); at = at.Add(time.Duration(r.ExpFloat64() * float64(every))) {
			if _, late := e.Record(&Value{Brand: "acme", Series: "tickets", At: at, Value: 1}); late {
				t.Fatal("late")
			}
		}
		if got := e.brands["acme"].business.books["tickets"].grain; got != want {
			t.Errorf("one event in %v: grain %d, want %d", every, got, want)
		}
	}
	f(time.Minute, fiveMinutes)
	f(30*time.Minute, hourly)
	f(6*time.Hour, daily)
}

// Until its pane closes a value may be corrected; afterwards it is late and
// changes nothing.
func TestBusinessCorrection(t *testing.T) {
	values := trade(1, "orders", "", 200, time.Hour, 58)
	want := record(t, shops, scale(append([]Value(nil), values...), noon, noon.AddDate(0, 0, 1), .2))
	e, err := New(shops)
	if err != nil {
		t.Fatal(err)
	}
	var got []schemas.Alert
	for _, v := range scale(values, noon, noon.AddDate(0, 0, 1), .2) {
		wrong := v
		wrong.Value = 7 * v.Value
		for _, x := range []Value{wrong, v} {
			a, late := e.Record(&x)
			if late {
				t.Fatal("late")
			}
			got = append(got, a...)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Error(diff)
	}
	if _, late := e.Record(&values[10]); !late {
		t.Error("a value of a closed pane is not late")
	}
}

// An incident whose source falls silent ends by the clock of the log, not by
// event time, which runs fast when history is read.
func TestBusinessSilenceEnds(t *testing.T) {
	e, err := New(shops)
	if err != nil {
		t.Fatal(err)
	}
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var alerts []schemas.Alert
	for _, v := range scale(trade(1, "orders", "", 200, time.Hour, 57), noon, noon.AddDate(0, 0, 1), .1) {
		clock = clock.Add(time.Second)
		v.Taken = clock
		a, _ := e.Record(&v)
		alerts = append(append(alerts, a...), e.Settle(clock)...)
	}
	if len(alerts) == 0 || alerts[len(alerts)-1].State == schemas.Resolved {
		t.Fatal("nothing is open")
	}
	if a := e.Settle(clock.Add(49 * time.Hour)); len(a) > 0 {
		t.Errorf("ends too early: %+v", a)
	}
	a := e.Settle(clock.Add(50 * time.Hour))
	want := businessStart.AddDate(0, 0, 57).Add(50 * time.Hour)
	if len(a) != 1 || a[0].State != schemas.Resolved || !a[0].At.Equal(want) || !strings.Contains(a[0].Evidence.Note, "no value since") {
		t.Errorf("the end is %+v", a)
	}
}

// Silences and events hold for business series, too: refunds rise on a sale day
// that says how much, and on one that does not.
func TestBusinessSilencesAndEvents(t *testing.T) {
	values, sale := trade(1, "refunds", "", 20, time.Hour, 58), trade(1, "refunds", "", 80, time.Hour, 58)
	for i, v := range sale {
		if !v.At.Before(noon) && v.At.Before(noon.AddDate(0, 0, 1)) {
			values[i] = v
		}
	}
	for name, change := range map[string]func(*Config){
		"a silence": func(c *Config) {
			c.Silences = []Silence{{Signal: "series:refunds", From: noon, To: noon.AddDate(0, 0, 9)}}
		},
		"a sale that lifts": func(c *Config) { c.Events = []Event{{Name: "双11", From: noon, To: noon.AddDate(0, 0, 1), Lift: 4}} },
		"a sale of its own": func(c *Config) { c.Events = []Event{{Name: "双11", From: noon, To: noon.AddDate(0, 0, 1)}} },
		"a sale of this brand": func(c *Config) {
			c.Events = []Event{{Name: "双11", From: noon, To: noon.AddDate(0, 0, 1), Brands: []string{"acme"}}}
		},
	} {
		c := shops
		change(&c)
		if list := about(record(t, c, values), noon, noon.AddDate(0, 0, 1)); len(list) > 0 {
			t.Errorf("under %s: %+v", name, list[0])
		}
	}
	c := shops
	c.Events = []Event{{Name: "双11", From: noon, To: noon.AddDate(0, 0, 1), Brands: []string{"bolt"}}}
	if list := about(record(t, c, values), noon, noon.AddDate(0, 0, 1)); len(list) == 0 {
		t.Error("another brand's sale explains the refunds")
	}
}

// What quiet business series cost stays within their part of the budget,
// brand and products together, and posts get what is left.
func TestBusinessKeepsItsPartOfTheBudget(t *testing.T) {
	const budget, weeks, learn = 5., 20, 4
	c := shops
	c.FalseAlarmsPerBrandWeek = budget
	alarms, n := 0, 0
	for seed := range uint64(6) {
		var values []Value
		for i, s := range []string{"orders", "refunds", "visits"} {
			for j, sku := range []string{"", "p", "q"} {
				values = append(values, trade(seed*100+uint64(10*i+j), s, sku, 30, time.Hour, 7*weeks)...)
			}
		}
		sortValues(values)
		for _, a := range about(record(t, c, values), businessStart.AddDate(0, 0, 7*learn), noon.AddDate(9, 0, 0)) {
			if a.State == schemas.Firing {
				alarms++
			}
		}
		n += weeks - learn
	}
	perWeek, part := float64(alarms)/float64(n), budget*partBusiness
	t.Logf("%.2f a week, their part is %.2f", perWeek, part)
	if perWeek > 1.5*part || alarms == 0 {
		t.Errorf("%.2f a week, their part is %.2f", perWeek, part)
	}
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	b := e.brands["acme"]
	whole := e.budget(&subject{brand: b}, schemas.SignalComplaints)
	e.Record(&Value{Brand: "acme", Series: "orders", At: businessStart})
	if left := e.budget(&subject{brand: b}, schemas.SignalComplaints); math.Abs(left-whole*(1-partBusiness)) > 1e-9 {
		t.Errorf("posts keep %v of %v", left, whole)
	}
}

// A written alert is what the schema says, ids do not depend on the run before.
func TestBusinessAlertAsJSON(t *testing.T) {
	values := scale(trade(1, "orders", "", 200, time.Hour, 58), noon, noon.AddDate(0, 0, 1), .2)
	a := about(record(t, shops, values), noon, noon.AddDate(0, 0, 1))[0]
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"signal":"series:orders"`, `"series":{"name":"orders","bad":"down","down":true}`, `"detector":"fall"`, `"note":"orders: `} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in %s", want, b)
		}
	}
	other := shops
	other.Run = "other"
	c := about(record(t, other, values), noon, noon.AddDate(0, 0, 1))[0]
	if c.Fingerprint != a.Fingerprint || c.ID == a.ID || !c.At.Equal(a.At) {
		t.Errorf("in another run: %+v", c)
	}
}
