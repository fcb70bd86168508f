package evaluate

import (
	"fenghuo/pipeline/complaint"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/model"
	"fenghuo/pipeline/model/corpus"
	"fenghuo/pipeline/model/fit"
	"fenghuo/pipeline/sentiment"
)

// evaluation is one run over all sets.
type evaluation struct {
	dir      string
	progress func(string)
	model    *sentiment.Model
	lexicon  *sentiment.Lexicon
	words    *complaint.Model // complaint lexicon without fitted models
	report   Report
}

// Text measures everything on the labelled sets in dir.
func Text(dir string, progress func(string)) (*Report, error) {
	e := &evaluation{dir: dir, progress: progress}
	var err error
	if e.model, err = sentiment.Load(); err != nil {
		return nil, err
	}
	if e.lexicon, err = sentiment.NewLexicon(); err != nil {
		return nil, err
	}
	if e.words, err = complaint.LoadLexicon(config.Complaints{}); err != nil {
		return nil, err
	}
	for _, step := range []func() error{e.chinese, e.airlines, e.tweets, e.cosmetics, e.sentences, e.types, e.everyday, e.size, e.auto, e.reasons} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return &e.report, nil
}

func (e *evaluation) cosmetics() error {
	s, err := e.aspects("cosmetics_aspects, categories", corpus.Cosmetics)
	if err != nil {
		return err
	}
	e.goal(Goal{Measure: "cosmetics_aspects category micro-F1, 5 folds", Protocol: "fitted again without the fold", Goal: 0.897}, s, func(r *Result) float64 { return r.MicroF1 })
	return nil
}

func (e *evaluation) auto() error {
	_, err := e.aspects("auto_aspects, aspects", corpus.Auto)
	return err
}

// size reports the fitted files in the binary.
func (e *evaluation) size() error {
	mb := float64(len(model.Sentiment)+len(model.Complaint)) / (1 << 20)
	e.report.Goals = append(e.report.Goals, Goal{Measure: "models in the binary, MB", Protocol: "size of the files", N: 2, Goal: 8, Value: mb, AtMost: true})
	return nil
}

// builtIn measures the built-in model and the lexicon on the same items.
func (e *evaluation) builtIn(name string, items []fit.Item, measure func(scorer, []fit.Item) (*Result, error)) (*Set, error) {
	e.progress(name)
	m, err := measure(e.model, items)
	if err != nil {
		return nil, err
	}
	l, err := measure(e.lexicon, items)
	if err != nil {
		return nil, err
	}
	return e.add(Set{Name: name, Protocol: "built-in model, which never saw it", Model: m, Lexicon: l}), nil
}

func (e *evaluation) add(s Set) *Set {
	e.report.Sets = append(e.report.Sets, s)
	return &e.report.Sets[len(e.report.Sets)-1]
}

func (e *evaluation) goal(g Goal, s *Set, value func(*Result) float64) {
	g.N, g.Value = s.Model.N, value(s.Model)
	if s.Lexicon != nil {
		b := value(s.Lexicon)
		g.Baseline = &b
	}
	e.report.Goals = append(e.report.Goals, g)
}

func accuracy(r *Result) float64 { return r.Accuracy }
func macroF1(r *Result) float64  { return r.MacroF1 }
