// Package calibrate turns any score into a severity by the score's own past:
// the daily maxima of quiet days follow a Gumbel law, whose mean and spread
// are learned while they pass. (Gumbel, Statistics of Extremes, 1958; the same
// step as in package surge.) It imports state.
package calibrate

import (
	"math"

	"fenghuo/detectors/state"
)

// Prior is what is assumed of a score before any day of its own.
type Prior struct {
	Mean, Spread float64 // of a day's maximum
	Days         float64 // that it weighs
	MinSpread    float64 // no series is so regular that less means something
}

const (
	halfLife = 30 // days
	winsor   = 3  // spreads over the mean, at which a maximum is cut before it teaches
	minDays  = 3  // days of its own before a severity is given; the prior weighs as much
)

// Daily calibrates one score. The zero value is new.
type Daily struct {
	day      int64 // in progress
	max      float64
	mean     float64
	variance float64
	weight   float64
	days     int64
}

// Step takes the score x of a moment on a day (days since 1970) and returns
// -log10 of the chance that a quiet day reaches it; 0 until some days were seen.
// Days without a score over 0 teach nothing.
func (d *Daily) Step(day int64, x float64, p Prior) (severity float64) {
	if day != d.day {
		d.close(p)
		d.day = day
	}
	d.max = max(d.max, x)
	if d.days < minDays {
		return 0
	}
	z := (x - d.mean) / max(p.MinSpread, math.Sqrt(d.variance))
	lambda := math.Exp(-(z*math.Pi/math.Sqrt(6) + .5772156649015329))
	return -math.Log10(-math.Expm1(-max(lambda, 1e-300))) // at most 300: an alert has to stay finite
}

func (d *Daily) close(p Prior) {
	if d.weight == 0 {
		d.mean, d.variance, d.weight = p.Mean, p.Spread*p.Spread, p.Days
	}
	if d.max == 0 {
		return
	}
	x := min(d.max, d.mean+winsor*math.Sqrt(d.variance))
	w := d.weight*math.Exp2(-1./halfLife) + 1
	diff := x - d.mean
	d.mean += diff / w
	d.variance = (1 - 1/w) * (d.variance + diff*diff/w)
	d.weight, d.max = w, 0
	d.days++
}

// Threshold is the severity that quiet days reach `week` times a week.
func Threshold(week float64) float64 { return -math.Log10(-math.Expm1(-week / 7)) }

// Append writes the state.
func (d *Daily) Append(w *state.Writer) {
	w.Int(d.day)
	w.Int(d.days)
	for _, x := range []float64{d.max, d.mean, d.variance, d.weight} {
		w.Float64(x)
	}
}

// Read takes back what Append wrote.
func (d *Daily) Read(r *state.Reader) {
	d.day, d.days = r.Int(), r.Int()
	for _, x := range []*float64{&d.max, &d.mean, &d.variance, &d.weight} {
		*x = r.Float64()
	}
}
