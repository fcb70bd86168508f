package suites

import (
	"math"
	"time"

	"fenghuo/detectors/surge"
)

// weeksPerSeries is how long a quiet series is measured after its warm-up.
const weeksPerSeries = 20

const week = 7 * 24 * time.Hour

// Quiet is the outcome of a group's quiet weeks at one budget.
type Quiet struct {
	Budget float64 `json:"budget"` // promised false alarms a week
	Weeks  int     `json:"weeks"`
	Alarms int     `json:"alarms"`
	Ratio  float64 `json:"observed_over_promised"`
}

// MeasureQuiet counts alarms on quiet series.
func MeasureQuiet(g Group, budget float64, weeks int) Quiet {
	p := surge.Defaults(Step)
	p.Budget = budget
	q := Quiet{Budget: budget}
	for i := 0; q.Weeks < weeks; i++ {
		n := min(weeksPerSeries, weeks-q.Weeks)
		s, d := NewStream(g, Step, Seed, i), surge.New(p)
		measured := epoch.Add(Warmup)
		for end := measured.Add(time.Duration(n) * week); s.at.Before(end); {
			r := s.Next()
			if v := d.Step(r.At, r.Count, r.Lift, r.Gap); v.Alert && !r.At.Before(measured) {
				q.Alarms++
			}
		}
		q.Weeks += n
	}
	q.Ratio = float64(q.Alarms) / (budget * float64(q.Weeks))
	return q
}

// Sensitivity is the outcome of a group's crises of one shape.
type Sensitivity struct {
	Shape      string  `json:"shape"`
	Budget     float64 `json:"budget"`
	Crises     int     `json:"crises"`
	Found      float64 `json:"sensitivity"`
	DelayHours float64 `json:"median_delay_h"` // of those found, after the onset
}

// MeasureCrises strikes series at a random hour of their fifth week and looks
// for an alarm that begins before the crisis ends. A series whose alarm is
// already open at the onset is left out.
func MeasureCrises(g Group, shape Shape, n int) Sensitivity {
	p := surge.Defaults(Step)
	p.Budget = shape.Budget
	out := Sensitivity{Shape: shape.Name, Budget: shape.Budget}
	var delays []float64
	for i := range n {
		s, d := NewStream(g, Step, Seed+1, i), surge.New(p)
		onset := s.strikeAtRandom(shape.Crisis)
		open, end := false, onset.Add(shape.Crisis.Length)
		for s.at.Before(end) {
			r := s.Next()
			v := d.Step(r.At, r.Count, r.Lift, r.Gap)
			if r.At.Before(onset) {
				open = v.Active
				continue
			}
			if open {
				break
			}
			if v.Alert {
				delays = append(delays, r.At.Sub(onset).Hours())
				break
			}
		}
		if !open {
			out.Crises++
		}
	}
	out.Found = float64(len(delays)) / math.Max(1, float64(out.Crises))
	out.DelayHours = median(delays)
	return out
}

func (s *Stream) strikeAtRandom(c Crisis) (onset time.Time) {
	onset = epoch.Add(Warmup + time.Duration(s.rng.IntN(7*24))*time.Hour)
	s.Strike(c, onset)
	return onset
}
