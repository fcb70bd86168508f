package report

import (
	"math"
	"slices"
	"testing"
)

// series is hours of zero with what is set in it.
func series(n int, set map[int]float64) []float64 {
	x := make([]float64, n)
	for i, v := range set {
		x[i] = v
	}
	return x
}

// decaying is a count that doubles up to hour top and then halves every half
// hours.
func decaying(n, top int, height, half float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		if i <= top {
			x[i] = height * math.Pow(2, float64(i-top))
		} else {
			x[i] = height * math.Pow(2, -float64(i-top)/half)
		}
	}
	return x
}

func TestPeak(t *testing.T) {
	for _, c := range []struct {
		name         string
		x            []float64
		at, end, top int
	}{
		{"one full hour is enough", series(48, map[int]float64{5: 9, 30: 12}), 30, 31, 30},
		{"the first of equal hours", series(48, map[int]float64{5: 12, 30: 12}), 5, 6, 5},
		{"three hours where no single one holds ten", series(48, map[int]float64{10: 4, 11: 5, 12: 4}), 10, 13, 11},
		{"empty hours at the ends are cut", series(48, map[int]float64{20: 5, 24: 6}), 20, 25, 24},
		{"a handful in a day", series(48, map[int]float64{20: 1, 30: 2}), 20, 31, 30},
		{"a span of three hours", []float64{0, 2, 1}, 1, 3, 1},
	} {
		if at, end, top := peakOf(c.x); at != c.at || end != c.end || top != c.top {
			t.Errorf("%s: %d to %d, fullest %d; want %d to %d, %d", c.name, at, end, top, c.at, c.end, c.top)
		}
	}
}

func TestOnset(t *testing.T) {
	for _, c := range []struct {
		name       string
		x          []float64
		usual      float64
		peak, want int
	}{
		{"a post of long ago does not count", series(100, map[int]float64{10: 1, 60: 1, 65: 3, 70: 20}), 0, 70, 60},
		{"a post of the day before does", series(100, map[int]float64{50: 1, 70: 20}), 0, 70, 50},
		{"usual posts do not count", slices.Concat(slices.Repeat([]float64{1}, 60), []float64{4, 9, 20}), 1, 62, 60},
		{"all at once", series(10, map[int]float64{9: 5}), 0, 9, 9},
	} {
		if got := onset(c.x, c.usual, c.peak); got != c.want {
			t.Errorf("%s: hour %d, want %d", c.name, got, c.want)
		}
	}
}

// The half-life of an exponential decay is its own.
func TestHalfLife(t *testing.T) {
	for _, half := range []float64{12, 24, 48} {
		_, hours, ok := halfLife(decaying(400, 40, 1000, half), 0)
		if !ok || math.Abs(float64(hours)-half) > 3 {
			t.Errorf("half-life %v: found %d, %v", half, hours, ok)
		}
	}
	if _, _, ok := halfLife(decaying(70, 40, 1000, 48), 0); ok {
		t.Error("a half-life beyond the span was found")
	}
	if _, _, ok := halfLife(make([]float64, 5), 0); ok {
		t.Error("five hours have a half-life")
	}
}

func TestReturns(t *testing.T) {
	x := series(300, map[int]float64{10: 20, 20: 30, 40: 5, 150: 1, 200: 9, 280: 7})
	at, flares := returns(x, 1, 21)
	if at != 41 || !slices.Equal(flares, []int{200, 280}) {
		t.Errorf("back at %d, flares at %v; want 41, and 200 and 280", at, flares)
	}
	if at, _ := returns(slices.Repeat([]float64{3}, 100), 1, 20); at != -1 {
		t.Errorf("never back, but found %d", at)
	}
}

func TestSurprise(t *testing.T) {
	if surprise(10, 100, 100, 1000) != 0 {
		t.Error("a word as frequent as ever surprises")
	}
	if surprise(0, 0, 0, 0) != 0 {
		t.Error("a word without posts surprises")
	}
	if a, b := surprise(20, 100, 10, 1000), surprise(40, 100, 10, 1000); a <= 0 || b <= a {
		t.Errorf("more often is more surprising: %v, %v", a, b)
	}
	if surprise(3, 10, 0, 0) <= 0 {
		t.Error("without earlier posts every word is new")
	}
}

func TestStepsKeepTheChartReadable(t *testing.T) {
	for _, hours := range []int{1, 24, 120, 121, 24 * 30, 24 * 400} {
		step := stepOf(hours)
		if columns := (hours + step - 1) / step; columns > columnsAtMost {
			t.Errorf("%d hours in steps of %d are %d columns", hours, step, columns)
		}
	}
}

func TestNumbersForPeople(t *testing.T) {
	for got, want := range map[string]string{
		number(1234567): "1,234,567", number(-1234): "-1,234", number(999): "999",
		short(999): "999", short(1500): "1.5k", short(92_038_728): "92M",
		percent(0): "0%", percent(.0625): "6.2%", percent(.5): "50%",
		lasting(.5): "30 min", lasting(5.6): "5 h 36 min", lasting(1): "1 h", lasting(30): "30 h", lasting(84.7): "3.5 days", lasting(-2): "2 h",
		lasting(.005): "under a minute", lasting(0): "0 h",
		times(30, 2): "×15", times(3, 2): "×1.5", times(3, 0): "new", times(0, 5): "–",
		counted(1, "complaints of product safety"): "1 complaint of product safety", counted(1, "upset posts"): "1 upset post", counted(2, "mentions"): "2 mentions",
		usualNumber(.04): "0.04", usualNumber(8): "8.0", usualNumber(1234): "1,234",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
