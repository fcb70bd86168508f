package scan

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/mathext"

	"fenghuo/detectors/state"
)

const day, week = 24 * 3600, 7 * 24 * 3600

var windows = []time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// replay steps a detector through arrivals (Unix seconds, in order); as in the
// engine, it may speak from the third day on, and the past ends a day ago.
func replay(d *Detector, arrivals []int64, budget float64, common *Excess) (alerts []int64) {
	first := d.since
	for i, at := range arrivals {
		var counts [4]uint32
		for w, span := range windows {
			for j := i; j >= 0 && arrivals[j] > at-int64(span/time.Second); j-- {
				counts[w]++
			}
		}
		past := Past{float64(i + 1 - int(counts[3])), max(0, float64(at-first-day)/3600)}
		if d.Step(at, true, at-first >= 2*day, counts[:], windows, past, budget, common).Alert {
			alerts = append(alerts, at)
		}
	}
	return alerts
}

// clusters are arrivals of a Neyman-Scott process: parents at `rate` a week,
// each followed by a geometric number of others within hours.
func clusters(r *rand.Rand, rate, follow float64, weeks int) (arrivals []int64) {
	for t := 0.0; ; {
		t += r.ExpFloat64() / rate * week
		if t > float64(weeks)*week {
			break
		}
		for at := t; ; at += r.ExpFloat64() * 2 * 3600 {
			arrivals = append(arrivals, int64(at))
			if r.Float64() > follow {
				t = at
				break
			}
		}
	}
	return arrivals
}

// Quiet sparse series cost about what they may, whatever their rate and
// however they cluster.
func TestBudgetIsKept(t *testing.T) {
	f := func(rate, follow, budget float64) {
		t.Helper()
		r := rand.New(rand.NewPCG(1, 1))
		const brands, weeks, warm = 400, 100, 20
		var common Excess
		alarms := 0
		for range brands {
			for _, at := range replay(New(0), clusters(r, rate, follow, weeks), budget, &common) {
				if at > warm*week {
					alarms++
				}
			}
		}
		ratio := float64(alarms) / (brands * (weeks - warm)) / budget
		t.Logf("%.2g a week, follow %.1g, budget %.2g: observed over promised %.2f", rate, follow, budget, ratio)
		if ratio > 1.5 {
			t.Error("promise broken")
		}
	}
	f(.2, 0, .01)
	f(2, 0, .01)
	f(2, 0, .1)
	f(.2, .4, .01)
	f(1, .4, .01)
	f(1, .4, .1)
	f(3, .3, .05)
}

// The first three mentions in two hours of a brand that is named once a month
// raise an alarm at a budget of one in two years.
func TestClusterOfThree(t *testing.T) {
	var arrivals []int64
	for i := range int64(12) {
		arrivals = append(arrivals, i*4*week+i*i*5000)
	}
	crisis := int64(50 * week)
	arrivals = append(arrivals, crisis, crisis+3000, crisis+7000)
	got := replay(New(0), arrivals, .01, &Excess{})
	if len(got) != 1 || got[0] < crisis+3000 {
		t.Errorf("alarms at %v, want one after %d", got, crisis+3000)
	}
}

// In the first week as later, from the third day on, at any rate.
func TestBudgetIsKeptInTheFirstWeek(t *testing.T) {
	f := func(rate, follow, budget float64) {
		t.Helper()
		r := rand.New(rand.NewPCG(3, 1))
		const brands = 30_000
		var common Excess
		alarms := 0
		for range brands {
			alarms += len(replay(New(0), clusters(r, rate, follow, 1), budget, &common))
		}
		ratio := float64(alarms) / brands / budget
		t.Logf("%.2g a week, follow %.1g, budget %.2g: observed over promised %.2f", rate, follow, budget, ratio)
		if ratio > 1.5 {
			t.Error("promise broken")
		}
	}
	for _, budget := range []float64{.001, .01, .1} {
		f(.3, .3, budget)
		f(2, .3, budget)
		f(7, 0, budget)
		f(20, 0, budget)
	}
}

// The windows that are as full are a negative binomial tail, which is an
// incomplete beta function.
func TestPastAgainstGonum(t *testing.T) {
	for _, p := range []Past{{0, 24}, {3, 100}, {40, 500}} {
		for _, n := range []uint32{2, 3, 8, 40} {
			for _, hours := range []float64{.25, 6, 24} {
				q := hours / (p.Hours + hours)
				want := 7 * 24 / hours * mathext.RegIncBeta(float64(n), p.Mentions+jeffreys, q)
				if got := p.perWeek(n, hours); math.Abs(got-want) > 1e-4*want {
					t.Errorf("%+v, %d in %g h: %v, want %v", p, n, hours, got, want)
				}
			}
		}
	}
}

// A crisis of hundreds teaches little: the next one is found all the same.
func TestCrisisDoesNotDeafen(t *testing.T) {
	arrivals := []int64{1 * week, 5 * week, 9 * week}
	for i := range int64(300) {
		arrivals = append(arrivals, 20*week+i*300)
	}
	next := int64(40 * week)
	for i := range int64(6) {
		arrivals = append(arrivals, next+i*1800)
	}
	got := replay(New(0), arrivals, .01, &Excess{})
	if len(got) == 0 || got[len(got)-1] < next {
		t.Errorf("alarms at %v, want one after %d", got, next)
	}
}

func TestStateRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	arrivals := clusters(r, 5, .5, 60)
	var common Excess
	a, b := New(0), New(0)
	half := len(arrivals) / 2
	replay(a, arrivals[:half], .1, &common)
	var w state.Writer
	a.Append(&w)
	common.Append(&w)
	var other Excess
	rd := state.NewReader(w.B)
	b.Read(rd)
	other.Read(rd)
	if err := rd.Done(); err != nil {
		t.Fatal(err)
	}
	x, y := replay(a, arrivals[half:], .1, &common), replay(b, arrivals[half:], .1, &other)
	if len(x) != len(y) || *a != *b || math.Abs(common.Mean(3, nil)-other.Mean(3, nil)) > 0 {
		t.Errorf("%v and %v", x, y)
	}
}

// What does not meet the common excess says the same whatever that is, and teaches
// it nothing.
func TestStepsThatMeetNobody(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	var common Excess
	alone, met := 0, 0
	for range 30 {
		d := New(0)
		arrivals := clusters(r, .5+2*r.Float64(), .6, 30)
		for i, at := range arrivals {
			var counts [4]uint32
			for w, span := range windows {
				for j := i; j >= 0 && arrivals[j] > at-int64(span/time.Second); j-- {
					counts[w]++
				}
			}
			seen, may := r.IntN(4) > 0, r.IntN(2) > 0
			before, other := common, common
			other.Learn(&[MaxWindows]float64{9, 9, 9, 9, 9, 9, 9, 9})
			twin, meets := *d, d.Meets(at, seen, may, counts[:])
			v := d.Step(at, seen, may, counts[:], windows, Past{1, 1000}, .5, &common)
			if meets {
				met++
				continue
			}
			alone++
			w := twin.Step(at, seen, may, counts[:], windows, Past{1, 1000}, .5, &other)
			if v.Alert || v.Active || w.Alert || w.Active || *d != twin {
				t.Fatalf("a step at %d that meets nobody: %+v and %+v", at, v, w)
			}
			if common != before {
				t.Fatalf("a step at %d that meets nobody taught all", at)
			}
		}
	}
	if alone < 100 || met < 100 {
		t.Errorf("%d steps met nobody and %d somebody: too few to tell", alone, met)
	}
}
