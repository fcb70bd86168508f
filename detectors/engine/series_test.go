package engine

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"
)

// Panes of zero that wait are made up for with the next pane that saw something:
// what the series then says and knows is the same.
func TestPanesOfZeroCanWait(t *testing.T) {
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 1))
		e := mustNew(t, Config{Brands: []Brand{{ID: "acme"}}, Events: []Event{{Name: "sale", From: start.Add(15 * dayLong), To: start.Add(16 * dayLong), Lift: 3}}})
		b := e.brands["acme"]
		e.Gap(start.Add(9*dayLong), start.Add(9*dayLong+5*time.Hour))
		begin := paneOf(start.Unix())
		steady, lazy := newSeries("complaints", "", begin), newSeries("complaints", "", begin)
		steady.thicken(begin, b.budgets)
		lazy.thicken(begin, b.budgets)
		waited, alerts := 0, 0
		for p := begin; p < begin+30*memoryPanes; p++ {
			n := 0.
			if crisis := r.IntN(3000) == 0; crisis || r.IntN(12) == 0 {
				n = float64(1 + r.IntN(2))
				if crisis {
					n = 40
				}
			}
			var f finding
			f.event, f.lift = b.calendar.inForce(p)
			gap, _ := e.gaps.at(p, p+1)
			want := steady.step(p, n, f.lift, gap, &b.calendar)
			if n == 0 && lazy.canWait(&f, gap) {
				waited++
				if want.Active || want.Alert {
					t.Fatalf("seed %d, pane %d: a pane of zero waits that says %+v", seed, p, want)
				}
				continue
			}
			if got := lazy.step(p, n, f.lift, gap, &b.calendar); got != want {
				t.Fatalf("seed %d, pane %d with %v: %+v, want %+v", seed, p, n, got, want)
			}
			if want.Alert {
				alerts++
			}
		}
		end := begin + 30*memoryPanes
		steady.step(end, 1, 1, false, &b.calendar)
		lazy.step(end, 1, 1, false, &b.calendar)
		x, _ := steady.surge.MarshalBinary()
		y, _ := lazy.surge.MarshalBinary()
		if !bytes.Equal(x, y) {
			t.Errorf("seed %d: the states differ", seed)
		}
		if waited < 1000 || alerts == 0 {
			t.Errorf("seed %d: %d panes waited, %d alarms: the test tests little", seed, waited, alerts)
		}
	}
}
