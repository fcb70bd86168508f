package analyzer

import (
	"cmp"
	"slices"
	"strings"

	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

// Explanation says which words of a post moved its scores, strongest first.
type Explanation struct {
	Sentiment  []Reason
	Complaints map[schemas.ComplaintType][]Reason // of the types that score
}

// Reason is a piece of the original text and how much it moved a score: of
// the sentiment what it weighs in the sum, below 0 towards negative; of a
// complaint type by how much the score falls without it.
type Reason struct {
	Text   string
	Weight float32
}

// least is the fall of a type's score that is worth telling.
const least = .005

// Explain explains the answer to the post that was analysed last with s.
func (a *Analyzer) Explain(p *schemas.Post, s *Scratch) Explanation {
	d := &s.doc
	e := Explanation{Complaints: map[schemas.ComplaintType][]Reason{}}
	for _, c := range a.sentiment.Explain(d, [2]int32{0, int32(len(d.Runes))}, p.Rating) {
		e.Sentiment = append(e.Sentiment, Reason{Text: original(d, c.Start, c.End), Weight: c.Weight})
	}
	a.explainComplaints(d, d.Tokens, &s.result, &e)
	for _, reasons := range e.Complaints {
		slices.SortStableFunc(reasons, func(a, b Reason) int { return cmp.Compare(b.Weight, a.Weight) })
	}
	return e
}

// explainComplaints looks for the words among some that stand side by side. Where
// all of them together change nothing none is asked alone: a long text is scored
// some times for every word that counts, and not once for every word.
func (a *Analyzer) explainComplaints(d *text.Doc, words []text.Token, r *Result, e *Explanation) {
	if len(words) == 0 {
		return
	}
	start, end := words[0].Start, words[len(words)-1].End
	without := a.complaintsWithout(d, start, end, r.Sentiment)
	var falls []schemas.ComplaintScore
	for _, c := range r.Complaints {
		if fall := c.Score - score(without, c.Type); fall >= least {
			falls = append(falls, schemas.ComplaintScore{Type: c.Type, Score: fall})
		}
	}
	switch {
	case len(falls) == 0:
	case len(words) == 1:
		for _, c := range falls {
			e.Complaints[c.Type] = append(e.Complaints[c.Type], Reason{Text: original(d, start, end), Weight: c.Score})
		}
	default:
		half := len(words) / 2
		a.explainComplaints(d, words[:half], r, e)
		a.explainComplaints(d, words[half:], r, e)
	}
}

// complaintsWithout scores d with spaces in the place of a span.
func (a *Analyzer) complaintsWithout(d *text.Doc, start, end int32, sentiment float32) []schemas.ComplaintScore {
	span := d.Runes[start:end]
	kept := slices.Clone(span)
	defer copy(span, kept)
	for i := range span {
		span[i] = ' '
	}
	_, types := a.complaint.Score(d, sentiment, nil)
	return types
}

// original is a span of d as it was written.
func original(d *text.Doc, start, end int32) string {
	return strings.TrimSpace(strings.Clone(d.Raw[d.Offsets[start]:d.Offsets[end]]))
}

func score(types []schemas.ComplaintScore, of schemas.ComplaintType) float32 {
	if i := slices.IndexFunc(types, func(c schemas.ComplaintScore) bool { return c.Type == of }); i >= 0 {
		return types[i].Score
	}
	return 0
}
