package surge

import "math"

// Daily maxima follow a Gumbel law about their mean m and spread s: the chance
// that a quiet day exceeds m + z s is 1 - exp(-lambda), with
// lambda = exp(-(z pi/sqrt(6) + gamma)). (Gumbel, Statistics of Extremes, 1958.)
const (
	gumbelScale = math.Pi / 2.449489742783178 // pi / sqrt 6
	eulerGamma  = 0.5772156649015329
)

// thresholdFor turns false alarms a week into the z that quiet days exceed
// that often.
func thresholdFor(week float64) float64 {
	return (-math.Log(week/7) - eulerGamma) / gumbelScale
}

// severity is -log10 of the chance that a quiet day reaches z, at most 300: an
// alert has to stay finite.
func severity(z float64) float64 {
	lambda := max(math.Exp(-(z*gumbelScale + eulerGamma)), 1e-300)
	return -math.Log10(-math.Expm1(-lambda))
}

// tail is the law of the daily maximum.
type tail struct {
	m, v float32 // mean and variance
	dev  float32 // mean absolute deviation
	max  float32 // the highest of the day in progress
}

// noMax marks a day without a row that could raise an alarm.
const noMax float32 = -1e30

// newTail assumes a mean and a spread before any day was seen.
func newTail(mean, spread float64) tail {
	return tail{m: float32(mean), v: float32(spread * spread), dev: float32(spread / deviationUsual), max: noMax}
}

func (t *tail) spread() float64 { return math.Sqrt(float64(t.v)) }

// close learns x, the maximum of complete day number n (from 1), and begins a
// new day. Early days weigh little once later ones are seen, because the
// baseline under them was still raw: day n has a say of 2/(n + prior),
// until the gain of the half-life takes over. In the mean deviation it has one of
// 3/(n + 1 + prior), so that the assumption falls with the cube of the days. x
// counts for no less than `low` spreads under the mean, and the spread is at most
// `most` mean deviations.
func (t *tail) close(x float64, n int32, prior, gain, low, most float64) {
	m, v := float64(t.m), float64(t.v)
	d := min(max(x-m, -low*t.spread()), blockCap*t.spread())
	a := max(gain, 2/(float64(n)+prior))
	b := max(gain, 3/(float64(n)+1+prior))
	dev := float64(t.dev) + b*(math.Abs(d)-float64(t.dev))
	t.m, t.dev = float32(m+a*d), float32(dev)
	t.v = float32(min((1-a)*(v+a*d*d), most*most*dev*dev))
	t.max = noMax
}

// widenTo makes the spread no less than s.
func (t *tail) widenTo(s float64) { t.v = max(t.v, float32(s*s)) }

// mention is what one mention more than the usual maximum adds to the log ratio of
// a window with `steadied` mentions, expected and pseudo.
func (t *tail) mention(steadied float64) float64 {
	return math.Log1p(math.Exp(-float64(t.m)) / steadied)
}

var (
	blockGain = -math.Expm1(-math.Ln2 / blockHalfLife)
	mixGain   = -math.Expm1(-math.Ln2 / mixHalfLife)
)

// lighter is what a mean or spread counts for: the law's, or its own as far as
// that is lower by more than chance (a James-Stein shrinkage).
func lighter(own, law float64) float64 {
	x := max(0, law-own)
	return law - x*x*x/(x*x+mixMargin*mixMargin)
}
