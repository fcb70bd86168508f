package sentiment

import (
	"fmt"
	"slices"

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
	setTweets    = "twitter_complaints"
	setWords     = "words"
	setPlain     = "plain sentences"
	setEveryday  = "everyday sentences"
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
		{setPlain, func(string) ([]corpus.Example, error) { return corpus.Plain() }},
		{setEveryday, func(string) ([]corpus.Example, error) { return corpus.Everyday() }},
	})
}

// EnglishCorpus reads what the English tables are fitted on.
func EnglishCorpus(dir string) (*fit.Corpus, error) {
	return load(dir, model.Features{Min: 2, Max: 5, Words: true}, []source{
		{SetAirline, corpus.Airline}, {setTweets, corpus.Complaints}, {setWords, corpus.EnglishWords},
		{setPlain, func(string) ([]corpus.Example, error) { return corpus.PlainEnglish() }},
		{setEveryday, func(string) ([]corpus.Example, error) { return corpus.EverydayEnglish() }},
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

// chineseBlend has the shares that did best on folds and categories left out:
// the part without ratios helps where nothing was learnt, the support vectors
// with wrong labels, and what is fitted on half of each text with the rest.
var chineseBlend = fit.Blend{{Share: 0.2, Solve: fit.Plain}, {Share: 0.4, Solve: fit.SVM}, {Share: 0.4, Solve: fit.Arow}}

// englishBlend did best on airlines left out.
var englishBlend = fit.Blend{{Share: 0.5, Solve: fit.Logistic}, {Share: 0.5, Solve: fit.Arow}}

// ChineseRecipe is how the Chinese table is fitted.
func ChineseRecipe() fit.Recipe {
	return fit.Recipe{Keep: keepChinese, Tasks: []fit.Task{
		outPositive: {Cost: 20, Blend: chineseBlend, Group: group, Even: even, Weight: weight, Class: func(it *fit.Item) int8 { return int8(it.Label) }},
		outNeutral: {Cost: 4, Group: group, Weight: weight, Class: func(it *fit.Item) int8 {
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
		r.Tasks = append(r.Tasks, fit.Task{Cost: 6, Blend: englishBlend, Group: group, Weight: weight, Class: func(it *fit.Item) int8 {
			switch {
			case it.Set == setWords && l == corpus.Neu:
				return 0
			case it.Set == setTweets:
				return complains(it, l)
			}
			return against(it, l)
		}})
	}
	return r
}

// complains is the class of a tweet that is labelled as a complaint or not: a
// complaint is negative, and what is none may be anything else.
func complains(it *fit.Item, l corpus.Label) int8 {
	switch {
	case it.Flag && l == corpus.Neg:
		return 1
	case it.Flag || l == corpus.Neg:
		return -1
	}
	return 0
}

func against(it *fit.Item, l corpus.Label) int8 {
	if it.Label == l {
		return 1
	}
	return -1
}

// weight lifts the hand-labelled posts, which are few and unlike reviews, and
// lowers single words and made sentences, which nobody wrote. By measurement.
func weight(it *fit.Item) float32 {
	switch it.Set {
	case SetWeibo:
		return 3
	case setWords:
		return 0.3
	case setPlain:
		return 0.4
	case setEveryday:
		return 0.25
	}
	return 1
}

// even lets the classes of posts weigh half-way between as many as they are and
// the same: nobody chose how many there are of each, and people who post are
// pleased a little more often than not. By measurement.
func even(it *fit.Item) float64 {
	if it.Set == SetWeibo || it.Set == SetVirus {
		return 0.5
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
	c, err := ChineseCorpus(dir)
	if err != nil {
		return nil, err
	}
	progress(fmt.Sprintf("sentiment, Chinese: %d texts", len(c.Items)))
	var chinese scorer
	if chinese.table, err = c.Fit(ChineseRecipe(), Untested); err != nil {
		return nil, err
	}
	progress(fmt.Sprintf("sentiment, Chinese: calibrating by %d folds", folds))
	points, err := c.OutOfFold(ChineseRecipe(), Untested, folds)
	if err != nil {
		return nil, err
	}
	chinese.calibrate(points)
	if c, err = EnglishCorpus(dir); err != nil {
		return nil, err
	}
	progress(fmt.Sprintf("sentiment, English: %d texts", len(c.Items)))
	m, err := FitEnglish(c, Untested)
	if err != nil {
		return nil, err
	}
	m.chinese = chinese
	return m, nil
}

// FitEnglish fits a model of English texts alone on the items
// that in accepts.
func FitEnglish(c *fit.Corpus, in func(*fit.Item) bool) (*Model, error) {
	m := &Model{}
	var err error
	if m.lexicon, err = words(); err != nil {
		return nil, err
	}
	s := &m.english
	if s.table, err = c.Fit(EnglishRecipe(), in); err != nil {
		return nil, err
	}
	points, err := c.OutOfFold(EnglishRecipe(), in, folds)
	if err != nil {
		return nil, err
	}
	points = slices.DeleteFunc(points, func(p fit.Scored) bool { return p.Item.Set != SetAirline && !made(p.Item.Set) })
	s.second, err = fitSecond(points, m.lexicon)
	return m, err
}

// calibrate fits the calibrations of the Chinese table.
func (s *scorer) calibrate(points fit.ScoredItems) {
	s.positive = points.Calibrate(s.margin, func(it *fit.Item) int8 {
		if it.Set == setWords || made(it.Set) || it.Label == corpus.Neu {
			return -1
		}
		return int8(it.Label+1) / 2
	})
	neutral := func(m *[model.MaxOutputs]float32) float32 { return m[outNeutral] }
	s.neutral = points.Calibrate(neutral, func(it *fit.Item) int8 {
		switch {
		case !hasNeutral(it.Set) || made(it.Set):
			return -1
		case it.Label == corpus.Neu:
			return 1
		}
		return 0
	})
}

// hasNeutral says whether a Chinese set's labels know a neutral text.
func hasNeutral(set string) bool {
	return made(set) || set == SetVirus || set == SetJD || set == SetCosmetics || set == SetAuto
}

// made says whether a set's sentences were made by pattern.
func made(set string) bool { return set == setPlain || set == setEveryday }
