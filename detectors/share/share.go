// Package share finds unusual rises of a share: the negative among all
// mentions. More of everything, such as a launch with praise, is no alarm; the
// same volume with anger is.
//
// The negative are a surge against (baseline share x mentions) instead of
// against time, so windows, calibration and budget are those of package surge,
// whose pseudo-mentions are the floor under the denominator. A beta-binomial
// test guards small numbers. It imports surge only.
package share

import (
	"math"
	"time"

	"fenghuo/detectors/surge"
)

const (
	// concentration is the beta-binomial's prior size: how firmly a window's
	// own share sits on the baseline. At 20 a share of 30 % wanders by 10
	// points from window to window, as reviews and posts do.
	concentration = 20
	// priorShare and priorTotal: a series starts as if priorTotal mentions had
	// shown priorShare negative, what shops and forums show on quiet days.
	priorShare = 0.2
	priorTotal = 20
	// minTotal is the least number of mentions whose share is judged.
	minTotal = 5
	// chance is the beta-binomial odds above which no alarm begins.
	chance = 0.01
)

// Verdict is what the detector says of one row.
type Verdict struct {
	surge.Verdict         // Observed and Expected are negatives in Window
	Total         float64 // mentions in Window
	Share         float64 // Observed / Total, 0..1
	Baseline      float64 // expected share, 0..1
	P             float64 // beta-binomial odds of as many negatives by chance; only with Alert, else 1
}

// Detector watches one share. It is not safe for concurrent use.
type Detector struct{ surge *surge.Detector }

// New returns a detector that has seen nothing; p as for surge.New.
func New(p *surge.Params) *Detector {
	d := &Detector{surge.New(p)}
	d.surge.Assume(priorShare, priorTotal)
	return d
}

// Step reads the row that begins at `at`: how many of its total mentions were
// negative. gap says that the source was out.
func (d *Detector) Step(at time.Time, negative, total float64, gap bool) Verdict {
	rate := d.surge.Rate()
	v := Verdict{Verdict: d.surge.Step(at, min(negative, total), total, gap), P: 1, Baseline: min(rate, 1)}
	if now := d.surge.Rate(); now > 0 {
		rate = now
	}
	if v.Total = v.Expected / rate; v.Total > 0 {
		v.Baseline = min(rate, 1)
		v.Share = min(v.Observed/v.Total, 1)
	}
	if v.Alert && v.Total > 0 { // a long sum, which only an alarm needs
		v.P = UpperTail(v.Observed, v.Total, v.Baseline)
	}
	if v.Alert && (v.Total < minTotal || v.P > chance) {
		d.surge.Revoke()
		v.Alert, v.Active = false, false
	}
	return v
}

// Skip reads n rows without mentions at once.
func (d *Detector) Skip(n int) { d.surge.SkipLifted(n, 0) }

// Rate is the expected share at the latest row.
func (d *Detector) Rate() float64 { return d.surge.Rate() }

// Upper is how many negatives of the latest row would reach the threshold by
// themselves.
func (d *Detector) Upper() float64 { return d.surge.Upper() }

// Active tells whether an alarm is open at the next row.
func (d *Detector) Active() bool { return d.surge.Active() }

// MarshalBinary writes all that the detector knows; its Params stay outside.
func (d *Detector) MarshalBinary() ([]byte, error) { return d.surge.MarshalBinary() }

// UnmarshalBinary restores a detector that was made by New.
func (d *Detector) UnmarshalBinary(b []byte) error { return d.surge.UnmarshalBinary(b) }

// UpperTail is the chance that a beta-binomial of n trials, mean share p and
// the package's concentration gives k or more (Griffiths, 1973). Fractions are
// rounded.
func UpperTail(k, n, p float64) float64 {
	k, n = math.Round(k), math.Round(n)
	if k <= 0 || p >= 1 {
		return 1
	}
	if p <= 0 {
		return 0
	}
	a, b := p*concentration, (1-p)*concentration
	// beyond a few thousand trials the share itself is beta distributed, and
	// the sum over k is scaled down to the same share
	if n > 2000 {
		k, n = math.Round(k*2000/n), 2000
	}
	tail := 0.0
	for x := k; x <= n; x++ {
		tail += math.Exp(choose(n, x) + beta(x+a, n-x+b) - beta(a, b))
	}
	return min(tail, 1)
}

func beta(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }

func choose(n, k float64) float64 { return lgamma(n+1) - lgamma(k+1) - lgamma(n-k+1) }

func lgamma(x float64) float64 { y, _ := math.Lgamma(x); return y }
