package scan

import (
	"math"
	"math/rand/v2"
	"testing"

	"fenghuo/detectors/state"
)

const day, week = 24 * 3600, 7 * 24 * 3600

// windows are 15 minutes, 1, 6 and 24 hours.
var windows = []int64{900, 3600, 6 * 3600, day}

// replay steps a detector through arrivals (Unix seconds, in order).
func replay(d *Detector, arrivals []int64, budget float64, common *Excess) (alerts []int64) {
	for i, at := range arrivals {
		var counts [4]uint32
		for w, span := range windows {
			for j := i; j >= 0 && arrivals[j] > at-span; j-- {
				counts[w]++
			}
		}
		if d.Step(at, true, true, counts[:], budget, common).Alert {
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
