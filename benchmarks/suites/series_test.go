package suites

import (
	"math"
	"testing"
	"time"
)

// The draws have the mean and variance they are named for.
func TestNoiseMoments(t *testing.T) {
	for _, c := range []struct {
		rate, pane, variance float64 // an hour; of a row
	}{{6, 0, .5}, {60, 2, 5 + 12.5}, {1200, 1, 100 + 10000}} {
		s := NewStream(Group{Rate: c.rate, Noise: Noise{Pane: c.pane}, Rhythm: Rhythm{Weekend: 1}}, Step, 1, 0)
		var sum, square float64
		const n = 200000
		for range n {
			x := s.Next().Count
			sum += x
			square += x * x
		}
		mean := c.rate / 12
		m := sum / n
		v := square/n - m*m
		if math.Abs(m/mean-1) > .02 || math.Abs(v/c.variance-1) > .05 {
			t.Errorf("%+v: mean %.3f, variance %.3f", c, m, v)
		}
	}
}

// The same seed draws the same series; another number draws another.
func TestSeeded(t *testing.T) {
	g := group(t, "bursty 10/h, promotions, outages")
	a, b, c := NewStream(g, Step, 5, 1), NewStream(g, Step, 5, 1), NewStream(g, Step, 5, 2)
	same := true
	for range 1000 {
		x, y, z := a.Next(), b.Next(), c.Next()
		if x != y {
			t.Fatal("two draws from one seed differ")
		}
		same = same && x == z
	}
	if same {
		t.Error("two series of one seed are alike")
	}
}

func TestCrisisShape(t *testing.T) {
	c := Crisis{Factor: 3, Ramp: 2 * time.Hour, Length: 4 * time.Hour}
	for at, want := range map[time.Duration]float64{-1: 1, 0: 1, time.Hour: 2, 2 * time.Hour: 3, 4 * time.Hour: 1} {
		if got := c.at(at); got != want {
			t.Errorf("%v after the onset: factor %v, want %v", at, got, want)
		}
	}
}
