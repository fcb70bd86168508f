package evaluate

import (
	"fmt"
	"slices"

	"fenghuo/pipeline/complaint"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/model"
	"fenghuo/pipeline/model/corpus"
	"fenghuo/pipeline/model/fit"
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

// tweets predicts each fold of the complaint tweets by a model fitted without
// it.
func (e *evaluation) tweets() error {
	c, err := complaint.EnglishCorpus(e.dir)
	if err != nil {
		return err
	}
	r := complaint.EnglishRecipe()
	r.Tasks = r.Tasks[:1]
	table := NewConfusion("other", "complaint")
	of := func(it *fit.Item) bool { return it.Set == complaint.SetTweets }
	for k := range hashFolds {
		e.progress(fmt.Sprintf("twitter_complaints, fold %d of %d", k+1, hashFolds))
		held := func(it *fit.Item) bool { return of(it) && corpus.Fold(it.Text, hashFolds) == k }
		t, err := c.Fit(r, func(it *fit.Item) bool { return !held(it) })
		if err != nil {
			return err
		}
		for _, s := range c.Score(t, held) {
			table.Add(class(s.Item.Flag), class(s.Margins[0] > 0))
		}
	}
	base := NewConfusion("other", "complaint")
	for _, it := range pick(c.Items, of) {
		got, _, err := complains(e.words, e.lexicon, it.Text)
		if err != nil {
			return err
		}
		base.Add(class(it.Flag), class(got))
	}
	s := e.add(Set{Name: "twitter_complaints", Protocol: "five folds by hash, each predicted by a model fitted without it", Model: result(table), Lexicon: result(base)})
	e.goal(Goal{Measure: "twitter_complaints accuracy, 5 folds", Protocol: "fitted again without the fold", Goal: 0.835}, s, accuracy)
	e.goal(Goal{Measure: "twitter_complaints F1 of complaint, 5 folds", Protocol: "fitted again without the fold", Goal: 0.77}, s, func(r *Result) float64 { return r.ClassF1["complaint"] })
	return nil
}

// complains asks a complaint model about a text, with the sentiment of feel.
func complains(m *complaint.Model, feel scorer, raw string) (bool, []schemas.ComplaintType, error) {
	var d text.Doc
	if err := text.Normalize(&d, raw); err != nil {
		return false, nil, err
	}
	feeling, _ := feel.Score(&d, [2]int32{0, int32(len(d.Runes))}, 0)
	is, scores := m.Score(&d, feeling, nil)
	var types []schemas.ComplaintType
	for _, s := range scores {
		if is && s.Score >= complaint.Threshold {
			types = append(types, s.Type)
		}
	}
	return is, types, nil
}

// sentences measures the complaint types on the project's own sentences.
func (e *evaluation) sentences() error {
	all, err := complaint.Sentences()
	if err != nil {
		return err
	}
	full, err := complaint.Load(config.Complaints{})
	if err != nil {
		return err
	}
	for _, half := range []struct {
		name string
		in   func(complaint.Sentence) bool
	}{
		{"held half", complaint.Sentence.Held},
		{"open half", func(s complaint.Sentence) bool { return !s.Held() }},
		{"all", func(complaint.Sentence) bool { return true }},
	} {
		in := slices.DeleteFunc(slices.Clone(all), func(s complaint.Sentence) bool { return !half.in(s) })
		got, err := sentenceResult(full, e.model, in)
		if err != nil {
			return err
		}
		lex, err := sentenceResult(e.words, e.lexicon, in)
		if err != nil {
			return err
		}
		s := e.add(Set{Name: "complaint sentences, " + half.name, Protocol: "built-in model; class F1 by type, accuracy of complaint or not", Model: got, Lexicon: lex})
		if half.name == "held half" {
			e.goal(Goal{Measure: "own complaint sentences, held half, macro-F1 of types", Protocol: "built-in model", Goal: 0.90}, s, macroF1)
		}
	}
	return nil
}

func sentenceResult(m *complaint.Model, feel scorer, in []complaint.Sentence) (*Result, error) {
	count := map[schemas.ComplaintType]*hits{}
	for _, t := range schemas.ComplaintTypes {
		count[t] = &hits{}
	}
	table := NewConfusion("other", "complaint")
	var micro hits
	for _, s := range in {
		is, types, err := complains(m, feel, s.Text)
		if err != nil {
			return nil, err
		}
		table.Add(class(s.Complaint), class(is))
		for _, t := range schemas.ComplaintTypes {
			truth, got := slices.Contains(s.Types, t), slices.Contains(types, t)
			count[t].add(truth, got)
			micro.add(truth, got)
		}
	}
	r := result(table)
	r.MicroF1, r.MacroF1, r.ClassF1 = micro.f1(), 0, map[string]float64{}
	for t, h := range count {
		r.ClassF1[string(t)] = h.f1()
	}
	r.MacroF1 = mean(r.ClassF1)
	return r, nil
}

// types measures the tables of types on the told complaints, each trade
// predicted without its own.
func (e *evaluation) types() error {
	var names []string
	for _, t := range schemas.ComplaintTypes {
		names = append(names, string(t))
	}
	for _, language := range []struct {
		name    string
		english bool
	}{{"Chinese", false}, {"English", true}} {
		e.progress("told complaints, " + language.name)
		c, err := complaint.TypeCorpus(e.dir, language.english)
		if err != nil {
			return err
		}
		scored, err := complaint.TypesByTrade(c)
		if err != nil {
			return err
		}
		table := NewConfusion(names...)
		for _, s := range scored {
			if len(s.Item.Aspect) == 1 {
				table.Add(slices.Index(names, s.Item.Aspect[0]), complaint.BestType(&s.Margins))
			}
		}
		e.add(Set{Name: "told complaints, " + language.name, Protocol: "fitted types alone, of complaints of one type; each trade predicted by a model fitted without it", Model: result(table)})
	}
	return nil
}

// An aspect counts from the margin that gives the best micro-F1 on inner folds
// of what the table was fitted on: predicting one pays where it is right more
// often than half the F1 reached.
const (
	thresholdFolds = 3
	halfF1         = 0.45
)

// aspects measures multi-label aspects by five folds; every aspect is an
// output of one table.
func (e *evaluation) aspects(set string, read func(string) ([]corpus.Example, error)) (*Set, error) {
	e.progress(set + ", five folds")
	c := fit.NewCorpus(model.Features{Min: 1, Max: 3})
	examples, err := read(e.dir)
	if err != nil {
		return nil, err
	}
	if err := c.Add(set, examples); err != nil {
		return nil, err
	}
	c.Close()
	var names []string
	for _, it := range c.Items {
		for _, a := range it.Aspect {
			if !slices.Contains(names, a) {
				names = append(names, a)
			}
		}
	}
	slices.Sort(names)
	r := fit.Recipe{Keep: 60_000}
	for _, a := range names {
		has := func(it *fit.Item) int8 {
			if slices.Contains(it.Aspect, a) {
				return 1
			}
			return -1
		}
		r.Tasks = append(r.Tasks, fit.Task{Class: has, Group: aspectGroup, Cost: 10})
	}
	var scored fit.ScoredItems
	var least [][]float32 // by item of scored: the margin from which each aspect counts
	for k := range hashFolds {
		held := func(it *fit.Item) bool { return corpus.Fold(it.Text, hashFolds) == k }
		rest := func(it *fit.Item) bool { return !held(it) }
		t, err := c.Fit(r, rest)
		if err != nil {
			return nil, err
		}
		open, err := c.OutOfFold(r, rest, thresholdFolds)
		if err != nil {
			return nil, err
		}
		thresholds := make([]float32, len(names))
		for i := range names {
			thresholds[i] = open.Threshold(i, r.Tasks[i].Class, halfF1)
		}
		for _, s := range c.Score(t, held) {
			scored, least = append(scored, s), append(least, thresholds)
		}
	}
	count := make([]hits, len(names))
	var micro hits
	among := 0
	for k, s := range scored {
		for i, a := range names {
			truth, got := slices.Contains(s.Item.Aspect, a), s.Margins[i] > least[k][i]
			count[i].add(truth, got)
			micro.add(truth, got)
		}
		if slices.Contains(s.Item.Aspect, names[argmax(s.Margins[:len(names)])]) {
			among++
		}
	}
	res := &Result{N: len(scored), Accuracy: ratio(among, len(scored)), MicroF1: micro.f1(), ClassF1: map[string]float64{}}
	for i, a := range names {
		res.ClassF1[a] = count[i].f1()
	}
	res.MacroF1 = mean(res.ClassF1)
	return e.add(Set{Name: set, Protocol: "five folds by hash, thresholds from inner folds; accuracy is the share of texts whose best aspect is among the true ones", Model: res}), nil
}

func aspectGroup(it *fit.Item) string { return it.Set }

// reasons predicts why a negative tweet complains, each airline left out.
func (e *evaluation) reasons() error {
	e.progress("airline_tweets, reasons")
	examples, err := corpus.Airline(e.dir)
	if err != nil {
		return err
	}
	examples = slices.DeleteFunc(examples, func(x corpus.Example) bool { return len(x.Aspect) == 0 })
	c := fit.NewCorpus(model.Features{Min: 2, Max: 5, Words: true})
	if err := c.Add("airline_tweets", examples); err != nil {
		return err
	}
	c.Close()
	var names []string
	parts := map[string]float64{}
	for _, it := range c.Items {
		parts[it.Domain] = 0
		if !slices.Contains(names, it.Aspect[0]) {
			names = append(names, it.Aspect[0])
		}
	}
	slices.Sort(names)
	r := fit.Recipe{Keep: 60_000}
	for _, a := range names {
		r.Tasks = append(r.Tasks, fit.Task{Group: aspectGroup, Cost: 10, Class: func(it *fit.Item) int8 { return int8(2*class(it.Aspect[0] == a) - 1) }})
	}
	table := NewConfusion(names...)
	for _, name := range sorted(parts) {
		of := func(it *fit.Item) bool { return it.Domain == name }
		t, err := c.Fit(r, func(it *fit.Item) bool { return !of(it) })
		if err != nil {
			return err
		}
		for _, s := range c.Score(t, of) {
			table.Add(slices.Index(names, s.Item.Aspect[0]), argmax(s.Margins[:len(names)]))
		}
	}
	e.add(Set{Name: "airline_tweets, reasons", Protocol: "negative tweets; each airline predicted by a model fitted without it", Model: result(table)})
	return nil
}
