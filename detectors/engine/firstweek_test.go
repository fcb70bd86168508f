package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/detectors/state"
	"fenghuo/schemas"
)

// In the first weeks no more is told than was promised, although nothing is
// known of the brands at first.
func TestFirstWeeksKeepTheBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates 1,200 brand-weeks")
	}
	f := func(rate float64, skus int) {
		t.Helper()
		const budget, brands, weeks = .2, 50, 4
		fired := quietWeeks(t, rate, budget, skus, brands, weeks)
		later := 0
		for _, n := range fired[1:] {
			later += n
		}
		first, next := float64(fired[0])/brands/budget, float64(later)/(brands*(weeks-1))/budget
		t.Logf("%g an hour, %d SKUs, budget %g: observed over promised %.2f in the first week, %.2f in the next three", rate, skus, budget, first, next)
		if first > 1.5 || next > 1.5 {
			t.Error("promise broken")
		}
	}
	for _, rate := range []float64{.02, .1, .5, 2, 5} {
		f(rate, 0)
	}
	f(2, 30)
}

// hurt are n complaints of an injury about a SKU, ten minutes apart.
func (w *world) hurt(sku string, from time.Time, n int, emit func(Mention)) {
	for i := range n {
		m := w.mention("acme", sku, from.Add(time.Duration(i)*10*time.Minute), true)
		m.Types = []schemas.ComplaintType{schemas.ProductSafety}
		emit(m)
	}
}

// firstDays is what is told of a brand with some SKUs that is heard for the
// first time, with something extra at a time of its fifth day.
func firstDays(t *testing.T, extra func(w *world, emit func(Mention))) []schemas.Alert {
	t.Helper()
	s := newWatched(t, 5, oneBrand(.2))
	told := s.live(4, func() {
		for i := range 10 {
			s.quiet("acme", fmt.Sprint("sku", i), .2)
		}
	})
	if len(told) > 0 {
		t.Fatalf("%d alerts in quiet days", len(told))
	}
	extra(s.world, func(m Mention) { s.e.Observe(&m) })
	s.now = s.now.Add(3 * time.Hour)
	return s.e.Advance(s.now)
}

// Six injuries by one SKU within an hour need no week of experience.
func TestCrisisOfTheFirstWeekIsTold(t *testing.T) {
	told := firstDays(t, func(w *world, emit func(Mention)) {
		w.hurt("sku3", start.Add(4*dayLong+time.Hour), 6, emit)
	})
	if len(told) == 0 {
		t.Fatal("not told")
	}
	a := told[0]
	if a.SKU != "sku3" || a.CrisisType != schemas.ProductSafety || worst(told) == schemas.Blue || !a.Learning {
		t.Errorf("told of %q: %s %s, learning %v", a.SKU, a.Level, a.CrisisType, a.Learning)
	}
}

// One injury that five pass on is one report of it.
func TestRepostsAreNoReports(t *testing.T) {
	told := firstDays(t, func(w *world, emit func(Mention)) {
		w.hurt("sku3", start.Add(4*dayLong+time.Hour), 6, func(m Mention) {
			if m.At.After(start.Add(4*dayLong + time.Hour)) {
				m.Kind = kindRepost
			}
			emit(m)
		})
	})
	if len(told) > 0 {
		t.Errorf("%s of %q: %s", told[0].State, told[0].SKU, told[0].Evidence.Note)
	}
}

// A flood of reposts is told: it is never hidden.
func TestFloodOfRepostsIsTold(t *testing.T) {
	told := firstDays(t, func(w *world, emit func(Mention)) {
		for i := range 60 {
			w.hurt("sku3", start.Add(4*dayLong+time.Hour+time.Duration(i)*time.Minute), 1, func(m Mention) {
				if i > 0 {
					m.Kind = kindRepost
				}
				emit(m)
			})
		}
	})
	if len(told) == 0 {
		t.Error("not told")
	}
}

// A word that two dozen pass on is one post's; said by as many, it is news,
// unless a known event brings it.
func TestWordsOfRepostsAndEvents(t *testing.T) {
	told := func(repost bool, events ...Event) (n int) {
		c := oneBrand(1)
		c.Events = events
		s := newWatched(t, 3, c)
		s.live(14, func() { s.quiet("acme", "", 5) })
		for i := range 25 {
			m := s.mention("acme", "", s.now.Add(time.Duration(i)*10*time.Minute), false)
			m.Keywords = []string{"novelty"}
			if repost && i > 0 {
				m.Kind = kindRepost
			}
			s.e.Observe(&m)
		}
		for _, a := range s.e.Advance(s.now.Add(6 * time.Hour)) {
			if a.Signal == schemas.SignalKeyword {
				n++
			}
		}
		return n
	}
	if told(false) == 0 {
		t.Error("a new word in 25 posts is not told")
	}
	if n := told(true); n > 0 {
		t.Errorf("a post that 24 pass on: %d alerts of a keyword", n)
	}
	event := Event{Name: "sale", From: start.Add(14 * dayLong), To: start.Add(15 * dayLong), Lift: 1}
	if n := told(false, event); n > 0 {
		t.Errorf("a word of a known event: %d alerts of a keyword", n)
	}
}

// A pane with copies comes back as it was, and one without is written as before
// copies were counted.
func TestCopiesSurviveSnapshots(t *testing.T) {
	c := oneBrand(.2)
	s := newWatched(t, 1, c)
	at := s.now.Add(time.Minute)
	s.hurt("x", at, 1, func(m Mention) { s.e.Observe(&m) })
	s.hurt("x", at.Add(time.Minute), 1, func(m Mention) {
		m.Kind, m.NearDuplicate = kindRepost, true
		s.e.Observe(&m)
	})
	s.live(1, func() {})
	want := s.e.brands["acme"].panes[0]
	if got := want.reports(schemas.SignalComplaintType, schemas.ProductSafety); want.complaints != 2 || got != 1.25 {
		t.Errorf("%d complaints are %v reports", want.complaints, got)
	}
	s.restart(c)
	got := s.e.brands["acme"].panes[0]
	if got.all != 2 || countOf(got.copies, "") != 1 || countOf(got.copies, schemas.ProductSafety) != 1 || got.passed != 1 {
		t.Errorf("%d mentions, copies %v, %d passed on", got.all, got.copies, got.passed)
	}
}

// A pane of reposts that complain of nothing keeps how many there were.
func TestPassedOnSurvivesSnapshots(t *testing.T) {
	var w state.Writer
	want := counts{said: said{all: 3, complaints: 1}, duplicates: 2, passed: 2, reach: 5}
	want.append(&w)
	var got counts
	got.read(state.NewReader(w.B), func(s string) string { return s })
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(counts{}, said{})); diff != "" {
		t.Error(diff)
	}
}
