package reference

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"
)

// value is a row of testdata/golden.csv, made by golden.R. index is from 1.
type value struct {
	series, method   string
	index            int
	count            float64
	upper, statistic float64
}

func golden(t *testing.T) []value {
	t.Helper()
	f, err := os.Open("testdata/golden.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var v []value
	for _, r := range rows[1:] {
		x := value{series: r[0], method: r[1]}
		x.index, _ = strconv.Atoi(r[2])
		x.count, _ = strconv.ParseFloat(r[3], 64)
		x.upper, _ = strconv.ParseFloat(r[4], 64)
		x.statistic, _ = strconv.ParseFloat(r[5], 64)
		v = append(v, x)
	}
	return v
}

// counts are the series of the golden file, index from 0.
func counts(v []value) map[string][]float64 {
	x := map[string][]float64{}
	for _, r := range v {
		if r.method == "series" {
			x[r.series] = append(x[r.series], r.count)
		}
	}
	return x
}

// near allows for the rounding of the file, and for Farrington for R's
// iteration, which stops at 1e-8 of the deviance; here the fit is exact.
func near(a, b float64, method string) bool {
	within := 1e-7
	if method == "farrington" {
		within = 1e-4
	}
	if math.IsNaN(a) && math.IsNaN(b) { // seven equal values have no C3
		return true
	}
	return math.Abs(a-b) <= within*max(1, math.Abs(b))
}

// Every value of every method equals R's.
func TestAgainstR(t *testing.T) {
	v := golden(t)
	x := counts(v)
	rossi, nb := map[string]*CUSUM{}, map[string]*CUSUM{}
	n := map[string]int{}
	for _, r := range v {
		if r.method == "series" {
			continue
		}
		y, i := x[r.series], r.index-1
		var got, want float64
		switch r.method {
		case "C1":
			got, want = C1(y, i, .001), r.upper
		case "C2":
			got, want = C2(y, i, .001), r.upper
		case "C3":
			got, want = C3(y, i, .001), r.upper
		case "farrington":
			got, want = FitFarrington(window(y, i)).Upper(.01/2), r.upper
		case "cusum-rossi":
			c := rossi[r.series]
			if c == nil {
				c = &CUSUM{K: 1}
				rossi[r.series] = c
			}
			got, want = c.Add(Rossi(r.count, mean(y[:52]))), r.statistic
		case "cusum-nb":
			c := nb[r.series]
			if c == nil {
				c = &CUSUM{}
				nb[r.series] = c
			}
			got, want = c.Add(NBRatio(r.count, mean(y[:52]), .25, math.Log(2))), r.upper
			if got >= 5 { // R starts anew after an alarm
				c.Sum = 0
			}
		}
		n[r.method]++
		if !near(got, want, r.method) {
			t.Errorf("%s %s at %d: %v, R has %v", r.series, r.method, r.index, got, want)
		}
	}
	for _, m := range []string{"C1", "C2", "C3", "farrington", "cusum-rossi", "cusum-nb"} {
		if n[m] < 200 {
			t.Errorf("only %d values of %s", n[m], m)
		}
	}
}

func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

// window is the same week of the three years before, and three weeks around.
func window(y []float64, i int) []float64 {
	var past []float64
	for b := 3; b >= 1; b-- {
		for w := -3; w <= 3; w++ {
			past = append(past, y[i-52*b+w])
		}
	}
	return past
}
