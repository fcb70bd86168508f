package sentiment

import (
	"math"
	"math/rand/v2"
	"testing"

	"fenghuo/pipeline/model"
	"fenghuo/pipeline/model/corpus"
	"fenghuo/pipeline/model/fit"
)

// posts are tweets whose margins say little of pos against neg and whose words
// of feeling say it all.
func posts(n int) fit.ScoredItems {
	rnd := rand.New(rand.NewPCG(1, 2))
	texts := map[corpus.Label]string{corpus.Neg: "a terrible flight!", corpus.Neu: "when is the flight?", corpus.Pos: "a great flight!"}
	var out fit.ScoredItems
	for i := range n {
		l := corpus.Label(i%3 - 1)
		s := fit.Scored{Item: &fit.Item{Runes: []rune(texts[l]), Example: corpus.Example{Label: l}}}
		for o := range englishOutputs {
			s.Margins[o] = float32(rnd.NormFloat64())
		}
		out = append(out, s)
	}
	return out
}

// The second stage learns what the margins do not know.
func TestSecondLearnsFromTheList(t *testing.T) {
	list, err := NewLexicon()
	if err != nil {
		t.Fatal(err)
	}
	points := posts(600)
	s, err := fitSecond(points, list)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range points[:90] {
		m := p.Margins
		d := prepared(t, string(p.Item.Runes))
		s.apply(&m, list, d, whole(d))
		for o := range englishOutputs {
			if o != int(p.Item.Label)+1 && m[o] >= m[p.Item.Label+1] {
				t.Fatalf("%q: log-odds %.2f, true class %d", string(p.Item.Runes), m[:englishOutputs], p.Item.Label)
			}
		}
	}
}

// Newton's method ends where no step is left to go.
func TestSecondIsOptimal(t *testing.T) {
	f := softmaxFit{}
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var m [model.MaxOutputs]float32
		in := [secondInputs]float32{1}
		for i := 1; i < secondInputs; i++ {
			in[i] = float32(rnd.NormFloat64())
		}
		m[0] = in[1] - in[2]
		f.in, f.class, f.weight = append(f.in, in), append(f.class, min(max(int(m[0]+1.5), 0), 2)), append(f.weight, 1)
	}
	s := &second{}
	for range secondSteps {
		step, err := f.newton(s)
		if err != nil {
			t.Fatal(err)
		}
		for j := range step.Len() {
			s[j/secondInputs][j%secondInputs] -= float32(step.AtVec(j))
		}
	}
	last, err := f.newton(s)
	if err != nil {
		t.Fatal(err)
	}
	for j := range last.Len() {
		if math.Abs(last.AtVec(j)) > 1e-3 {
			t.Errorf("weight %d would still move by %v", j, last.AtVec(j))
		}
	}
}

// What tweets to a company are mostly like says nothing of a text that calls
// nobody: there made sentences, as many of each class, tell what to expect.
func TestSecondExpectsByNames(t *testing.T) {
	list, err := NewLexicon()
	if err != nil {
		t.Fatal(err)
	}
	var points fit.ScoredItems
	add := func(set, words string, l corpus.Label, n int) {
		for range n {
			d := prepared(t, words)
			points = append(points, fit.Scored{Item: &fit.Item{Set: set, Runes: d.Runes, Example: corpus.Example{Label: l}}})
		}
	}
	for _, l := range []corpus.Label{corpus.Neg, corpus.Neu, corpus.Pos} {
		add(SetAirline, "@airline the flight", l, 100-50*int(l))
		add(setEveryday, "the flight", l, 1000)
	}
	s, err := fitSecond(points, list)
	if err != nil {
		t.Fatal(err)
	}
	lead := func(words string) float32 { // of negative over positive
		var m [model.MaxOutputs]float32
		d := prepared(t, words)
		s.apply(&m, list, d, whole(d))
		return m[outNeg] - m[outPos]
	}
	if called, uncalled := lead("@airline the flight"), lead("the flight"); called < 0.1 || math.Abs(float64(uncalled)) > 0.1 {
		t.Errorf("negative leads by %.2f where somebody is called and by %.2f where nobody is", called, uncalled)
	}
}
