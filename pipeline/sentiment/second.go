package sentiment

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"fenghuo/pipeline/model"
	"fenghuo/pipeline/model/fit"
	"fenghuo/pipeline/text"
)

// secondInputs are a one, the margins of the English table, the score of the
// word list, and signs that n-grams cannot count.
const (
	secondInputs = 2 + englishOutputs + textSigns
	textSigns    = 6
)

// second is a softmax over the margins of the English table, which come from
// three fits that know nothing of each other, the score of the word list,
// which knows negation and degree where a bag of n-grams does not, and a few
// signs of the whole text. Rows are classes.
type second [englishOutputs][secondInputs]float32

// secondInput is what the second stage sees of a text.
func secondInput(m *[model.MaxOutputs]float32, words *Lexicon, d *text.Doc, span [2]int32) [secondInputs]float32 {
	list, _ := words.Score(d, span, 0)
	in := [secondInputs]float32{1, m[outNeg], m[outNeu], m[outPos], list}
	runes := d.Runes[span[0]:span[1]]
	var exclaims, asks, links, names, topics float32
	for _, r := range runes {
		switch r {
		case '!':
			exclaims++
		case '?':
			asks++
		case '#':
			topics++
		case text.RuneURL:
			links++
		case text.RuneMention:
			names++
		}
	}
	signs := [textSigns]float32{min(exclaims, 3), min(asks, 3), min(topics, 3), min(links, 1), min(names, 3), float32(math.Log(float64(len(runes)+1))) - typicalLog}
	copy(in[2+englishOutputs:], signs[:])
	return in
}

// typicalLog is the logarithm of a tweet's usual length in runes.
const typicalLog = 4.3

// apply replaces the margins by the log-odds of the classes, up to a constant.
func (s *second) apply(m *[model.MaxOutputs]float32, words *Lexicon, d *text.Doc, span [2]int32) {
	in := secondInput(m, words, d, span)
	for o := range s {
		m[o] = 0
		for i, x := range in {
			m[o] += s[o][i] * x
		}
	}
}

// Settings of the second stage. Classes of tweets weigh by the inverse of their
// frequency to the power of secondBalance: 0 counts every tweet once and is
// right most often, 1 counts every class once. The labelled tweets all call an
// airline by name, and most complain; the made sentences tell what to expect of
// a text that calls nobody. Their classes weigh the same, and one as much as
// secondMade of a tweet: they are of few patterns, so their margins flatter.
const (
	secondBalance = 0.25
	secondMade    = 0.1
	secondPenalty = 1.0
	secondSteps   = 12
)

// fitSecond fits the second stage on margins of tables that never saw the
// items: tweets and made sentences.
func fitSecond(points fit.ScoredItems, words *Lexicon) (*second, error) {
	f := softmaxFit{}
	var tweets, sentences [englishOutputs]float64 // by class
	for k := range points {
		it := points[k].Item
		d := &text.Doc{Runes: it.Runes}
		f.in = append(f.in, secondInput(&points[k].Margins, words, d, [2]int32{0, int32(len(it.Runes))}))
		f.class = append(f.class, int(it.Label)+1)
		if made(it.Set) {
			sentences[int(it.Label)+1]++
		} else {
			tweets[int(it.Label)+1]++
		}
	}
	tweets, sentences = balance(tweets, secondBalance), balance(sentences, 1)
	for k, class := range f.class {
		if made(points[k].Item.Set) {
			f.weight = append(f.weight, secondMade*sentences[class])
		} else {
			f.weight = append(f.weight, tweets[class])
		}
	}
	s := &second{}
	for range secondSteps {
		step, err := f.newton(s)
		if err != nil {
			return nil, fmt.Errorf("fit the second stage: %w", err)
		}
		for j := range step.Len() {
			s[j/secondInputs][j%secondInputs] -= float32(step.AtVec(j))
		}
	}
	return s, nil
}

// balance gives the weights of classes that are so many: their inverse
// frequency to a power.
func balance(n [englishOutputs]float64, power float64) (weight [englishOutputs]float64) {
	var total float64
	for _, x := range n {
		total += x
	}
	for o, x := range n {
		weight[o] = math.Pow(total/englishOutputs/max(x, 1), power)
	}
	return weight
}

// softmaxFit is a multinomial logistic regression with l2 penalty.
type softmaxFit struct {
	in     [][secondInputs]float32
	class  []int
	weight []float64
}

// newton is the step of Newton's method from s.
func (f *softmaxFit) newton(s *second) (*mat.VecDense, error) {
	const size = englishOutputs * secondInputs
	gradient := mat.NewVecDense(size, nil)
	hessian := mat.NewSymDense(size, nil)
	for j := range size {
		gradient.SetVec(j, secondPenalty*float64(s[j/secondInputs][j%secondInputs]))
		hessian.SetSym(j, j, secondPenalty)
	}
	for k := range f.in {
		p := s.probabilities(&f.in[k])
		w := f.weight[k]
		for a := range size {
			o, x := a/secondInputs, float64(f.in[k][a%secondInputs])
			slope := p[o]
			if o == f.class[k] {
				slope--
			}
			gradient.SetVec(a, gradient.AtVec(a)+w*slope*x)
			for b := a; b < size; b++ {
				q, y := b/secondInputs, float64(f.in[k][b%secondInputs])
				curve := -p[o] * p[q]
				if o == q {
					curve += p[o]
				}
				hessian.SetSym(a, b, hessian.At(a, b)+w*curve*x*y)
			}
		}
	}
	var factor mat.Cholesky
	if !factor.Factorize(hessian) {
		return nil, fmt.Errorf("no minimum: is a class missing?")
	}
	step := mat.NewVecDense(size, nil)
	return step, factor.SolveVecTo(step, gradient)
}

func (s *second) probabilities(in *[secondInputs]float32) (p [englishOutputs]float64) {
	var sum float64
	for o := range s {
		var z float64
		for i, x := range in {
			z += float64(s[o][i]) * float64(x)
		}
		p[o] = math.Exp(min(z, 500))
		sum += p[o]
	}
	for o := range p {
		p[o] /= sum
	}
	return p
}

func (s *second) write(w *model.Writer) {
	for _, row := range s {
		w.Floats(row[:])
	}
}

func readSecond(r *model.Reader) (*second, error) {
	s := &second{}
	for o := range s {
		if n := copy(s[o][:], r.Floats()); n != secondInputs {
			return nil, fmt.Errorf("%w: a second stage of %d inputs, expected %d", model.ErrDamaged, n, secondInputs)
		}
	}
	return s, nil
}
