package complaint

import (
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

// Threshold is the score from which a type counts.
const Threshold = 0.5

// Model finds complaints. It is immutable and safe for concurrent use.
type Model struct {
	lex *Lexicon
}

// Load returns the built-in model, extended by the config's types and words.
func Load(extra config.Complaints) (*Model, error) {
	l, err := newLexicon(extra)
	if err != nil {
		return nil, err
	}
	return &Model{lex: l}, nil
}

// Score says whether d complains and appends to dst every type with its
// score, best first. Sentiment is the text's score in -1..1. When the text is
// no complaint no type scores Threshold or more.
func (m *Model) Score(d *text.Doc, sentiment float32, dst []schemas.ComplaintScore) (bool, []schemas.ComplaintScore) {
	var ev evidence
	m.lex.scan(d.Runes, &ev)
	complaint := m.decide(&ev, sentiment)
	return complaint, m.appendTypes(dst, &ev)
}

// How far a text's context lowers its evidence.
const (
	solvedFactor  = 0.3
	advertFactor  = 0.3
	newsFactor    = 0.45
	praisedFactor = 0.5
	pleased       = 0.3  // sentiment above it is pleased
	displeased    = -0.3 // below it displeased
)

// decide turns ev.strong into the final scores per type and says whether the
// text complains.
func (m *Model) decide(ev *evidence, sentiment float32) bool {
	if ev.cue[cueIrony] > 0 && sentiment > displeased {
		sentiment = displeased
	}
	negative := (1 - sentiment) / 2
	factor := float32(1)
	if ev.cue[cueSolved] > 0 && (sentiment > 0 || ev.cue[cuePraise] > 0) {
		factor *= solvedFactor
	}
	if ev.cue[cueAdvert] > 1 {
		factor *= advertFactor
	}
	if ev.cue[cueNews] > 0 && sentiment > -0.8 {
		factor *= newsFactor
	}
	if sentiment > pleased && ev.cue[cuePraise] > 0 {
		factor *= praisedFactor
	}
	var best float32
	for t := range m.lex.types {
		best = max(best, ev.strong[t]*factor)
	}
	// A weaker word speaks for a type when the text is displeased; when
	// another type is certain it has to be clearer.
	needed := float32(1)
	if best >= Threshold {
		needed = 0.85
	}
	for t := range m.lex.types {
		s := ev.strong[t]
		orInto(&s, ev.medium[t]*(0.4+negative)*needed)
		if best < Threshold {
			s = max(s, ev.topic[t]*(0.3+negative))
		}
		ev.strong[t] = s * factor
	}
	best = 0
	for t := range m.lex.types {
		best = max(best, ev.strong[t])
	}
	if best >= Threshold {
		return true
	}
	return factor == 1 && ev.cue[cueGeneral] > 0 && sentiment < displeased
}

func (m *Model) appendTypes(dst []schemas.ComplaintScore, ev *evidence) []schemas.ComplaintScore {
	base := len(dst)
	for t, id := range m.lex.types {
		s := ev.strong[t]
		if s < minScore {
			continue
		}
		i := len(dst)
		dst = append(dst, schemas.ComplaintScore{})
		for i > base && dst[i-1].Score < s {
			dst[i] = dst[i-1]
			i--
		}
		dst[i] = schemas.ComplaintScore{Type: id, Score: s}
	}
	return dst
}

// minScore is the least score worth telling.
const minScore = 0.05
