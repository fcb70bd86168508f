package detect

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"fenghuo/pipeline/mentionlog"
	"fenghuo/schemas"
)

// In a history, all of whose records are of one moment, a business series falls
// silent by event time, and not because another one was written before it.
func TestSilenceInAHistory(t *testing.T) {
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	fall := start.AddDate(0, 0, 57).Add(10 * time.Hour)
	random := rand.New(rand.NewPCG(1, 1))
	value := func(series string, at time.Time) *mentionlog.Value {
		n := 100 * (1.05 - math.Cos(float64(at.Hour()-3)/12*math.Pi)) * (1 + .05*random.NormFloat64())
		if series == "orders" && !at.Before(fall) {
			n /= 10
		}
		return &mentionlog.Value{Source: mentionlog.Source{Topic: "posts"}, Series: series, Brand: "a", At: at, Value: math.Round(n)}
	}
	span := func(series string, from, to time.Time) (list []*mentionlog.Value) {
		for at := from; at.Before(to); at = at.Add(time.Hour) {
			list = append(list, value(series, at))
		}
		return list
	}
	told := func(later bool, values ...*mentionlog.Value) (states []schemas.State) {
		c := testConfig()
		c.DecideLater = later
		p, err := NewProcessor(c, 0)
		if err != nil {
			t.Fatal(err)
		}
		now := fall.AddDate(1, 0, 0)
		for i, v := range values {
			v.Offset = int64(i)
			p.Take(v.Offset, now, mentionlog.Record{Value: v})
			p.Take(v.Offset, now, mentionlog.Record{Heartbeat: &mentionlog.Heartbeat{Source: v.Source, Offset: v.Offset, Partitions: 1}})
		}
		for _, a := range p.Cut().Alerts {
			if a.Signal == schemas.SignalSeries+"orders" {
				states = append(states, a.State)
			}
		}
		return states
	}
	orders := span("orders", start, fall.Add(10*time.Hour))
	ends := func(states []schemas.State) bool { return len(states) > 1 && states[len(states)-1] == schemas.Resolved }
	after := func(d time.Duration) []*mentionlog.Value {
		return append(orders[:len(orders):len(orders)], span("refunds", fall.Add(10*time.Hour), fall.Add(10*time.Hour+d))...)
	}
	if states := told(true, after(40*time.Hour)...); len(states) == 0 || ends(states) {
		t.Errorf("before the silence is long: %v", states)
	}
	if states := told(true, after(60*time.Hour)...); !ends(states) {
		t.Errorf("the silence does not end it: %v", states)
	}
	if states := told(false, after(60*time.Hour)...); len(states) == 0 || ends(states) {
		t.Errorf("by the log's clock nothing has passed: %v", states)
	}
	before := span("refunds", start, fall.AddDate(0, 1, 0))
	if states := told(true, append(before, orders...)...); len(states) == 0 || ends(states) {
		t.Errorf("orders written after refunds are no silence: %v", states)
	}
}
