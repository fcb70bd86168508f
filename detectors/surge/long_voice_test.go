package surge

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// Rises of series with windows shorter than the longest three give the long ones a
// voice, whose weights add up to one; falls and hourly rows have none.
func TestWhoHasALongVoice(t *testing.T) {
	for name, c := range map[string]struct {
		step time.Duration
		fall bool
		want bool
	}{"five minutes": {5 * time.Minute, false, true}, "falls": {5 * time.Minute, true, false}, "hours": {time.Hour, false, false}} {
		p := Defaults(c.step)
		p.Fall = c.fall
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, w := range p.windows {
			sum += w.long
		}
		want := 0.0
		if c.want {
			want = 1
		}
		if p.long != c.want || math.Abs(sum-want) > 1e-12 {
			t.Errorf("%s: voice %v, weights %g", name, p.long, sum)
		}
	}
}

// Half an hour of silence does not hide a day that stands high: the long windows
// speak of it, while the mix is drawn down by the short ones.
func TestLongWindowsSpeakThroughAPause(t *testing.T) {
	score := func(voice bool) (score float64) {
		p := Defaults(5 * time.Minute)
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		if !voice {
			p.long, p.mixMean = false, 0
		}
		r, d := rand.New(rand.NewPCG(1, 7)), New(p)
		const day = 288
		for i := range 30*day + 1 {
			n := float64(r.IntN(5))
			switch {
			case i >= 30*day-6 && i < 30*day:
				n = 0
			case i >= 29*day:
				n *= 2
			}
			score = d.Step(monday.Add(time.Duration(i)*5*time.Minute), n, 1, false).Score
		}
		return score
	}
	with, without := score(true), score(false)
	t.Logf("%.2f with the voice, %.2f without", with, without)
	if with < without+.5 {
		t.Errorf("score %.2f with the voice, %.2f without", with, without)
	}
}
