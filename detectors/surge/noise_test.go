package surge

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// rhythmic draws a series of five-minute rows that falls to a twentieth at night
// and to `weekend` on Saturday and Sunday. burst is the spread of a factor of
// each hour.
type rhythmic struct {
	r             *rand.Rand
	mean, weekend float64 // mean is of an hour
	burst         float64
	factor        float64
}

func newRhythmic(seed uint64, mean, weekend, burst float64) *rhythmic {
	return &rhythmic{r: rand.New(rand.NewPCG(seed, 9)), mean: mean, weekend: weekend, burst: burst, factor: 1}
}

func (s *rhythmic) at(at time.Time) float64 {
	if at.Minute() == 0 && s.burst > 0 {
		s.factor = math.Exp(s.burst*s.r.NormFloat64() - s.burst*s.burst/2)
	}
	h := float64(at.Hour()) + float64(at.Minute())/60
	m := s.mean / 12 * s.factor * (1 + .95*math.Cos((h-16)/12*math.Pi))
	if d := at.Weekday(); d == time.Saturday || d == time.Sunday {
		m *= s.weekend
	}
	return distuv.Poisson{Lambda: m, Src: s.r}.Rand()
}

// watch feeds a series for so many weeks and calls each with every verdict.
func (s *rhythmic) watch(p *Params, weeks int, each func(time.Time, Verdict)) *Detector {
	d := New(p)
	for at := monday; at.Before(monday.AddDate(0, 0, 7*weeks)); at = at.Add(p.Step) {
		each(at, d.Step(at, s.at(at), 1, false))
	}
	return d
}

// The ratio of Poisson counts varies as widen says, from the quiet to the busy
// moment, once there are more of them than steady it.
func TestWidenIsTheSpreadOfPoissonCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	p := windowParams{pseudo: 3.5, sign: 1}
	spread := func(expected float64) float64 {
		x := make([]float64, 40000)
		for i := range x {
			w := window{sum: pane{distuv.Poisson{Lambda: expected, Src: r}.Rand(), expected}}
			x[i] = w.ratio(&p, p.pseudo)
		}
		return stat.StdDev(x, nil)
	}
	usual := spread(40)
	for _, expected := range []float64{6, 15, 40, 120, 1000} {
		got, want := p.widen(expected, 40, 1), spread(expected)/usual
		if math.Abs(got/want-1) > .08 {
			t.Errorf("%v expected: widened %.3f times, varies %.3f times", expected, got, want)
		}
	}
	if got := p.widen(1e4, 1e3, 0); math.Abs(got-1) > .01 {
		t.Errorf("noise beyond chance is widened %v times at ten times the rate", got)
	}
}

// Chance is told from bursts, at few mentions and at many.
func TestChanceIsTold(t *testing.T) {
	for _, c := range []struct{ mean, burst, low, high float64 }{
		{2, 0, .7, 1}, {100, 0, .7, 1}, {20, .7, 0, .25}, {100, .7, 0, .1},
	} {
		d := newRhythmic(3, c.mean, 1, c.burst).watch(Defaults(5*time.Minute), 8, func(time.Time, Verdict) {})
		if d.chance < c.low || d.chance > c.high {
			t.Errorf("%v an hour, bursts of %v: %.2f of the noise is chance, want %v to %v", c.mean, c.burst, d.chance, c.low, c.high)
		}
	}
}

// Quiet and busy hours of an even series cost the same: the few mentions of a
// night vary more, and would raise all of its alarms if that were not known.
func TestNightsAlarmAsDays(t *testing.T) {
	p := Defaults(5 * time.Minute)
	p.Budget = 2
	night, all := 0, 0
	for seed := range uint64(12) {
		newRhythmic(seed, 100, 1, 0).watch(p, 16, func(at time.Time, v Verdict) {
			if v.Alert && at.After(monday.AddDate(0, 0, 28)) {
				all++
				if h := at.Hour(); h >= 22 || h < 10 {
					night++
				}
			}
		})
	}
	t.Logf("%d of %d alarms at night", night, all)
	if all < 40 || night*20 > all*13 || night*20 < all*3 {
		t.Errorf("%d of %d alarms in the quieter half of the day", night, all)
	}
}

// A first quiet weekend is measured against the whole first week, so that the
// level after it is the weekdays' and the weekend's together.
func TestFirstWeekIsMeasuredAsAWhole(t *testing.T) {
	b := newRhythmic(1, 100, .4, 0).watch(Defaults(5*time.Minute), 2, func(time.Time, Verdict) {}).Baseline()
	weekday, weekend := b.Level*b.Day[time.Wednesday], b.Level*b.Day[time.Saturday]
	t.Logf("%.0f are expected on a Wednesday, %.0f on a Saturday", weekday, weekend)
	if math.Abs(weekday/100-1) > .08 || weekend/weekday > .55 {
		t.Errorf("after two weeks %.0f are expected on a Wednesday that has 100, %.0f on a Saturday that has 40", weekday, weekend)
	}
}

// What was assumed of the first days is no more to be seen in an even series'
// spreads after two months.
func TestWrongStartIsForgotten(t *testing.T) {
	spread := func(weeks int) float64 {
		d := newRhythmic(1, 500, 1, 0).watch(Defaults(5*time.Minute), weeks, func(time.Time, Verdict) {})
		return d.Baseline().Maxima[4].Spread
	}
	young, old := spread(9), spread(40)
	t.Logf("spread of a day's ratio: %.4f after 9 weeks, %.4f after 40", young, old)
	if young > 2*old {
		t.Errorf("the spread is %.4f after 9 weeks and settles at %.4f", young, old)
	}
}

// Quiet weekends are believed within a month, although the first of them look
// like noise.
func TestWeekendIsBelieved(t *testing.T) {
	d := newRhythmic(1, 100, .4, 0).watch(Defaults(5*time.Minute), 5, func(time.Time, Verdict) {})
	day := d.Baseline().Day
	got := day[time.Saturday] / day[time.Wednesday]
	t.Logf("Saturdays over Wednesdays: %.2f", got)
	if got > .5 {
		t.Errorf("of a Wednesday Saturdays have .4, and %.2f is expected", got)
	}
}
