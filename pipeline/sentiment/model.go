package sentiment

import (
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

// Model scores texts. It is immutable and safe for concurrent use.
type Model struct {
	lexicon *Lexicon
}

// Load returns the built-in model.
func Load() (*Model, error) {
	l, err := NewLexicon()
	if err != nil {
		return nil, err
	}
	return &Model{lexicon: l}, nil
}

// Score rates d.Runes[span[0]:span[1]]. Rating is a review's 1..5 stars, 0 =
// none. The score is -1..1; its sign is the two-class decision.
func (m *Model) Score(d *text.Doc, span [2]int32, rating float32) (float32, schemas.Polarity) {
	return m.lexicon.Score(d, span, rating)
}

// Explain lists the spans that moved the score, strongest first.
func (m *Model) Explain(d *text.Doc, span [2]int32, rating float32) []text.Contribution {
	return m.lexicon.Explain(d, span)
}
