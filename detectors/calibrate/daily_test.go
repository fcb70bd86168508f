package calibrate

import (
	"math"
	"math/rand/v2"
	"testing"

	"fenghuo/detectors/state"
)

var prior = Prior{Mean: 2, Spread: 1, Days: 3, MinSpread: .1}

// Days whose maxima are light or heavy tailed exceed the threshold about as
// often as promised.
func TestThresholdIsExceededAsPromised(t *testing.T) {
	f := func(name string, draw func(*rand.Rand) float64, lo, hi float64) {
		t.Helper()
		r := rand.New(rand.NewPCG(1, 1))
		var d Daily
		const days, week = 40_000, .2
		alarms := 0
		for day := range int64(days) {
			best := 0.0
			for range 100 {
				best = max(best, draw(r))
			}
			if d.Step(day+1, best, prior) >= Threshold(week) {
				alarms++
			}
		}
		if ratio := float64(alarms) / (days / 7.) / week; ratio < lo || ratio > hi {
			t.Errorf("%s: observed over promised %.2f", name, ratio)
		}
	}
	f("normal", func(r *rand.Rand) float64 { return 3 + r.NormFloat64() }, .2, 1.5)
	f("exponential", func(r *rand.Rand) float64 { return r.ExpFloat64() }, .5, 1.5)
}

func TestSeverityGrowsWithTheScore(t *testing.T) {
	d := Daily{}
	for day := range int64(20) {
		d.Step(day+1, 2+float64(day%3), prior)
	}
	last := 0.0
	for x := 2.0; x < 60; x++ {
		s := d.Step(30, x, prior)
		if s < last || math.IsInf(s, 0) || math.IsNaN(s) {
			t.Fatalf("severity %v at score %v after %v", s, x, last)
		}
		last = s
	}
}

func TestNoSeverityInTheFirstDays(t *testing.T) {
	var d Daily
	for day := range int64(minDays) {
		if s := d.Step(day+1, 100, prior); s != 0 {
			t.Errorf("severity %v on day %d", s, day)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	var a, b Daily
	for day := range int64(9) {
		a.Step(day+1, float64(day), prior)
	}
	var w state.Writer
	a.Append(&w)
	r := state.NewReader(w.B)
	b.Read(r)
	if err := r.Done(); err != nil || a != b {
		t.Errorf("%v: %+v and %+v", err, a, b)
	}
}
