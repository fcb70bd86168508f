package surge

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"
)

var monday = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// counts draws a series with bursts: n rows with the given mean.
func counts(seed uint64, n int, mean float64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, n)
	for i := range x {
		m := mean * (1 + .8*math.Sin(float64(i)/288*2*math.Pi))
		if r.IntN(2000) == 0 {
			m = 10*mean + 5
		}
		for r.Float64() < m/(1+m) {
			x[i]++
		}
	}
	return x
}

// Skip equals Steps of zero bit by bit, however the zeros are cut, at every
// step length and across hours, days, gaps and daylight saving.
func TestSkipEqualsSteps(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []time.Duration{time.Minute, 5 * time.Minute, 7 * time.Minute, time.Hour} {
		p := Defaults(step)
		p.Location, p.Budget = berlin, 5
		a, b := New(p), New(p)
		x := counts(uint64(step), 40000, .02)
		r := rand.New(rand.NewPCG(3, 4))
		zeros, alerts := 0, 0
		begin := time.Date(2024, 3, 20, 0, 0, 0, 0, berlin)
		for i, c := range x {
			at := begin.Add(time.Duration(i) * step)
			gap := i/500%9 == 4
			va := a.Step(at, c, 1, gap)
			if c == 0 && !gap && i > 0 {
				zeros++
				if va.Alert {
					t.Fatalf("%v: an alarm began on a row of zero", step)
				}
				if r.IntN(40) == 0 { // cut the run of zeros anywhere
					b.Skip(zeros)
					zeros = 0
				}
				continue
			}
			b.Skip(zeros)
			zeros = 0
			if vb := b.Step(at, c, 1, gap); va != vb {
				t.Fatalf("%v row %d: steps say %+v, skips say %+v", step, i, va, vb)
			}
			if va.Alert {
				alerts++
			}
		}
		b.Skip(zeros)
		wa, _ := a.MarshalBinary()
		wb, _ := b.MarshalBinary()
		if string(wa) != string(wb) {
			t.Errorf("%v: states differ at the end", step)
		}
		if alerts == 0 {
			t.Errorf("%v: the series raised no alarm, so the test shows nothing", step)
		}
	}
}

// A restored detector decides as the one that was written.
func TestMarshalRoundTrip(t *testing.T) {
	p := Defaults(5 * time.Minute)
	p.Budget = 5
	a := New(p)
	alerts := 0
	for i, c := range counts(5, 20000, .5) {
		at := monday.Add(time.Duration(i) * p.Step)
		if i%997 == 0 {
			state, err := a.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			b := New(p)
			if err := b.UnmarshalBinary(state); err != nil {
				t.Fatal(err)
			}
			again, _ := b.MarshalBinary()
			if string(again) != string(state) {
				t.Fatalf("row %d: written, read and written again differs", i)
			}
			old := *a
			if old.next != b.next || old.base != b.base || old.mix != b.mix || old.out != b.out || old.until != b.until {
				t.Fatalf("row %d: restored state differs", i)
			}
			a = b
		}
		if a.Step(at, c, 1, i%1500 < 72).Alert {
			alerts++
		}
	}
	if alerts == 0 {
		t.Error("no alarm: the test shows nothing")
	}
}

// States of earlier versions are read: what they did not know begins anew.
func TestUnmarshalReadsEarlierVersions(t *testing.T) {
	p := Defaults(5 * time.Minute)
	for version := byte(1); version < codecVersion; version++ {
		a, b := New(p), New(p)
		for i, c := range counts(7, 10*288, 2) {
			a.Step(monday.Add(time.Duration(i)*p.Step), c, 1, i%500 < 9)
		}
		w := writer{b: []byte{version, byte(len(a.windows))}}
		a.walk(&w, version)
		if err := b.UnmarshalBinary(w.b); err != nil {
			t.Fatal(err)
		}
		want := a.base
		if version < 2 {
			fresh := newBaseline()
			want.hourError, want.dayError, want.daySeen, want.dayExpected = fresh.hourError, fresh.dayError, 0, 0
		}
		if version < 4 {
			want.dispersion, want.sum, want.steps, want.hourSteps = newBaseline().dispersion, want.seen, want.base, 0
		}
		out := a.out
		if version < 3 {
			out = outage{}
		}
		mix := a.mix
		mix.dev = float32(math.Sqrt(float64(mix.v)))
		if b.base != want || b.next != a.next || b.mix != mix || b.out != out {
			t.Errorf("version %d: read %+v, want %+v", version, b.base, want)
		}
	}
}

// Damaged, short and foreign states are refused, never a panic.
func TestUnmarshalRefuses(t *testing.T) {
	p := Defaults(time.Minute)
	a := New(p)
	a.Step(monday, 3, 1, false)
	state, _ := a.MarshalBinary()
	for n := range state {
		if err := New(p).UnmarshalBinary(state[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were accepted", n, len(state))
		}
	}
	if err := New(p).UnmarshalBinary(append(state, 0)); err == nil {
		t.Error("a state with a byte too many was accepted")
	}
	if err := New(Defaults(time.Hour)).UnmarshalBinary(state); err == nil {
		t.Error("a state of other windows was accepted")
	}
}

// A tenfold hour alarms once, within it; its onset is near; an outage does not.
func TestSurgeAndGap(t *testing.T) {
	p := Defaults(5 * time.Minute)
	x := counts(9, 30*288, 4)
	for i := range x {
		x[i] = min(x[i], 12)
	}
	surgeAt := 25 * 288
	for i := surgeAt; i < surgeAt+24; i++ {
		x[i] += 60
	}
	d := New(p)
	var at []int
	for i, c := range x {
		outage := i >= 20*288 && i < 20*288+60
		v := d.Step(monday.Add(time.Duration(i)*p.Step), c, 1, outage)
		if v.Alert {
			at = append(at, i)
			onset := int(v.Onset.Sub(monday) / p.Step)
			if onset < surgeAt-24 || onset > i {
				t.Errorf("onset at row %d, the surge began at row %d", onset, surgeAt)
			}
		}
	}
	if len(at) != 1 || at[0] < surgeAt || at[0] > surgeAt+12 {
		t.Errorf("alarms at rows %v, want one within an hour of row %d", at, surgeAt)
	}
}

// A known event that triples the count is expected; the same count without
// the event is an alarm.
func TestLift(t *testing.T) {
	run := func(lift float64) (alarms int) {
		d := New(Defaults(time.Hour))
		for i := range 40 * 24 {
			at, c, l := monday.Add(time.Duration(i)*time.Hour), float64(20+i%3), 1.0
			if i >= 35*24 && i < 36*24 {
				c, l = 3*c, lift
			}
			if d.Step(at, c, l, false).Alert {
				alarms++
			}
		}
		return alarms
	}
	if n := run(3); n != 0 {
		t.Errorf("%d alarms under a lift of 3, want none", n)
	}
	if n := run(1); n != 1 {
		t.Errorf("%d alarms without the lift, want 1", n)
	}
}

// The future never changes a verdict: every prefix gives the same rows.
func TestCausal(t *testing.T) {
	x := counts(11, 5000, 1)
	run := func(n int) []Verdict {
		d, v := New(Defaults(5*time.Minute)), []Verdict(nil)
		for i, c := range x[:n] {
			v = append(v, d.Step(monday.Add(time.Duration(i)*5*time.Minute), c, 1, false))
		}
		return v
	}
	all := run(len(x))
	for _, n := range []int{1, 300, 3333} {
		for i, v := range run(n) {
			if v != all[i] {
				t.Fatalf("row %d differs when the series ends at %d", i, n)
			}
		}
	}
}

// A borrowed baseline can alarm on the first day, and says Learning.
func TestBorrow(t *testing.T) {
	p := Defaults(5 * time.Minute)
	brand := New(p)
	for i, c := range counts(13, 28*288, 2) {
		brand.Step(monday.Add(time.Duration(i)*p.Step), c, 1, false)
	}
	prior := brand.Baseline()
	prior.Level /= 10
	sku := New(p)
	sku.Borrow(prior)
	alarm := false
	for i := range 288 {
		c := 0.0
		if i >= 200 {
			c = 20
		}
		v := sku.Step(monday.Add(time.Duration(i)*p.Step), c, 1, false)
		if !v.Learning {
			t.Fatal("a new SKU does not say Learning")
		}
		if v.Alert && i < 200 {
			t.Errorf("alarm at quiet row %d", i)
		}
		alarm = alarm || v.Alert
	}
	if !alarm {
		t.Error("no alarm for a flood on the first day")
	}
}

// Two complaints are no crisis on a series that has almost none; a dozen
// within the hour are one.
func TestSparse(t *testing.T) {
	for _, c := range []struct {
		mentions int
		want     bool
	}{{2, false}, {12, true}} {
		p := Defaults(5 * time.Minute)
		d := New(p)
		got := false
		for i := range 60 * 288 {
			x := 0.0
			if i%(10*288) == 2000 {
				x = 1
			}
			if k := i - 50*288; k >= 0 && k < c.mentions {
				x = 1
			}
			if d.Step(monday.Add(time.Duration(i)*p.Step), x, 1, false).Alert {
				got = true
			}
		}
		if got != c.want {
			t.Errorf("%d mentions in an hour: alarm %v, want %v", c.mentions, got, c.want)
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	d := New(Defaults(time.Minute))
	i := 0
	if n := testing.AllocsPerRun(10000, func() {
		d.Step(monday.Add(time.Duration(i)*time.Minute), float64(i%7), 1, false)
		i++
	}); n != 0 {
		t.Errorf("Step allocates %v times", n)
	}
}

// A series of one-minute rows, with all it owns, stays within 1.5 KB.
func TestSize(t *testing.T) {
	d := New(Defaults(time.Minute))
	size := unsafe.Sizeof(*d) + uintptr(cap(d.windows))*unsafe.Sizeof(window{}) + uintptr(cap(d.panes))*unsafe.Sizeof(pane{})
	t.Logf("%d bytes", size)
	if size > 1536 {
		t.Errorf("a series takes %d bytes, over 1536", size)
	}
}

func TestThreshold(t *testing.T) {
	// published with the recipe: t = 1.0 is 1.0 a week, 2.0 is .30, 2.86 .10
	for z, week := range map[float64]float64{1.07: 1, 2.0: .30, 2.86: .10} {
		if got := thresholdFor(week); math.Abs(got-z) > .02 {
			t.Errorf("threshold for %v a week is %.3f, want %.2f", week, got, z)
		}
	}
}

func FuzzStep(f *testing.F) {
	f.Add(int64(1704067200), 3.0, 1.0, false, uint16(3))
	f.Add(int64(-1), math.Inf(1), math.NaN(), true, uint16(65535))
	f.Fuzz(func(t *testing.T, sec int64, count, lift float64, gap bool, skip uint16) {
		if sec < -1<<33 || sec > 1<<33 {
			t.Skip("outside the years a clock shows")
		}
		d := New(Defaults(time.Hour))
		d.Step(monday, 1, 1, false)
		d.Skip(int(skip))
		d.Step(monday.Add(time.Duration(sec%(1<<24))*time.Second), count, lift, gap)
		if v := d.Step(d.Next(), 1, 1, false); math.IsNaN(v.Score) || math.IsNaN(v.Expected) {
			t.Errorf("%+v", v)
		}
	})
}

func BenchmarkStep(b *testing.B) {
	d := New(Defaults(5 * time.Minute))
	x := counts(1, 1<<14, 3)
	at := monday
	b.ReportAllocs()
	for i := range b.N {
		d.Step(at, x[i&(1<<14-1)], 1, false)
		at = at.Add(5 * time.Minute)
	}
}

// One tick over 50,000 active among 1,000,000 known series: the idle ones
// cost nothing, and each active one catches up on the minutes it was idle.
func BenchmarkTick50000Active(b *testing.B) {
	p := Defaults(5 * time.Minute)
	d := make([]*Detector, 50000)
	for i := range d {
		d[i] = New(p)
		d[i].Step(monday, 1, 1, false)
	}
	at := monday
	for b.Loop() {
		at = at.Add(20 * p.Step)
		for i := range d {
			d[i].Skip(19)
			d[i].Step(at, 1, 1, false)
		}
	}
}
