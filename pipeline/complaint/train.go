package complaint

import (
	"fmt"
	"slices"

	"fenghuo/pipeline/model"
	"fenghuo/pipeline/model/corpus"
	"fenghuo/pipeline/model/fit"
	"fenghuo/schemas"
)

// Outputs of a complaint table: is it a complaint, then the topics.
const (
	outComplaint = iota
	outTopics
	outputs = outTopics + topics
	topics  = 3
)

// kind is that of the model file.
const kind = "complaint"

// Sizes of the fitted tables, in features, and the folds of calibration.
const (
	keepChinese = 100_000
	keepEnglish = 60_000
	folds       = 3
)

// Weights of the made sentences. By measurement: those in English teach what
// the labelled tweets contradict.
const (
	madeChinese = 1
	madeEnglish = 0.037
)

// Topics that labelled data exists for, by language, in the order of outputs.
var (
	chineseTopics = [topics]schemas.ComplaintType{schemas.Logistics, schemas.CustomerService, schemas.CounterfeitIP}
	englishTopics = [topics]schemas.ComplaintType{schemas.Logistics, schemas.CustomerService, schemas.ProductQuality}
)

// aspectTypes says which complaint type an aspect of a labelled set is about.
var aspectTypes = map[string]schemas.ComplaintType{
	"物流": schemas.Logistics, "服务": schemas.CustomerService, "真伪": schemas.CounterfeitIP,
	"Late Flight": schemas.Logistics, "Cancelled Flight": schemas.Logistics, "Lost Luggage": schemas.Logistics, "Damaged Luggage": schemas.Logistics,
	"Customer Service Issue": schemas.CustomerService, "Flight Attendant Complaints": schemas.CustomerService,
	"Flight Booking Problems": schemas.CustomerService, "longlines": schemas.CustomerService,
	"Bad Flight": schemas.ProductQuality,
}

// Names of the sets.
const (
	SetTweets   = "twitter_complaints"
	SetTold     = "told complaints"
	setAirline  = "airline_tweets"
	setShopping = "shopping_reviews"
	setJD       = "jd_reviews"
	setCosmetic = "cosmetics_aspects"
	setWeibo    = "weibo2018_train"
	setVirus    = "smp2020_virus"
	setTitles   = "weibo_hot_titles"
	setAuto     = "auto_aspects"
	setEveryday = "everyday sentences"
)

// titleShare thins out the hot-search titles, one in so many.
const titleShare = 20

type source struct {
	set  string
	read func(dir string) ([]corpus.Example, error)
}

// chineseCorpus holds reviews, of which the bad ones complain, what people
// write when they do not (posts and titles about anything else), and short made
// sentences of both.
func chineseCorpus(dir string) (*fit.Corpus, error) {
	return load(dir, model.Features{Min: 1, Max: 3}, []source{
		{setShopping, corpus.Shopping}, {setJD, corpus.JD}, {setCosmetic, corpus.Cosmetics}, {setAuto, corpus.Auto},
		{setWeibo, corpus.Weibo}, {setVirus, corpus.Virus},
		{setTitles, func(dir string) ([]corpus.Example, error) {
			all, err := corpus.Titles(dir)
			return slices.DeleteFunc(all, func(e corpus.Example) bool { return corpus.Fold(e.Text, titleShare) != 0 }), err
		}},
		{setEveryday, func(string) ([]corpus.Example, error) { return corpus.Everyday() }},
	})
}

// EnglishCorpus holds the tweets labelled as complaints, those to airlines, and
// short made sentences.
func EnglishCorpus(dir string) (*fit.Corpus, error) {
	return load(dir, model.Features{Min: 2, Max: 5, Words: true}, []source{
		{SetTweets, corpus.Complaints}, {setAirline, corpus.Airline},
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

// complains is the class of an item: 1 a complaint, -1 none, 0 unknown.
func complains(it *fit.Item) int8 {
	switch it.Set {
	case SetTweets, setEveryday:
		return yes(it.Flag)
	case setAirline, setShopping, setJD, setCosmetic:
		return yes(it.Label == corpus.Neg)
	case setAuto: // a fault in a comparison of cars is not yet a complaint
		if it.Label == corpus.Neg {
			return 0
		}
		return -1
	}
	return -1
}

// about is the class of an item for a type: 1 it speaks of it, -1 of others,
// 0 not labelled.
func about(it *fit.Item, typ schemas.ComplaintType) int8 {
	switch {
	case it.Set == setJD && typ == schemas.CounterfeitIP:
		return yes(it.Flag)
	case it.Set == setAirline && len(it.Aspect) > 0 && it.Aspect[0] != "Can't Tell":
		return yes(aspectTypes[it.Aspect[0]] == typ)
	case it.Set == setCosmetic:
		return yes(slices.ContainsFunc(it.Aspect, func(a string) bool { return aspectTypes[a] == typ }))
	}
	return 0
}

func yes(b bool) int8 {
	if b {
		return 1
	}
	return -1
}

func recipe(types [topics]schemas.ComplaintType, keep int, made float32) fit.Recipe {
	// What is no review stands as a group without complaints: their weights
	// stay at 1 and keep foreign bad news from being taken for a complaint.
	group := func(it *fit.Item) string {
		if it.Set == setShopping {
			return it.Domain
		}
		return it.Set
	}
	weight := func(it *fit.Item) float32 {
		switch it.Set {
		case setAirline: // a negative tweet is not labelled as a complaint; it is one most of the time
			return 0.2
		case setEveryday:
			return made
		}
		return 1
	}
	r := fit.Recipe{Keep: keep, Tasks: []fit.Task{{Class: complains, Group: group, Weight: weight, Cost: 10, Blend: fit.Blend{{Share: 0.5, Solve: fit.Logistic}, {Share: 0.5, Solve: fit.Dropout}}}}}
	for _, typ := range types {
		r.Tasks = append(r.Tasks, fit.Task{Class: func(it *fit.Item) int8 { return about(it, typ) }, Group: group, Cost: 10})
	}
	return r
}

// EnglishRecipe is how the English table is fitted.
func EnglishRecipe() fit.Recipe { return recipe(englishTopics, keepEnglish, madeEnglish) }

// untested accepts what is in no set's own test split.
func untested(it *fit.Item) bool { return !it.Test }

// fitted is the fitted model of one language.
type fitted struct {
	table       *model.Table
	calibration [outputs]model.Calibration
	types       typeModel
}

// Fitted holds the fitted models of both languages.
type Fitted struct{ chinese, english fitted }

// Fit fits and calibrates the models on the sets in dir.
func Fit(dir string, progress func(string)) (*Fitted, error) {
	m := &Fitted{}
	for _, l := range []struct {
		name   string
		corpus func(string) (*fit.Corpus, error)
		types  [topics]schemas.ComplaintType
		keep   int
		made   float32
		to     *fitted
	}{
		{"Chinese", chineseCorpus, chineseTopics, keepChinese, madeChinese, &m.chinese},
		{"English", EnglishCorpus, englishTopics, keepEnglish, madeEnglish, &m.english},
	} {
		c, err := l.corpus(dir)
		if err != nil {
			return nil, err
		}
		r := recipe(l.types, l.keep, l.made)
		progress(fmt.Sprintf("complaints, %s: fitting %d texts", l.name, len(c.Items)))
		if l.to.table, err = c.Fit(r, untested); err != nil {
			return nil, err
		}
		progress(fmt.Sprintf("complaints, %s: calibrating by %d folds", l.name, folds))
		scored, err := c.OutOfFold(r, untested, folds)
		if err != nil {
			return nil, err
		}
		l.to.calibrate(scored, r)
		progress(fmt.Sprintf("complaints, %s: fitting types", l.name))
		if l.to.types, err = fitTypes(dir, l.to == &m.english); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// calibrate fits the calibrations of every output; the made sentences, of
// which there are as many as asked for, do not count.
func (f *fitted) calibrate(scored fit.ScoredItems, r fit.Recipe) {
	for o, t := range r.Tasks {
		f.calibration[o] = scored.Calibrate(func(m *[model.MaxOutputs]float32) float32 { return m[o] }, func(it *fit.Item) int8 {
			if y := t.Class(it); y != 0 && it.Set != setEveryday {
				return (y + 1) / 2
			}
			return -1
		})
	}
}
