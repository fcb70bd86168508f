package surge

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// Few mentions a day for years: days with the same maximum teach no spread of
// nothing, against which two mentions would be unheard of.
func TestYearsOfFewMentionsKeepTheBudget(t *testing.T) {
	const weeks, budget = 156, .2
	for _, rate := range []float64{.1, .2, .4, .8} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			t.Parallel()
			p := Defaults(5 * time.Minute)
			p.Budget = budget
			alarms, top := 0, 0.
			for seed := range uint64(3) {
				d, r := New(p), rand.New(rand.NewPCG(seed, 4))
				at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
				for range weeks * 7 * 288 {
					seen := 0.
					if r.Float64() < rate/12*(1+.6*math.Sin(float64(at.Hour()-9)/12*math.Pi)) {
						seen = 1
					}
					v := d.Step(at, seen, 1, false)
					if v.Alert {
						alarms++
					}
					if at.Year() > 2024 {
						top = max(top, v.Score)
					}
					at = at.Add(5 * time.Minute)
				}
			}
			observed := float64(alarms) / (3 * weeks * budget)
			t.Logf("%v an hour: observed over promised %.2f, highest score after a year %.1f", rate, observed, top)
			if observed > 1.5 || top > 7 {
				t.Errorf("observed over promised %.2f, highest score %.1f", observed, top)
			}
		})
	}
}
