package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/schemas"
)

// start is a Monday.
var start = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

const dayLong, weekLong = 24 * time.Hour, 7 * 24 * time.Hour

var rank = map[schemas.Level]int{schemas.Blue: 1, schemas.Yellow: 2, schemas.Orange: 3, schemas.Red: 4}

func TestAngrySurgeIsOneIncidentWithItsEvidence(t *testing.T) {
	crisis := start.Add(3*weekLong + 34*time.Hour)
	alerts := after(history(t, oneBrand(.2), 4, 5, func(w *world, hour time.Time, emit func(Mention)) {
		if d := hour.Sub(crisis); d >= 0 && d < 8*time.Hour {
			w.crowd("acme", "", hour, time.Hour, 40, true, func(m Mention) {
				m.Types = []schemas.ComplaintType{schemas.ProductSafety}
				m.Keywords = []string{"起火"}
				m.Channel = []string{"weibo", "douyin", "news"}[min(2, int(d/time.Hour))]
				emit(m)
			})
		}
	}), crisis)
	if len(alerts) == 0 || alerts[0].State != schemas.Firing {
		t.Fatalf("no firing first: %v", alerts)
	}
	a := alerts[0]
	if delay := a.At.Sub(crisis); delay > 2*time.Hour {
		t.Errorf("fired %v after the beginning", delay)
	}
	incidents := map[string]bool{}
	for _, x := range alerts {
		incidents[x.Incident] = true
	}
	if len(incidents) != 1 {
		t.Errorf("%d incidents for one crisis", len(incidents))
	}
	if got := worst(alerts); rank[got] < rank[schemas.Orange] {
		t.Errorf("worst level %s for 320 safety complaints on three channels", got)
	}
	if a.CrisisType != schemas.ProductSafety {
		t.Errorf("crisis type %s", a.CrisisType)
	}
	if last := alerts[len(alerts)-1]; last.State != schemas.Resolved {
		t.Errorf("ends %s", last.State)
	}
	peak := alerts[0]
	for _, x := range alerts {
		if x.Evidence.Complaints > peak.Evidence.Complaints {
			peak = x
		}
	}
	ev := peak.Evidence
	if len(ev.Keywords) == 0 || ev.Keywords[0].Word != "起火" {
		t.Errorf("keywords %v", ev.Keywords)
	}
	if len(ev.Posts) == 0 || len(ev.Channels) == 0 || ev.Channels[0].Channel != "weibo" {
		t.Errorf("posts %v, channels %v", ev.Posts, ev.Channels)
	}
	if ev.NegativeShare < .5 || ev.BaselineShare > .3 {
		t.Errorf("negative share %v against %v", ev.NegativeShare, ev.BaselineShare)
	}
	if ev.OnsetEstimate.Before(crisis.Add(-24*time.Hour)) || ev.OnsetEstimate.After(a.At) {
		t.Errorf("onset %v", ev.OnsetEstimate)
	}
}

func TestLaunchWithPraiseIsAtMostBlue(t *testing.T) {
	launch := start.Add(3*weekLong + 34*time.Hour)
	alerts := after(history(t, oneBrand(.2), 4, 5, func(w *world, hour time.Time, emit func(Mention)) {
		if d := hour.Sub(launch); d >= 0 && d < 10*time.Hour {
			for range 80 { // grumbles in the usual proportion
				w.crowd("acme", "", hour, time.Hour, 1, w.Float64() < .12, emit)
			}
		}
	}), launch)
	if len(alerts) == 0 {
		t.Fatal("a surge of 800 mentions went unnoticed")
	}
	if got := worst(alerts); got != schemas.Blue {
		t.Errorf("praise graded %s", got)
	}
}

// Of sales days with three times the posts in the usual mood few are graded worse
// than blue, though in some quarter of an hour most complain.
func TestSalesInTheUsualMoodAreBlue(t *testing.T) {
	graded, sales := 0, 0
	for seed := range uint64(12) {
		w, e := newWorld(100+seed), mustNew(t, oneBrand(.2))
		day := start.Add(3*weekLong + 33*time.Hour)
		var alerts []schemas.Alert
		for hour := start; hour.Before(day.Add(2 * dayLong)); hour = hour.Add(time.Hour) {
			rate := 10.
			if d := hour.Sub(day); d >= 0 && d < dayLong {
				rate *= 3
			}
			w.quiet("acme", "", hour, rate, func(m Mention) { e.Observe(&m) })
			alerts = append(alerts, e.Advance(hour.Add(time.Hour))...)
		}
		told := after(alerts, day)
		if len(told) > 0 {
			sales++
		}
		if rank[worst(told)] > rank[schemas.Blue] {
			graded++
		}
	}
	if t.Logf("%d of %d sales told are worse than blue", graded, sales); sales < 8 || graded > 4 {
		t.Errorf("%d of %d sales told are worse than blue", graded, sales)
	}
}

func TestKnownEvent(t *testing.T) {
	sale := start.Add(3*weekLong + 24*time.Hour)
	config := func(lift float64, earlier bool) Config {
		c := oneBrand(.2)
		c.Events = []Event{{Name: "618", From: sale, To: sale.Add(24 * time.Hour), Lift: lift}}
		if earlier {
			c.Events = append(c.Events, Event{Name: "618", From: start.Add(2 * weekLong), To: start.Add(2*weekLong + 24*time.Hour)})
		}
		return c
	}
	crowd := func(anger float64, earlier bool) func(w *world, hour time.Time, emit func(Mention)) {
		return func(w *world, hour time.Time, emit func(Mention)) {
			d := hour.Sub(sale)
			if earlier && d < 0 {
				d = hour.Sub(start.Add(2 * weekLong))
			}
			if d >= 0 && d < 24*time.Hour {
				for range 45 {
					w.crowd("acme", "", hour, time.Hour, 1, w.Float64() < anger && !hour.Before(sale), emit)
				}
			}
		}
	}
	f := func(name string, c Config, anger float64, earlier, alert bool) {
		t.Helper()
		got := worst(after(history(t, c, 4, 10, crowd(anger, earlier)), sale))
		if alert && rank[got] < rank[schemas.Yellow] || !alert && got != "" {
			t.Errorf("%s: worst level %q", name, got)
		}
	}
	f("lift given", config(6, false), .12, false, false)
	f("lift learned from the week before", config(0, true), .12, true, false)
	f("lift unknown, explains itself", config(0, false), .12, false, false)
	f("anger on top of it", config(6, false), .8, false, true)
}

func TestOutageIsNotZero(t *testing.T) {
	// After an outage of three days in which nothing was seen, the usual
	// volume is no surge.
	from, to := start.Add(3*weekLong), start.Add(3*weekLong+3*dayLong)
	e, w := mustNew(t, oneBrand(.2)), newWorld(3)
	e.Gap(from, to)
	var alerts []schemas.Alert
	for hour := start; hour.Before(start.Add(5 * weekLong)); hour = hour.Add(time.Hour) {
		if hour.Before(from) || !hour.Before(to) {
			w.quiet("acme", "", hour, 20, func(m Mention) { e.Observe(&m) })
		}
		alerts = append(alerts, e.Advance(hour.Add(time.Hour))...)
	}
	if got := after(alerts, from); len(got) > 0 {
		t.Errorf("an outage and its end gave %d transitions: %+v", len(got), got[0])
	}
}

func TestSparseBrandClusterFires(t *testing.T) {
	// A mention a week, then three complaints in two hours.
	crisis := start.Add(20*weekLong + 10*time.Hour)
	e, w := mustNew(t, oneBrand(.04)), newWorld(5)
	emit := func(m Mention) { e.Observe(&m) }
	for week := range 20 {
		w.crowd("acme", "", start.Add(time.Duration(week)*weekLong), weekLong, w.poisson(1), false, emit)
	}
	for i := range 3 {
		w.crowd("acme", "", crisis.Add(time.Duration(i)*time.Hour), time.Minute, 1, true, emit)
	}
	alerts := after(e.Advance(crisis.Add(72*time.Hour)), crisis)
	if len(alerts) < 2 || alerts[0].State != schemas.Firing || alerts[0].Level != schemas.Yellow {
		t.Fatalf("want a yellow firing: %+v", alerts)
	}
	if delay := alerts[0].At.Sub(crisis); delay > 2*time.Hour+10*time.Minute {
		t.Errorf("fired %v after the first", delay)
	}
	if last := alerts[len(alerts)-1]; last.State != schemas.Resolved {
		t.Errorf("ends %s", last.State)
	}
}

func TestTwoComplaintsAreNoCrisis(t *testing.T) {
	e, w := mustNew(t, oneBrand(.04)), newWorld(5)
	emit := func(m Mention) { e.Observe(&m) }
	for week := range 20 {
		w.crowd("acme", "", start.Add(time.Duration(week)*weekLong), time.Minute, 1, false, emit)
	}
	w.crowd("acme", "", start.Add(20*weekLong+30*time.Hour), time.Minute, 2, true, emit)
	if alerts := e.Advance(start.Add(21 * weekLong)); len(alerts) > 0 {
		t.Errorf("%+v", alerts[0])
	}
}

func TestSilence(t *testing.T) {
	crisis := start.Add(3*weekLong + 34*time.Hour)
	anger := func(hours int) func(w *world, hour time.Time, emit func(Mention)) {
		return func(w *world, hour time.Time, emit func(Mention)) {
			if d := hour.Sub(crisis); d >= 0 && d < time.Duration(hours)*time.Hour {
				w.crowd("acme", "", hour, time.Hour, 60, true, emit)
			}
		}
	}
	f := func(name string, s Silence, hours int, want []schemas.State, earliest time.Time) {
		t.Helper()
		c := oneBrand(.2)
		c.Silences = []Silence{s}
		var states []schemas.State
		alerts := after(history(t, c, 4, 5, anger(hours)), crisis)
		for _, a := range alerts {
			if a.State == schemas.Firing || a.State == schemas.Resolved {
				states = append(states, a.State)
			}
		}
		if diff := cmp.Diff(want, states); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if len(alerts) > 0 && alerts[0].At.Before(earliest) {
			t.Errorf("%s: told at %v", name, alerts[0].At)
		}
	}
	all := Silence{From: crisis, To: crisis.Add(6 * dayLong)}
	f("longer than the incident: nothing is told", all, 3, nil, time.Time{})
	part := Silence{Brand: "acme", From: crisis, To: crisis.Add(12 * time.Hour)}
	f("shorter: told when it ends", part, 24, []schemas.State{schemas.Firing, schemas.Resolved}, part.To)
	other := Silence{Brand: "other", From: crisis, To: crisis.Add(6 * dayLong)}
	f("another brand's", other, 3, []schemas.State{schemas.Firing, schemas.Resolved}, crisis)
}

func TestBrandIncidentInhibitsItsSKUs(t *testing.T) {
	crisis := start.Add(4*weekLong + 34*time.Hour)
	alerts := after(history(t, oneBrand(.2), 5, 3, func(w *world, hour time.Time, emit func(Mention)) {
		for _, sku := range []string{"a", "b"} {
			w.quiet("acme", sku, hour, 2, emit)
			if d := hour.Sub(crisis); d >= 0 && d < 6*time.Hour {
				w.crowd("acme", sku, hour, time.Hour, 50, true, emit)
			}
		}
	}), crisis)
	open := false
	told := 0
	for _, a := range alerts {
		switch {
		case a.SKU == "" && a.State == schemas.Firing:
			open = true
		case a.SKU == "" && a.State == schemas.Resolved:
			open = false
		case a.SKU != "" && a.State != schemas.Resolved && open:
			t.Errorf("SKU %s %s while the brand's incident is open", a.SKU, a.State)
		}
		if a.SKU == "" && a.State == schemas.Firing {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the brand fired %d times", told)
	}
}

// A SKU's incident that fired first ends when its brand's fires, which takes it
// in, and does not come back after it.
func TestBrandIncidentTakesItsSKUsIn(t *testing.T) {
	crisis := start.Add(4*weekLong + 34*time.Hour)
	alerts := after(history(t, oneBrand(.2), 5, 40, func(w *world, hour time.Time, emit func(Mention)) {
		for i := range 20 {
			w.quiet("acme", fmt.Sprint("sku", i), hour, 1, emit)
		}
		switch d := hour.Sub(crisis); {
		case d >= 0 && d < 5*time.Hour: // drowns in the brand's 60 an hour
			w.crowd("acme", "sku7", hour, time.Hour, 5, true, emit)
		case d >= 5*time.Hour && d < 24*time.Hour:
			w.crowd("acme", "sku7", hour, time.Hour, 80, true, emit)
		}
	}), crisis)
	var sku, brand string // states so far
	for _, a := range alerts {
		switch {
		case a.SKU == "sku7":
			sku += string(a.State) + " "
			if brand != "" && a.State == schemas.Resolved && !strings.Contains(a.Evidence.Note, "brand's incident") {
				t.Errorf("taken in without a word: %q", a.Evidence.Note)
			}
			if a.State == schemas.Firing && brand != "" {
				t.Errorf("the SKU fires after its brand, at %v", a.At)
			}
		case a.SKU == "":
			brand += string(a.State) + " "
			if a.State == schemas.Firing && sku == "" {
				t.Fatal("the brand fired first: this tests nothing")
			}
		}
	}
	if !strings.HasPrefix(brand, "firing") || !strings.HasSuffix(sku, "resolved ") {
		t.Errorf("brand: %s; SKU: %s", brand, sku)
	}
}

func TestSKUCrisisIsFoundThere(t *testing.T) {
	// One SKU of twenty; its 25 complaints drown in the brand's 60 mentions an hour.
	crisis := start.Add(4*weekLong + 34*time.Hour)
	alerts := after(history(t, oneBrand(.2), 5, 40, func(w *world, hour time.Time, emit func(Mention)) {
		for i := range 20 {
			w.quiet("acme", fmt.Sprint("sku", i), hour, 1, emit)
		}
		if d := hour.Sub(crisis); d >= 0 && d < 5*time.Hour {
			w.crowd("acme", "sku7", hour, time.Hour, 5, true, emit)
		}
	}), crisis)
	for _, a := range alerts {
		if a.SKU == "sku7" && a.State == schemas.Firing {
			return
		}
	}
	t.Errorf("not found among %d transitions", len(alerts))
}

func TestConfigIsChecked(t *testing.T) {
	f := func(name string, c Config) {
		t.Helper()
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	f("window shorter than a pane", Config{Windows: []time.Duration{time.Minute}})
	f("window longer than a day", Config{Windows: []time.Duration{48 * time.Hour}})
	f("negative budget", Config{FalseAlarmsPerBrandWeek: -1})
	f("event that ends before it begins", Config{Events: []Event{{Name: "x", From: start, To: start}}})
	f("brand twice", Config{Brands: []Brand{{ID: "a"}, {ID: "a"}}})
}

func TestAdvanceBeforeAnyMention(t *testing.T) {
	e := mustNew(t, oneBrand(1))
	if got := e.Advance(start); got != nil || !e.Now().IsZero() {
		t.Errorf("%v, now %v", got, e.Now())
	}
	m := newWorld(1).mention("acme", "", start.Add(90*time.Second), false)
	e.Observe(&m)
	e.Advance(start.Add(10 * time.Minute))
	if want := start.Add(10 * time.Minute); !e.Now().Equal(want) {
		t.Errorf("now %v, want %v", e.Now(), want)
	}
}
