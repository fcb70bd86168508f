package surge

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// What outages hid is counted where it was, whether rows come alone or
// together; near outages are one, spread evenly; what is out of reach is
// forgotten.
func TestOutage(t *testing.T) {
	const longest = 1000
	type rows struct {
		from, to int64
		expected float64
	}
	for _, c := range []struct {
		name string
		rows []rows
		want map[int64]float64 // hidden since
	}{
		{"none", nil, map[int64]float64{0: 0, 500: 0}},
		{"one", []rows{{500, 700, 8}}, map[int64]float64{0: 8, 500: 8, 600: 4, 700: 0, 900: 0}},
		{"row by row", []rows{{500, 600, 4}, {600, 700, 4}}, map[int64]float64{0: 8, 600: 4, 700: 0}},
		{"two near", []rows{{500, 600, 6}, {800, 900, 2}}, map[int64]float64{0: 8, 700: 4, 900: 0}},
		{"half out of reach", []rows{{0, 400, 8}, {1200, 1400, 4}}, map[int64]float64{0: 8, 200: 8, 800: 4}},
		{"far", []rows{{500, 600, 6}, {1600, 1700, 2}}, map[int64]float64{0: 2, 1650: 1}},
		{"before 1970", []rows{{-900, -800, 6}}, map[int64]float64{-1000: 6, -850: 3, -800: 0, -1: 0}},
	} {
		var o outage
		for _, r := range c.rows {
			o.add(r.from, r.to, longest, r.expected)
		}
		for since, want := range c.want {
			if got := o.hidden(since); math.Abs(got-want) > 1e-8 {
				t.Errorf("%s: %v is hidden since %d, want %v", c.name, got, since, want)
			}
		}
	}
}

// The first hours after an outage alarm no oftener than others: their windows
// know little and are not measured by the maxima of full ones.
func TestOutageEndsQuietly(t *testing.T) {
	p := Defaults(5 * time.Minute)
	p.Budget = 1
	const rows, every, out, after = 120 * 288, 3 * 288, 72, 36 // six hours every third day, three hours after
	near, all := 0, 0
	for series := range 20 {
		r := rand.New(rand.NewPCG(1, uint64(series)))
		d := New(p)
		for i := range rows {
			c := 0.0
			for x := r.ExpFloat64(); x < 8; x += r.ExpFloat64() { // 96 an hour
				c++
			}
			phase := (i + 29*series) % every
			v := d.Step(monday.Add(time.Duration(i)*p.Step), c, 1, phase < out)
			if v.Alert && i > 28*288 {
				all++
				if phase < out+after {
					near++
				}
			}
		}
	}
	t.Logf("%d of %d alarms within three hours of an outage", near, all)
	if share := float64(near) / float64(all); all < 50 || share > .1 { // by time .05
		t.Errorf("%d of %d alarms began within three hours of an outage", near, all)
	}
}

// A surge that goes on behind an outage is found within the hour.
func TestSurgeBehindOutage(t *testing.T) {
	p := Defaults(5 * time.Minute)
	d := New(p)
	from, to := 30*288+100, 30*288+172
	for i, c := range counts(11, 31*288, 4) {
		if i >= to {
			c = 4*c + 10
		}
		if v := d.Step(monday.Add(time.Duration(i)*p.Step), c, 1, i >= from && i < to); v.Alert && i >= to {
			if i > to+12 {
				t.Errorf("found %d rows after the outage", i-to)
			}
			return
		}
	}
	t.Error("not found")
}
