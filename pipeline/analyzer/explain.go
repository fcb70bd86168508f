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
	seen := s.result.Complaints
	for _, t := range d.Tokens {
		_, without := a.complaint.Score(blank(d, t), s.result.Sentiment, nil)
		for _, c := range seen {
			if fall := c.Score - score(without, c.Type); fall >= least {
				e.Complaints[c.Type] = append(e.Complaints[c.Type], Reason{Text: original(d, t.Start, t.End), Weight: fall})
			}
		}
	}
	for _, reasons := range e.Complaints {
		slices.SortStableFunc(reasons, func(a, b Reason) int { return cmp.Compare(b.Weight, a.Weight) })
	}
	return e
}

// original is a span of d as it was written.
func original(d *text.Doc, start, end int32) string {
	return strings.TrimSpace(strings.Clone(d.Raw[d.Offsets[start]:d.Offsets[end]]))
}

// blank is d with spaces instead of one token.
func blank(d *text.Doc, t text.Token) *text.Doc {
	out := *d
	out.Runes = slices.Clone(d.Runes)
	for i := t.Start; i < t.End; i++ {
		out.Runes[i] = ' '
	}
	return &out
}

func score(types []schemas.ComplaintScore, of schemas.ComplaintType) float32 {
	if i := slices.IndexFunc(types, func(c schemas.ComplaintScore) bool { return c.Type == of }); i >= 0 {
		return types[i].Score
	}
	return 0
}
