package sentiment

import (
	"fmt"

	"fenghuo/pipeline/model"
	"fenghuo/pipeline/model/corpus"
	"fenghuo/pipeline/model/fit"
)

// Outputs of the Chinese table. Most Chinese sets know no neutral text, so the
// two-class decision has an output of its own.
const (
	outPositive = iota // positive against negative
	outNeutral         // neutral against both
	chineseOutputs
)

// Outputs of the English table: each class against the other two.
const (
	outNeg = iota
	outNeu
	outPos
	englishOutputs
)

// kind is that of the model file.
const kind = "sentiment"

// Sizes of the fitted tables, in features, and the folds of calibration.
const (
	keepChinese = 320_000
	keepEnglish = 120_000
	folds       = 3
)

// Sets of the Chinese and the English corpus.
const (
	SetShopping  = "shopping_reviews"
	SetWeibo     = "weibo2018_train"
	SetVirus     = "smp2020_virus"
	SetJD        = "jd_reviews"
	SetCosmetics = "cosmetics_aspects"
	SetAuto      = "auto_aspects"
	SetAirline   = "airline_tweets"
	setWords     = "words"
)

type source struct {
	set  string
	read func(dir string) ([]corpus.Example, error)
}

// ChineseCorpus reads what the Chinese tables are fitted on.
func ChineseCorpus(dir string) (*fit.Corpus, error) {
	return load(dir, model.Features{Min: 1, Max: 4}, []source{
		{SetShopping, corpus.Shopping}, {SetWeibo, corpus.Weibo}, {SetVirus, corpus.Virus}, {SetJD, corpus.JD},
		{SetCosmetics, corpus.Cosmetics}, {SetAuto, corpus.Auto}, {setWords, corpus.Words},
	})
}

// EnglishCorpus reads what the English tables are fitted on.
func EnglishCorpus(dir string) (*fit.Corpus, error) {
	return load(dir, model.Features{Min: 2, Max: 5, Words: true}, []source{
		{SetAirline, corpus.Airline}, {setWords, corpus.EnglishWords},
	})
}

func load(dir string, f model.Features, sources []source) (*fit.Corpus, error) {
	c := fit.NewCorpus(f)
	for _, s := range sources {
		examples, err := s.read(dir)
		if err != nil {
			return nil, err
		}
		if err := c.Add(s.set, examples); err != nil {
			return nil, fmt.Errorf("%s: %w", s.set, err)
		}
	}
	c.Close()
	return c, nil
}

// Untested accepts what is in no set's own test split: what may be fitted on.
func Untested(it *fit.Item) bool { return !it.Test }

// ChineseRecipe is how the Chinese table is fitted.
func ChineseRecipe() fit.Recipe {
	return fit.Recipe{Keep: keepChinese, Tasks: []fit.Task{
		outPositive: {Cost: 10, Blend: true, Group: group, Weight: weight, Class: func(it *fit.Item) int8 { return int8(it.Label) }},
		outNeutral: {Cost: 4, Group: group, Class: func(it *fit.Item) int8 {
			if !hasNeutral(it.Set) {
				return 0
			}
			return against(it, corpus.Neu)
		}},
	}}
}

// EnglishRecipe is how the English table is fitted.
func EnglishRecipe() fit.Recipe {
	r := fit.Recipe{Keep: keepEnglish}
	for _, l := range []corpus.Label{outNeg: corpus.Neg, outNeu: corpus.Neu, outPos: corpus.Pos} {
		r.Tasks = append(r.Tasks, fit.Task{Cost: 6, Blend: true, Group: group, Weight: weight, Class: func(it *fit.Item) int8 {
			if it.Set == setWords && l == corpus.Neu {
				return 0
			}
			return against(it, l)
		}})
	}
	return r
}

func against(it *fit.Item, l corpus.Label) int8 {
	if it.Label == l {
		return 1
	}
	return -1
}

// weight lifts the hand-labelled posts, which are few and unlike reviews, and
// lowers single words, which are many and no texts. By measurement.
func weight(it *fit.Item) float32 {
	switch it.Set {
	case SetWeibo:
		return 2.5
	case setWords:
		return 0.3
	}
	return 1
}

// group is a set, or a category of the shopping reviews: domains differ in
// size and in their share of complaints, and neither is news about a text.
func group(it *fit.Item) string {
	if it.Set == SetShopping {
		return it.Domain
	}
	return it.Set
}

// Fit fits and calibrates the whole model on the sets in dir.
func Fit(dir string, progress func(string)) (*Model, error) {
	m := &Model{}
	for _, l := range []struct {
		name   string
		corpus func(string) (*fit.Corpus, error)
		recipe fit.Recipe
		to     *scorer
	}{
		{"Chinese", ChineseCorpus, ChineseRecipe(), &m.chinese},
		{"English", EnglishCorpus, EnglishRecipe(), &m.english},
	} {
		c, err := l.corpus(dir)
		if err != nil {
			return nil, err
		}
		progress(fmt.Sprintf("sentiment, %s: fitting %d texts", l.name, len(c.Items)))
		if l.to.table, err = c.Fit(l.recipe, Untested); err != nil {
			return nil, err
		}
		progress(fmt.Sprintf("sentiment, %s: calibrating by %d folds", l.name, folds))
		points, err := c.OutOfFold(l.recipe, Untested, folds)
		if err != nil {
			return nil, err
		}
		l.to.calibrate(points)
	}
	return m, nil
}

func (s *scorer) calibrate(points fit.ScoredItems) {
	s.positive = points.Calibrate(s.margin, func(it *fit.Item) int8 {
		if it.Set == setWords || it.Label == corpus.Neu {
			return -1
		}
		return int8(it.Label+1) / 2
	})
	if s.table.Outputs != chineseOutputs {
		return
	}
	neutral := func(m *[model.MaxOutputs]float32) float32 { return m[outNeutral] }
	s.neutral = points.Calibrate(neutral, func(it *fit.Item) int8 {
		switch {
		case !hasNeutral(it.Set):
			return -1
		case it.Label == corpus.Neu:
			return 1
		}
		return 0
	})
}

// hasNeutral says whether a Chinese set's labels know a neutral text.
func hasNeutral(set string) bool {
	return set == SetVirus || set == SetJD || set == SetCosmetics || set == SetAuto
}
