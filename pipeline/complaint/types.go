package complaint

import (
	"slices"

	"fenghuo/pipeline/model"
	"fenghuo/pipeline/model/corpus"
	"fenghuo/pipeline/model/fit"
	"fenghuo/schemas"
)

// builtIn is the number of schemas.ComplaintTypes, in whose order the outputs
// of a table of types and the first types of a Lexicon stand.
const builtIn = 10

// Settings of the tables of types.
const (
	keepTypes      = 40_000
	typeFolds      = 5
	typeCost       = 10
	everydayShare  = 16 // everyday reviews and tweets are thinned out, one in so many,
	everydayWeight = 0.08
)

// typeModel is fitted to tell the type of a complaint from what happened, where
// no strong word of the lexicon stands.
type typeModel struct {
	table *model.Table
	right model.Calibration // how often the best type is right, by its margin
}

// likeliest is the best type, as an index in schemas.ComplaintTypes, and how
// likely it is right.
func (m *typeModel) likeliest(runes []rune) (typ int, right float32) {
	var margins [model.MaxOutputs]float32
	m.table.Margins(runes, &margins)
	typ = BestType(&margins)
	return typ, m.right.At(margins[typ])
}

// BestType is the index of the largest margin of a table of types.
func BestType(margins *[model.MaxOutputs]float32) (best int) {
	for o := range builtIn {
		if margins[o] > margins[best] {
			best = o
		}
	}
	return best
}

// TypeCorpus holds what a table of types learns from: the complaints told for
// this project, and displeased reviews or tweets of everyday shopping and
// travel, so that their wording is not taken for a type that is rare there.
func TypeCorpus(dir string, english bool) (*fit.Corpus, error) {
	if english {
		return load(dir, model.Features{Min: 2, Max: 5, Words: true}, []source{
			{SetTold, func(string) ([]corpus.Example, error) { return corpus.ToldEnglish() }},
			{setAirline, everydayComplaints(corpus.Airline)},
		})
	}
	return load(dir, model.Features{Min: 1, Max: 2}, []source{
		{SetTold, func(string) ([]corpus.Example, error) { return corpus.Told() }},
		{setShopping, everydayComplaints(corpus.Shopping)}, {setJD, everydayComplaints(corpus.JD)},
	})
}

// everydayComplaints thins out the displeased ones of a set.
func everydayComplaints(read func(string) ([]corpus.Example, error)) func(string) ([]corpus.Example, error) {
	return func(dir string) ([]corpus.Example, error) {
		all, err := read(dir)
		return slices.DeleteFunc(all, func(e corpus.Example) bool {
			return e.Label != corpus.Neg || e.Test || corpus.Fold(e.Text, everydayShare) != 0
		}), err
	}
}

// rareTypes are seldom what everyday reviews and tweets complain of; the others
// are, but which of them is not labelled.
var rareTypes = []schemas.ComplaintType{
	schemas.CounterfeitIP, schemas.FalseAdvertising, schemas.DataSecurity, schemas.Compliance, schemas.BrandImage, schemas.InternalManagement,
}

// complainsOf is the class of an item for a type: 1 it complains of it, -1 of
// others, 0 unknown.
func complainsOf(it *fit.Item, typ schemas.ComplaintType) int8 {
	switch {
	case it.Set == SetTold:
		return yes(slices.Contains(it.Aspect, string(typ)))
	case slices.Contains(rareTypes, typ):
		return -1
	}
	return 0
}

// typeRecipe is how a table of types is fitted: an output a type.
func typeRecipe() fit.Recipe {
	r := fit.Recipe{Keep: keepTypes}
	for _, typ := range schemas.ComplaintTypes {
		r.Tasks = append(r.Tasks, fit.Task{
			Class: func(it *fit.Item) int8 { return complainsOf(it, typ) },
			Group: func(it *fit.Item) string { return it.Set },
			Weight: func(it *fit.Item) float32 {
				if it.Set == SetTold {
					return 1
				}
				return everydayWeight
			},
			Cost:  typeCost,
			Blend: fit.Blend{{Share: 0.5, Solve: fit.Plain}, {Share: 0.5, Solve: fit.Arow}},
		})
	}
	return r
}

// TypesByTrade scores every told complaint of c by a table that was fitted
// without those of its trade.
func TypesByTrade(c *fit.Corpus) (fit.ScoredItems, error) {
	var out fit.ScoredItems
	for k := range typeFolds {
		held := func(it *fit.Item) bool { return it.Set == SetTold && corpus.Fold(it.Domain, typeFolds) == k }
		t, err := c.Fit(typeRecipe(), func(it *fit.Item) bool { return !held(it) })
		if err != nil {
			return nil, err
		}
		out = append(out, c.Score(t, held)...)
	}
	return out, nil
}

// fitTypes fits and calibrates a table of types.
func fitTypes(dir string, english bool) (m typeModel, err error) {
	c, err := TypeCorpus(dir, english)
	if err != nil {
		return m, err
	}
	if m.table, err = c.Fit(typeRecipe(), func(*fit.Item) bool { return true }); err != nil {
		return m, err
	}
	scored, err := TypesByTrade(c)
	if err != nil {
		return m, err
	}
	var points []fit.Point
	for _, s := range scored {
		p := fit.Point{Margin: s.Margins[BestType(&s.Margins)]}
		if slices.Contains(s.Item.Aspect, string(schemas.ComplaintTypes[BestType(&s.Margins)])) {
			p.Y = 1
		}
		points = append(points, p)
	}
	m.right = fit.Isotonic(points)
	return m, nil
}
