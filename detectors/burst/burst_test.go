package burst

import (
	gocmp "cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
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
		teach(&b, i*day, 100, Count{"好用", 30}, Count{"快递", 20})
	}
	now := int64(30 * day)
	teach(&b, now, 20, Count{"好用", 6}, Count{"甲醛", 8})
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
		teach(&b, i*300, 20, words...)
		b.Unwatch(i * 300)
	}
	if n := len(b.table.entries); n > 4*MaxWords+20 {
		t.Errorf("%d words", n)
	}
	if b.table.find(Hash("常见")) < 0 {
		t.Error("the commonest word is forgotten")
	}
}

// Decay by growing weights survives years.
func TestBaselineOverYears(t *testing.T) {
	var b Baseline
	const year = 365 * 24 * 3600
	for i := range int64(20) {
		teach(&b, 1e9+i*year, 100, Count{"w", 10})
		x, _ := b.Rise(1e9+i*year, "w", 10, 100)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			t.Fatalf("year %d: expected %v", i, x)
		}
	}
}

func teach(b *Baseline, at int64, n int, words ...Count) []Count {
	for _, c := range words {
		b.Put(c)
	}
	return b.Teach(new(Scratch), at, n, 2)
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
	if diff := cmp.Diff([]Count{{"a", 3}, {"c", 9}}, Top(words, 2)); diff != "" {
		t.Errorf("by count, then by word: %s", diff)
	}
	if got := Top(nil, 2); len(got) != 0 {
		t.Errorf("%v of none", got)
	}
}

// A pane is counted, ranked and learned as in plain maps, while the slots grow and
// the rarest words are forgotten.
func TestBaselineAgainstMaps(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	var b Baseline
	counts, total, shrunk := map[string]float64{}, 0.0, 0
	for i := range int64(150) {
		pane, n := map[string]uint32{}, 50+r.IntN(400)
		for range n {
			w := fmt.Sprint("w", int(math.Exp(9.2*r.Float64())))
			b.Count([]string{w}, []uint64{Hash(w)})
			pane[w]++
		}
		at := 1 + i*7200
		w := math.Exp2(float64(at-1) / halfLife.Seconds())
		usual := float64(n) / (total + 10*w)
		total += w * float64(n)
		var want ranking
		var scratch Scratch
		for word, k := range pane {
			x := float64(k)
			want.add(rated{Count: Count{word, k}, weight: x * x / ((counts[word] + .5*w) * usual)}, 8)
			counts[word] += w * x
		}
		if len(counts) > 4*MaxWords {
			shrunk++
			words := slices.SortedFunc(maps.Keys(counts), func(x, y string) int {
				return gocmp.Or(gocmp.Compare(counts[y], counts[x]), strings.Compare(x, y))
			})
			for _, word := range words[MaxWords:] {
				delete(counts, word)
			}
		}
		if diff := cmp.Diff(appendCounts(nil, want.byWord()), b.Teach(&scratch, at, n, 8)); diff != "" {
			t.Fatalf("pane %d: %s", i, diff)
		}
		b.Unwatch(at + 1)
	}
	if n := b.table.taught; n != len(counts) || shrunk == 0 {
		t.Errorf("%d words, want %d; cut back %d times", n, len(counts), shrunk)
	}
}

// The panes that are watched are counted whatever the baseline forgets, and what
// it forgets is not remembered by being watched.
func TestWatchOutlivesACut(t *testing.T) {
	var b Baseline
	watched := func(word string, want uint32) {
		t.Helper()
		if n, _ := b.Watched(word); n != want {
			t.Errorf("%s is watched %d times, want %d", word, n, want)
		}
	}
	teach(&b, 300, 1, Count{"甲醛", 1})
	teach(&b, 600, 2, Count{"甲醛", 1}, Count{"起火", 2})
	for i := range 4 * MaxWords {
		b.Put(Count{fmt.Sprint("词", i), 3})
	}
	b.Teach(new(Scratch), 900, 100, 1)
	if n := len(b.table.entries); n != MaxWords+2 {
		t.Fatalf("%d words after a cut", n)
	}
	if x, _ := b.Rise(900, "甲醛", 0, 10); x > .06 { // half a mention in a hundred, one and a half if remembered
		t.Errorf("a forgotten word is expected %v times", x)
	}
	watched("甲醛", 2)
	watched("起火", 2)
	b.Unwatch(600)
	watched("甲醛", 1)
	watched("起火", 2)
	b.Unwatch(900)
	watched("甲醛", 0)
	watched("起火", 0)
	if _, of := b.Watched("词0"); of != 100 {
		t.Errorf("%d mentions are watched, want 100", of)
	}
}

// The word of the latest pane that rose most, over all panes that are watched.
func TestRising(t *testing.T) {
	var b Baseline
	for i := range int64(200) {
		teach(&b, i*300, 20, Count{"好用", 9})
	}
	b.Unwatch(199 * 300)
	teach(&b, 200*300, 20, Count{"甲醛", 4}, Count{"起火", 9})
	teach(&b, 201*300, 20, Count{"甲醛", 4}, Count{"好用", 9})
	want := func(word string, n uint32) {
		t.Helper()
		if got, _, score := b.Rising(201 * 300); got != (Count{word, n}) || score <= 0 && word != "" {
			t.Errorf("%v rises with %v, want %s in %d", got, score, word, n)
		}
	}
	want("甲醛", 8) // 起火 rose more, but not in the latest pane
	b.Unwatch(201 * 300)
	want("", 0) // four are too few
}

// What is most surprising against what was known, not what is most frequent.
func TestTeachReturnsTheMostSurprising(t *testing.T) {
	var b Baseline
	for i := range int64(10) {
		teach(&b, i*300, 20, Count{"好用", 9}, Count{"快递", 5})
	}
	got := teach(&b, 3000, 20, Count{"好用", 9}, Count{"甲醛", 2}, Count{"快递", 5}, Count{"起火", 3})
	if diff := cmp.Diff([]Count{{"甲醛", 2}, {"起火", 3}}, got); diff != "" {
		t.Error(diff)
	}
	if len(b.Pane()) != 0 {
		t.Errorf("the pane was not ended: %v", b.Pane())
	}
}

func TestBaselineRoundTrip(t *testing.T) {
	var a, b Baseline
	for i := range int64(50) {
		teach(&a, i*3600, int(i), Count{fmt.Sprint("w", i%7), uint32(i)})
	}
	for _, c := range []Count{{"neu", 1}, {"w3", 9}} { // of the pane in progress, written by the caller
		a.Put(c)
		b.Put(c)
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
