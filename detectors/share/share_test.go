package share

import (
	"math"
	"testing"
	"time"

	"fenghuo/detectors/surge"
)

var monday = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// run feeds 30 days of 8 mentions an hour, 2 negative, and on day 25 for 12
// hours `negative` of `total`; it counts alarms.
func run(t *testing.T, negative, total float64) (alarms int, last Verdict) {
	t.Helper()
	d := New(surge.Defaults(time.Hour))
	for i := range 30 * 24 {
		n, all := 2.0, 8.0
		if i%5 == 0 {
			n = 1
		}
		if i%7 == 0 {
			n, all = 3, 9
		}
		crisis := i >= 25*24 && i < 25*24+12
		if crisis {
			n, all = negative, total
		}
		v := d.Step(monday.Add(time.Duration(i)*time.Hour), n, all, false)
		if v.Alert {
			alarms++
			last = v
			if !crisis {
				t.Errorf("alarm at quiet hour %d: %+v", i, v)
			}
		}
	}
	return alarms, last
}

// A launch with praise is no alarm; the same volume with anger is; two angry
// posts where two hundred were quiet are none.
func TestPraiseAndAnger(t *testing.T) {
	for _, c := range []struct {
		name            string
		negative, total float64
		want            int
	}{
		{"quiet", 2, 8, 0},
		{"launch with praise", 16, 80, 0},
		{"the same volume with anger", 64, 80, 1},
		{"silence but for one angry post", 0.1, 0.1, 0},
	} {
		n, v := run(t, c.negative, c.total)
		if n != c.want {
			t.Errorf("%s: %d alarms, want %d", c.name, n, c.want)
		}
		if n > 0 && (v.Share < .5 || v.Baseline > .4 || v.P > chance) {
			t.Errorf("%s: share %.2f over %.2f with odds %.3g", c.name, v.Share, v.Baseline, v.P)
		}
	}
}

// Against the closed form of the beta-binomial for
// n = 2: P(X >= 2) = a(a+1) / ((a+b)(a+b+1)).
func TestUpperTail(t *testing.T) {
	a, b := .25*concentration, .75*concentration
	want := a * (a + 1) / ((a + b) * (a + b + 1))
	if got := UpperTail(2, 2, .25); math.Abs(got-want) > 1e-12 {
		t.Errorf("P(X>=2) of 2 = %v, want %v", got, want)
	}
	if got := UpperTail(1, 2, .25); math.Abs(got-(1-b*(b+1)/((a+b)*(a+b+1)))) > 1e-12 {
		t.Errorf("P(X>=1) of 2 = %v", got)
	}
	if UpperTail(0, 5, .2) != 1 || UpperTail(3, 5, 0) != 0 || UpperTail(3, 5, 1) != 1 {
		t.Error("edges: k 0, p 0, p 1")
	}
	last := 1.0
	for k := range 50 { // more negatives are never more likely
		p := UpperTail(float64(k), 50, .2)
		if p > last {
			t.Fatalf("tail rises at %d", k)
		}
		last = p
	}
}

func TestRoundTrip(t *testing.T) {
	p := surge.Defaults(time.Hour)
	a, b := New(p), New(p)
	for i := range 300 {
		a.Step(monday.Add(time.Duration(i)*time.Hour), float64(i%3), float64(i%9+3), false)
	}
	state, err := a.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	at := monday.Add(300 * time.Hour)
	if va, vb := a.Step(at, 5, 6, false), b.Step(at, 5, 6, false); va != vb {
		t.Errorf("%+v\n%+v", va, vb)
	}
}
