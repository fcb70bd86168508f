package burst

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fenghuo/detectors/state"
)

// Dunning's G² of a 2x2 table, by observed and expected cells.
func TestLogLikelihoodRatio(t *testing.T) {
	f := func(k1, n1, k2, n2 float64) {
		t.Helper()
		want := 0.0
		row1, row2, all := k1+k2, n1+n2-k1-k2, n1+n2
		for _, c := range [][3]float64{{k1, row1, n1}, {k2, row1, n2}, {n1 - k1, row2, n1}, {n2 - k2, row2, n2}} {
			if c[0] > 0 {
				want += 2 * c[0] * math.Log(c[0]/(c[1]*c[2]/all))
			}
		}
		if got := llr(k1, n1, k2, n2); math.Abs(got-want) > 1e-9*want+1e-9 {
			t.Errorf("%v of %v against %v of %v: %v, want %v", k1, n1, k2, n2, got, want)
		}
	}
	f(10, 100, 5, 1000)
	f(3, 3, .5, 500)
	f(110, 2442, 111, 29114) // a row of the kind in Dunning's table 2
	f(1, 10, 10, 100)
}

func TestRise(t *testing.T) {
	var b Baseline
	const day = 24 * 3600
	for i := range int64(30) {
		b.Add(i*day, tallied(Count{"好用", 30}, Count{"快递", 20}), 100, nil)
	}
	now := int64(30 * day)
	b.Add(now, tallied(Count{"好用", 6}, Count{"甲醛", 8}), 20, nil)
	if x, g := b.Rise(now, "甲醛", 8, 20); x > .1 || g < 30 {
		t.Errorf("a new word: expected %v, score %v", x, g)
	}
	if x, g := b.Rise(now, "好用", 6, 20); math.Abs(x-6) > .5 || g > 1 {
		t.Errorf("a usual word: expected %v, score %v", x, g)
	}
	if _, g := b.Rise(now, "快递", 1, 20); g != 0 {
		t.Errorf("a falling word scores %v", g)
	}
}

// Memory stays bounded under a flood of ever new words, and a word that keeps
// coming is not forgotten.
func TestBaselineIsBounded(t *testing.T) {
	var b Baseline
	for i := range int64(2000) {
		words := []Count{{"常见", 5}}
		for j := range 20 {
			words = append(words, Count{fmt.Sprint("词", i, "-", j), 1})
		}
		b.Add(i*300, tallied(words...), 20, nil)
	}
	if len(b.words) > 4*MaxWords+20 {
		t.Errorf("%d words", len(b.words))
	}
	if b.find(Hash("常见")) == nil {
		t.Error("the commonest word is forgotten")
	}
}

// Decay by growing weights survives years.
func TestBaselineOverYears(t *testing.T) {
	var b Baseline
	const year = 365 * 24 * 3600
	for i := range int64(20) {
		b.Add(1e9+i*year, tallied(Count{"w", 10}), 100, nil)
		x, _ := b.Rise(1e9+i*year, "w", 10, 100)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			t.Fatalf("year %d: expected %v", i, x)
		}
	}
}

func tallied(words ...Count) *Tally {
	t := &Tally{}
	for _, c := range words {
		t.Put(c)
	}
	return t
}

func TestTallyAgainstAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var tally Tally
	for range 50 {
		want := map[string]uint32{}
		for range r.IntN(3000) {
			w := fmt.Sprint("w", int(math.Exp(7*r.Float64())))
			want[w]++
			tally.Add(w, Hash(w))
		}
		got := map[string]uint32{}
		for _, c := range tally.Words() {
			got[c.Word] = c.N
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		tally.Reset()
	}
}

func TestTop(t *testing.T) {
	words := []Count{{"d", 1}, {"b", 3}, {"a", 3}, {"c", 9}}
	if diff := cmp.Diff([]Count{{"a", 3}, {"c", 9}}, Top(words, nil, 2)); diff != "" {
		t.Errorf("by count, then by word: %s", diff)
	}
	if diff := cmp.Diff([]Count{{"b", 3}, {"d", 1}}, Top(words, []float64{8, 9, 0, 1}, 2)); diff != "" {
		t.Errorf("by weight: %s", diff)
	}
	if got := Top(nil, nil, 2); len(got) != 0 {
		t.Errorf("%v of none", got)
	}
}

func TestBaselineRoundTrip(t *testing.T) {
	var a, b Baseline
	for i := range int64(50) {
		a.Add(i*3600, tallied(Count{fmt.Sprint("w", i%7), uint32(i)}), int(i), nil)
	}
	var w state.Writer
	a.Append(&w)
	r := state.NewReader(w.B)
	b.Read(r)
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	x1, g1 := a.Rise(50*3600, "w3", 9, 20)
	x2, g2 := b.Rise(50*3600, "w3", 9, 20)
	if x1 != x2 || g1 != g2 {
		t.Errorf("%v %v and %v %v", x1, g1, x2, g2)
	}
}
