package surge

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// business draws a series as orders are: a rhythm over the day that is near
// zero at night, a weekly one, and bursty days and hours.
type business struct {
	r    *rand.Rand
	mean float64 // a row, over the week
	step time.Duration
	day  float64 // what the day in progress is like
}

func newBusiness(seed uint64, mean float64, step time.Duration) *business {
	return &business{r: rand.New(rand.NewPCG(seed, 7)), mean: mean, step: step, day: 1}
}

func (b *business) at(at time.Time) float64 {
	if at.Hour() == 0 && at.Minute() == 0 {
		b.day = math.Exp(.15*b.r.NormFloat64() - .011)
	}
	rhythm := 1.0
	if b.step < 24*time.Hour {
		h := float64(at.Hour()) + float64(at.Minute())/60
		rhythm = max(.005, 1-math.Cos((h-3)/24*2*math.Pi)) // 3 in the morning is dead
	}
	if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		rhythm *= 1.3
	}
	m := b.mean * rhythm * b.day
	const shape = 25 // hourly coefficient of variation .2 beside Poisson's
	m *= distuv.Gamma{Alpha: shape, Beta: shape, Src: b.r}.Rand()
	return distuv.Poisson{Lambda: m, Src: b.r}.Rand()
}

func fallParams(step time.Duration, budget float64) *Params {
	p := Defaults(step)
	switch step {
	case time.Hour:
		p.Windows = []int{1, 2, 6, 24}
	case 24 * time.Hour:
		p.Windows = []int{1, 2}
	}
	p.Fall, p.Budget = true, budget
	return p
}

// Quiet series fall no oftener than the budget says, whatever their rate and
// step, after the weeks in which rhythm and tails are learned.
func TestFallsKeepTheBudget(t *testing.T) {
	const budget, weeks, learn = .2, 26, 4
	for _, c := range []struct {
		mean float64
		step time.Duration
	}{{2, time.Hour}, {20, time.Hour}, {500, time.Hour}, {20, 5 * time.Minute}, {300, 24 * time.Hour}} {
		p := fallParams(c.step, budget)
		alarms, n := 0, 0.
		series := 30
		if c.step < time.Hour {
			series = 6
		}
		for seed := range uint64(series) {
			d, b := New(p), newBusiness(seed, c.mean, c.step)
			for at := monday; at.Before(monday.AddDate(0, 0, 7*weeks)); at = at.Add(c.step) {
				if v := d.Step(at, b.at(at), 1, false); v.Alert && at.After(monday.AddDate(0, 0, 7*learn)) {
					alarms++
				}
			}
			n += weeks - learn
		}
		perWeek := float64(alarms) / n
		t.Logf("%v a row of %v: %.3f falls a week, budget %v", c.mean, c.step, perWeek, budget)
		if perWeek > 1.5*budget {
			t.Errorf("%v a row of %v: %.3f falls a week, budget %v", c.mean, c.step, perWeek, budget)
		}
	}
}

// Orders that collapse at noon are told within hours, at the right time; the
// night, when next to nothing is expected, is no fall.
func TestFallIsFound(t *testing.T) {
	for _, c := range []struct {
		mean, left float64
		within     time.Duration
	}{{20, 0, 3 * time.Hour}, {20, .3, 8 * time.Hour}, {500, .3, 4 * time.Hour}, {500, .5, 10 * time.Hour}} {
		found := 0
		const series = 40
		for seed := range uint64(series) {
			d, b := New(fallParams(time.Hour, .05)), newBusiness(seed, c.mean, time.Hour)
			noon := monday.AddDate(0, 0, 7*12+2).Add(12 * time.Hour)
			for at := monday; at.Before(noon.Add(c.within)); at = at.Add(time.Hour) {
				n := b.at(at)
				if !at.Before(noon) {
					n = math.Round(n * c.left)
				}
				v := d.Step(at, n, 1, false)
				if v.Alert && !v.Learning && d.Rate() < 5 {
					t.Errorf("a fall at %v, when %.1f are expected", at, d.Rate())
				}
				if v.Alert && !at.Before(noon) {
					found++
					if late := v.Onset.Sub(noon); late.Abs() > 8*time.Hour {
						t.Errorf("%+v: the fall began at %v, not %v", c, v.Onset, noon)
					}
				}
			}
		}
		t.Logf("%+v: %d of %d", c, found, series)
		if found < series*7/10 {
			t.Errorf("%+v: %d of %d found", c, found, series)
		}
	}
}

// What a gap hides is unknown, not zero.
func TestGapIsNoFall(t *testing.T) {
	d, b := New(fallParams(time.Hour, 1)), newBusiness(1, 200, time.Hour)
	out := monday.AddDate(0, 0, 30).Add(10 * time.Hour)
	for at := monday; at.Before(out.AddDate(0, 0, 3)); at = at.Add(time.Hour) {
		if at.After(out) && at.Before(out.Add(30*time.Hour)) {
			continue
		}
		v := d.Step(at, b.at(at), 1, false)
		if v.Alert && at.After(out.AddDate(0, 0, -2)) {
			t.Errorf("a fall at %v", at)
		}
	}
}
