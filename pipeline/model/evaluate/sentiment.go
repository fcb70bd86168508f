package evaluate

import (
	"fmt"
	"maps"
	"slices"

	"fenghuo/pipeline/model/corpus"
	"fenghuo/pipeline/model/fit"
	"fenghuo/pipeline/sentiment"
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

func sorted(m map[string]float64) []string { return slices.Sorted(maps.Keys(m)) }

// scorer is the built-in model or the lexicon.
type scorer interface {
	Score(d *text.Doc, span [2]int32, rating float32) (float32, schemas.Polarity)
}

var (
	twoClasses   = []string{"neg", "pos"}
	threeClasses = []string{"neg", "neu", "pos"}
)

// two measures the two-class decision of a scorer on items.
func two(s scorer, items []fit.Item) (*Result, error) {
	c := NewConfusion(twoClasses...)
	var p []float64
	var y []bool
	for _, it := range items {
		if it.Label == corpus.Neu {
			continue
		}
		score, _, err := score(s, &it)
		if err != nil {
			return nil, err
		}
		c.Add(class(it.Label > 0), class(score > 0))
		p, y = append(p, (float64(score)+1)/2), append(y, it.Label > 0)
	}
	r := result(c)
	e := calibrationError(p, y)
	r.ECE = &e
	return r, nil
}

// three measures the polarity.
func three(s scorer, items []fit.Item) (*Result, error) {
	c := NewConfusion(threeClasses...)
	for _, it := range items {
		_, pol, err := score(s, &it)
		if err != nil {
			return nil, err
		}
		c.Add(int(it.Label)+1, polarityClass(pol))
	}
	return result(c), nil
}

func score(s scorer, it *fit.Item) (float32, schemas.Polarity, error) {
	var d text.Doc
	if err := text.Normalize(&d, it.Text); err != nil {
		return 0, "", err
	}
	v, pol := s.Score(&d, [2]int32{0, int32(len(d.Runes))}, 0)
	return v, pol, nil
}

func polarityClass(p schemas.Polarity) int {
	switch p {
	case schemas.Negative:
		return 0
	case schemas.Positive:
		return 2
	}
	return 1
}

func class(b bool) int {
	if b {
		return 1
	}
	return 0
}

func pick(items []fit.Item, in func(*fit.Item) bool) []fit.Item {
	var out []fit.Item
	for i := range items {
		if in(&items[i]) {
			out = append(out, items[i])
		}
	}
	return out
}

// chinese measures the Chinese sentiment model.
func (e *evaluation) chinese() error {
	e.progress("reading the Chinese sets")
	c, err := sentiment.ChineseCorpus(e.dir)
	if err != nil {
		return err
	}
	shopping := pick(c.Items, func(it *fit.Item) bool { return it.Set == sentiment.SetShopping && it.Test })
	s, err := e.builtIn("shopping_reviews, test split", shopping, two)
	if err != nil {
		return err
	}
	e.goal(Goal{Measure: "shopping_reviews test split, two-class accuracy", Protocol: "built-in model", Goal: 0.943}, s, accuracy)
	e.goal(Goal{Measure: "calibration (ECE, 15 bins), shopping test", Protocol: "built-in model", Goal: 0.010, AtMost: true}, s, func(r *Result) float64 { return *r.ECE })
	virus := pick(c.Items, func(it *fit.Item) bool { return it.Set == sentiment.SetVirus && it.Test })
	if s, err = e.builtIn("smp2020_virus, test split, negative against positive", virus, two); err != nil {
		return err
	}
	e.goal(Goal{Measure: "smp2020_virus_test, negative against positive", Protocol: "built-in model", Goal: 0.912}, s, accuracy)
	if _, err = e.builtIn("smp2020_virus, test split, three classes", virus, three); err != nil {
		return err
	}
	if err := e.categories(c); err != nil {
		return err
	}
	return e.folds(c)
}

// categories predicts each shopping category by a model that never saw it.
func (e *evaluation) categories(c *fit.Corpus) error {
	parts := map[string]float64{}
	for _, it := range c.Items {
		if it.Set == sentiment.SetShopping {
			parts[it.Domain] = 0
		}
	}
	all, base := NewConfusion(twoClasses...), map[string]float64{}
	for _, name := range sorted(parts) {
		e.progress("shopping_reviews without " + name)
		of := func(it *fit.Item) bool { return it.Set == sentiment.SetShopping && it.Domain == name }
		part, err := e.refit(c, func(it *fit.Item) bool { return !it.Test && !of(it) }, of, all)
		if err != nil {
			return err
		}
		parts[name] = part.Accuracy()
		lex, err := two(e.lexicon, pick(c.Items, of))
		if err != nil {
			return err
		}
		base[name] = lex.Accuracy
	}
	e.add(Set{Name: "shopping_reviews by category", Protocol: "each category predicted by a model fitted without it", Model: result(all), Parts: parts})
	b := mean(base)
	e.report.Goals = append(e.report.Goals, Goal{Measure: "shopping_reviews, each category left out, mean accuracy", Protocol: "fitted again without the category", N: all.N(), Goal: 0.916, Value: mean(parts), Baseline: &b})
	return nil
}

func mean(m map[string]float64) (sum float64) {
	for _, k := range sorted(m) {
		sum += m[k] / float64(len(m))
	}
	return sum
}

// refit fits the two-class output on what train accepts and counts its
// decisions on what test accepts, into all and into a table of their own.
func (e *evaluation) refit(c *fit.Corpus, train, test func(*fit.Item) bool, all *Confusion) (*Confusion, error) {
	r := sentiment.ChineseRecipe()
	r.Tasks = r.Tasks[:1]
	t, err := c.Fit(r, train)
	if err != nil {
		return nil, err
	}
	part := NewConfusion(twoClasses...)
	for _, s := range c.Score(t, func(it *fit.Item) bool { return it.Label != corpus.Neu && test(it) }) {
		truth, predicted := class(s.Item.Label > 0), class(s.Margins[0] > 0)
		part.Add(truth, predicted)
		all.Add(truth, predicted)
	}
	return part, nil
}

const hashFolds = 5

// folds predicts a fifth of every set's texts at a time by a model fitted
// without that fifth of all sets.
func (e *evaluation) folds(c *fit.Corpus) error {
	names := []string{sentiment.SetWeibo, sentiment.SetVirus, sentiment.SetJD, sentiment.SetCosmetics, sentiment.SetAuto}
	tables, parts := map[string]*Confusion{}, map[string]map[string]float64{}
	for _, n := range names {
		tables[n], parts[n] = NewConfusion(twoClasses...), map[string]float64{}
	}
	r := sentiment.ChineseRecipe()
	r.Tasks = r.Tasks[:1]
	for k := range hashFolds {
		e.progress(fmt.Sprintf("Chinese sets, fold %d of %d", k+1, hashFolds))
		held := func(it *fit.Item) bool { return corpus.Fold(it.Text, hashFolds) == k }
		t, err := c.Fit(r, func(it *fit.Item) bool { return !it.Test && !held(it) })
		if err != nil {
			return err
		}
		for _, n := range names {
			part := NewConfusion(twoClasses...)
			for _, s := range c.Score(t, func(it *fit.Item) bool {
				return it.Set == n && it.Label != corpus.Neu && !it.Test && held(it)
			}) {
				truth, predicted := class(s.Item.Label > 0), class(s.Margins[0] > 0)
				part.Add(truth, predicted)
				tables[n].Add(truth, predicted)
			}
			parts[n][fmt.Sprintf("fold %d", k)] = part.Accuracy()
		}
	}
	for _, n := range names {
		lex, err := two(e.lexicon, pick(c.Items, func(it *fit.Item) bool { return it.Set == n && !it.Test }))
		if err != nil {
			return err
		}
		s := e.add(Set{Name: n, Protocol: "five folds by hash, each predicted by a model fitted without it; negative against positive", Model: result(tables[n]), Lexicon: lex, Parts: parts[n]})
		if n == sentiment.SetWeibo {
			e.goal(Goal{Measure: "weibo2018_train, a fifth held out by hash", Protocol: "mean of the five fifths", Goal: 0.857}, s, accuracy)
		}
	}
	return nil
}

// airlines predicts each airline's tweets by a model that never saw them.
func (e *evaluation) airlines() error {
	c, err := sentiment.EnglishCorpus(e.dir)
	if err != nil {
		return err
	}
	all, parts := NewConfusion(threeClasses...), map[string]float64{}
	for _, it := range c.Items {
		if it.Set == sentiment.SetAirline {
			parts[it.Domain] = 0
		}
	}
	for _, name := range sorted(parts) {
		e.progress("airline_tweets without " + name)
		of := func(it *fit.Item) bool { return it.Set == sentiment.SetAirline && it.Domain == name }
		m, err := sentiment.FitEnglish(c, func(it *fit.Item) bool { return !of(it) })
		if err != nil {
			return err
		}
		part := NewConfusion(threeClasses...)
		for _, it := range pick(c.Items, of) {
			_, pol := m.Score(&text.Doc{Runes: it.Runes, Lang: "en"}, [2]int32{0, int32(len(it.Runes))}, 0)
			truth, predicted := int(it.Label)+1, polarityClass(pol)
			part.Add(truth, predicted)
			all.Add(truth, predicted)
		}
		parts[name] = part.Accuracy()
	}
	lex, err := three(e.lexicon, pick(c.Items, func(it *fit.Item) bool { return it.Set == sentiment.SetAirline }))
	if err != nil {
		return err
	}
	s := e.add(Set{Name: "airline_tweets, three classes", Protocol: "each airline predicted by a model fitted without it", Model: result(all), Lexicon: lex, Parts: parts})
	e.goal(Goal{Measure: "airline_tweets 3-way accuracy, airline left out", Protocol: "fitted again without the airline", Goal: 0.822}, s, accuracy)
	e.goal(Goal{Measure: "airline_tweets 3-way macro-F1, airline left out", Protocol: "fitted again without the airline", Goal: 0.757}, s, macroF1)
	return nil
}

func argmax(m []float32) int {
	best := 0
	for i, v := range m {
		if v > m[best] {
			best = i
		}
	}
	return best
}
