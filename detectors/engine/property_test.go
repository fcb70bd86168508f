package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/schemas"
)

// turbulence is three weeks of three brands with crises, launches, sparse
// SKUs, reposts, copied texts, an event, an outage and silences: everything that
// the state holds.
func turbulence(seed uint64) (Config, []Mention) {
	c := Config{
		Run: "test", FalseAlarmsPerBrandWeek: 2,
		Brands: []Brand{
			{ID: "a", Name: "A", Category: "food", SKUs: []string{"s1", "s2"}}, {ID: "b/ü", Name: "B", Category: "food"}, {ID: "c", Name: "C"},
		},
		Events: []Event{
			{Name: "sale", From: start.Add(6 * dayLong), To: start.Add(7 * dayLong)},
			{Name: "sale", From: start.Add(13 * dayLong), To: start.Add(14 * dayLong), Brands: []string{"a"}},
		},
		Silences: []Silence{{Brand: "a", From: start.Add(10 * dayLong), To: start.Add(11 * dayLong)}},
		MaxSKUs:  6,
	}
	w := newWorld(seed)
	var all []Mention
	emit := func(m Mention) { all = append(all, m) }
	for h := range 21 * 24 {
		hour := start.Add(time.Duration(h) * time.Hour)
		w.quiet("a", fmt.Sprint("s", w.IntN(8)), hour, 4, emit)
		w.quiet("b/ü", "", hour, .05, emit)
		w.quiet("c", "x/y", hour, .5, emit)
		if w.IntN(60) == 0 {
			brand := c.Brands[w.IntN(3)].ID
			sku := []string{"", "s1", "x/y"}[w.IntN(3)]
			reposts, copies := w.IntN(3), w.IntN(3)
			w.crowd(brand, sku, hour, time.Duration(1+w.IntN(8))*time.Hour, 3+w.IntN(60), w.IntN(3) > 0, func(m Mention) {
				m.NearDuplicate = w.IntN(3) < copies
				if w.IntN(3) < reposts {
					m.Kind = kindRepost
				}
				emit(m)
			})
		}
	}
	return c, all
}

// play observes the mentions in order of time and advances in steps given by
// next; between steps it calls pause, which may replace the engine.
func play(t testing.TB, e *Engine, mentions []Mention, step func() time.Duration, pause func(*Engine) *Engine) []schemas.Alert {
	t.Helper()
	byHour := map[int64][]Mention{}
	for _, m := range mentions {
		byHour[m.At.Unix()/3600] = append(byHour[m.At.Unix()/3600], m)
	}
	e.Gap(start.Add(9*dayLong), start.Add(9*dayLong+5*time.Hour))
	var alerts []schemas.Alert
	seen := start.Unix()/3600 - 1
	for now, end := start, start.Add(24*dayLong); now.Before(end); {
		now = now.Add(step())
		for ; seen <= now.Unix()/3600; seen++ { // up to an hour ahead of the clock
			for _, m := range byHour[seen] {
				e.Observe(&m)
			}
		}
		alerts = append(alerts, e.Advance(now)...)
		if pause != nil {
			e = pause(e)
		}
	}
	return alerts
}

func steadily(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

func TestAlertsDoNotDependOnTheSteps(t *testing.T) {
	c, mentions := turbulence(1)
	want := play(t, mustNew(t, c), mentions, steadily(time.Minute), nil)
	if len(want) < 20 {
		t.Fatalf("only %d transitions: the test tests little", len(want))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for name, step := range map[string]func() time.Duration{
		"again":     steadily(time.Minute),
		"hours":     steadily(time.Hour),
		"days":      steadily(dayLong),
		"at random": func() time.Duration { return time.Duration(r.IntN(10_000)) * time.Second },
	} {
		got := play(t, mustNew(t, c), mentions, step, nil)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s: %s", name, diff)
		}
	}
}

func TestSnapshotAndRestoreChangeNothing(t *testing.T) {
	for seed := range uint64(3) {
		c, mentions := turbulence(seed)
		want := play(t, mustNew(t, c), mentions, steadily(17*time.Minute), nil)
		r := rand.New(rand.NewPCG(seed, 3))
		stored := map[string]string{}
		restarts := 0
		got := play(t, mustNew(t, c), mentions, steadily(17*time.Minute), func(e *Engine) *Engine {
			if r.IntN(40) > 0 {
				return e
			}
			err := e.Snapshot(r.IntN(10) == 0, func(key string, value []byte) error {
				if len(value) == 0 {
					delete(stored, key)
				} else {
					stored[key] = string(value)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if r.IntN(3) > 0 {
				return e
			}
			restarts++
			fresh := mustNew(t, c)
			for key, value := range stored { // in any order
				if err := fresh.Restore(key, []byte(value)); err != nil {
					t.Fatal(err)
				}
			}
			return fresh
		})
		if restarts < 5 {
			t.Fatalf("only %d restarts", restarts)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d, %d restarts: %s", seed, restarts, diff)
		}
	}
}

func TestFullSnapshotIsTheSameBytes(t *testing.T) {
	// What is restored writes itself as it was read.
	c, mentions := turbulence(4)
	e := mustNew(t, c)
	play(t, e, mentions, steadily(3*time.Hour), nil)
	dump := func(e *Engine) map[string]string {
		m := map[string]string{}
		if err := e.Snapshot(true, func(k string, v []byte) error { m[k] = string(v); return nil }); err != nil {
			t.Fatal(err)
		}
		return m
	}
	first := dump(e)
	fresh := mustNew(t, c)
	for k, v := range first {
		if err := fresh.Restore(k, []byte(v)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(first, dump(fresh)); diff != "" {
		t.Error(diff)
	}
}

func TestRestoreRefusesDamage(t *testing.T) {
	c, mentions := turbulence(4)
	e := mustNew(t, c)
	play(t, e, mentions[:2000], steadily(3*time.Hour), nil)
	err := e.Snapshot(true, func(key string, value []byte) error {
		if err := mustNew(t, c).Restore(key, append([]byte{stateVersion + 1}, value[1:]...)); err == nil {
			t.Errorf("%s: another version is read", key)
		}
		for _, cut := range []int{2, len(value) / 2, len(value) - 1} {
			if cut < len(value) {
				if err := mustNew(t, c).Restore(key, value[:cut]); err == nil {
					t.Errorf("%s: cut at %d of %d is read", key, cut, len(value))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLifecycleOfEveryFingerprint(t *testing.T) {
	// One open incident a fingerprint, which begins with firing and ends with
	// resolved; ids are unique; times and evidence belong together.
	for seed := range uint64(4) {
		c, mentions := turbulence(seed)
		open, ids := map[string]schemas.Alert{}, map[string]bool{}
		for _, a := range play(t, mustNew(t, c), mentions, steadily(time.Hour), nil) {
			if ids[a.ID] {
				t.Errorf("id %s twice", a.ID)
			}
			ids[a.ID] = true
			was, isOpen := open[a.Fingerprint]
			switch {
			case a.State == schemas.Firing && isOpen:
				t.Errorf("%s fires while open", a.Fingerprint)
			case a.State != schemas.Firing && !isOpen:
				t.Errorf("%s %s without firing", a.Fingerprint, a.State)
			case a.State != schemas.Firing && (was.Incident != a.Incident || !was.FiredAt.Equal(a.FiredAt)):
				t.Errorf("%s changes its incident", a.Fingerprint)
			case a.State == schemas.Escalated && rank[a.Level] <= rank[was.Level],
				a.State == schemas.Deescalated && rank[a.Level] >= rank[was.Level]:
				t.Errorf("%s from %s to %s", a.State, was.Level, a.Level)
			}
			open[a.Fingerprint] = a
			if a.State == schemas.Resolved {
				delete(open, a.Fingerprint)
			}
			if a.At.Before(a.FiredAt) || !a.WindowEnd.Equal(a.At) || a.Evidence.OnsetEstimate.After(a.FiredAt) {
				t.Errorf("times: at %v fired %v window end %v onset %v", a.At, a.FiredAt, a.WindowEnd, a.Evidence.OnsetEstimate)
			}
			if ev := a.Evidence; ev.Complaints > ev.Mentions || ev.Negative > ev.Mentions || ev.NegativeShare > 1 {
				t.Errorf("evidence %+v", ev)
			}
		}
		if len(open) > 0 {
			t.Errorf("seed %d: %d never resolved", seed, len(open))
		}
	}
}

func TestEvidenceIsCounted(t *testing.T) {
	// The figures of every alert are those of the mentions in its window.
	c, mentions := turbulence(6)
	for _, a := range play(t, mustNew(t, c), mentions, steadily(time.Hour), nil) {
		var all, complaints, negative int64
		for _, m := range mentions {
			if m.Brand == a.Brand && (a.SKU == "" || m.SKU == a.SKU) && !m.At.Before(a.WindowStart) && m.At.Before(a.WindowEnd) {
				all++
				if m.Complaint {
					complaints++
				}
				if m.Polarity == schemas.Negative {
					negative++
				}
			}
		}
		if ev := a.Evidence; ev.Mentions != all || ev.Complaints != complaints || ev.Negative != negative {
			t.Errorf("%s %s %s: evidence %d/%d/%d, counted %d/%d/%d", a.Brand, a.SKU, a.At,
				ev.Mentions, ev.Complaints, ev.Negative, all, complaints, negative)
		}
	}
}

func TestSKUsAreBounded(t *testing.T) {
	c := oneBrand(1)
	c.MaxSKUs = 10
	e, w := mustNew(t, c), newWorld(1)
	for day := range 100 {
		for i := range 20 {
			w.crowd("acme", fmt.Sprintf("sku-%d-%d", day, i), start.Add(time.Duration(day)*dayLong), time.Hour, 1, false,
				func(m Mention) { e.Observe(&m) })
		}
		e.Advance(start.Add(time.Duration(day+1) * dayLong))
	}
	b := e.brands["acme"]
	if len(b.skus) != 10 {
		t.Errorf("%d SKUs", len(b.skus))
	}
	for id, k := range b.skus {
		if k.awake != nil && k.last < paneOf(e.now*60)-sleepAfter {
			t.Errorf("%s is awake after %d panes", id, paneOf(e.now*60)-k.last)
		}
		if k.last < paneOf(e.now*60)-forgetAfter-memoryPanes {
			t.Errorf("%s was not forgotten", id)
		}
	}
}

// Quiet brands cost about the promised number of incidents, whatever their
// rate: all series, windows, detectors and SKUs together.
func TestBudgetIsKept(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates 500 brand-weeks")
	}
	f := func(rate, budget float64, skus int) {
		t.Helper()
		const brands, weeks, warm = 25, 10, 3
		fired := 0
		for _, n := range quietWeeks(t, rate, budget, skus, brands, weeks)[warm:] {
			fired += n
		}
		ratio := float64(fired) / (brands * (weeks - warm)) / budget
		t.Logf("%g an hour, %d SKUs, budget %g: observed over promised %.2f", rate, skus, budget, ratio)
		if ratio > 1.5 {
			t.Error("promise broken")
		}
	}
	for _, rate := range []float64{.02, .1, .5, 1, 5} {
		f(rate, 1, 0)
	}
	f(2, 1, 30)
}

// quietWeeks plays quiet brands to an engine that has heard nothing before, and
// returns how many incidents fired in each week.
func quietWeeks(t *testing.T, rate, budget float64, skus, brands, weeks int) []int {
	c := Config{Run: "test", FalseAlarmsPerBrandWeek: budget}
	for i := range brands {
		c.Brands = append(c.Brands, Brand{ID: fmt.Sprint("b", i)})
	}
	e, w, fired := mustNew(t, c), newWorld(11), make([]int, weeks)
	for h := range weeks * 7 * 24 {
		hour := start.Add(time.Duration(h) * time.Hour)
		for i := range brands {
			w.quiet(c.Brands[i].ID, "", hour, rate, func(m Mention) {
				if skus > 0 {
					m.SKU = fmt.Sprint("s", min(w.IntN(skus), w.IntN(skus)))
				}
				e.Observe(&m)
			})
		}
		for _, a := range e.Advance(hour.Add(time.Hour)) {
			if a.State == schemas.Firing {
				fired[h/7/24]++
			}
		}
	}
	return fired
}

// A brand that speaks every other day has six hours of rising keywords, not all
// that it ever said; a restart would forget the rest.
func TestRisingKeywordsOfASilentBrandLeave(t *testing.T) {
	e := mustNew(t, Config{Brands: []Brand{{ID: "acme"}}})
	w := newWorld(1)
	for i := range 10 {
		m := w.mention("acme", "", start.Add(time.Duration(i)*2*dayLong), false)
		m.Keywords = []string{"起火"}
		e.Observe(&m)
		e.Advance(m.At.Add(Pane))
	}
	b := e.brands["acme"]
	if n, of := b.keywords.Watched("起火"); n != 1 || of != 1 {
		t.Errorf("the word is held in %d of %d mentions, want 1 of 1", n, of)
	}
}
