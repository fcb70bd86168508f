package engine

import (
	"math"
	"testing"
	"time"

	"fenghuo/schemas"
)

// A complaint every four hours for two years: two of one type in a quarter of an
// hour are chance, however long it has been quiet.
func TestYearsOfFewComplaints(t *testing.T) {
	e, w := mustNew(t, oneBrand(.1)), newWorld(7)
	told := map[schemas.Signal]int{}
	for hour := start; hour.Before(start.Add(104 * weekLong)); hour = hour.Add(time.Hour) {
		mean := 2 * (1 + .6*math.Sin(float64(hour.Hour()-9)/12*math.Pi))
		for p := w.Float64(); p > math.Exp(-mean); p *= w.Float64() { // Poisson
			m := w.mention("acme", "", hour.Add(time.Duration(w.Int64N(int64(time.Hour)))), false)
			if w.Float64() < .12 {
				m.Complaint, m.Polarity = true, schemas.Negative
				m.Types = []schemas.ComplaintType{schemas.ComplaintTypes[max(0, w.IntN(4)-1)]}
			}
			e.Observe(&m)
		}
		for _, a := range e.Advance(hour.Add(time.Hour)) {
			if a.State == schemas.Firing {
				told[a.Signal]++
			}
		}
	}
	promised := .1 * 104
	t.Logf("%v incidents, %.1f promised", told, promised)
	if n := told[schemas.SignalComplaintType]; float64(n) > .3*promised {
		t.Errorf("%d incidents of complaint types in two years", n)
	}
}
