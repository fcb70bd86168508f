package complaint

import (
	"slices"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/model"
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

// Threshold is the score from which a type counts.
const Threshold = 0.5

// Model finds complaints. It is immutable and safe for concurrent use.
type Model struct {
	lex    *Lexicon
	fitted *Fitted // nil = lexicon alone
}

// Load returns the built-in model, extended by the config's types and words.
func Load(extra config.Complaints) (*Model, error) {
	m, err := LoadLexicon(extra)
	if err != nil {
		return nil, err
	}
	m.fitted, err = decodeFitted(model.Complaint)
	return m, err
}

// LoadLexicon returns the model without its fitted part: the baseline.
func LoadLexicon(extra config.Complaints) (*Model, error) {
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
	s := scanners.Get().(*scanner)
	defer scanners.Put(s)
	ev := s.scan(m.lex, d.Runes)
	complaint := m.decide(d, ev, sentiment)
	if complaint && !ev.clear {
		m.infer(d, ev)
	}
	return complaint, m.appendTypes(dst, ev, complaint)
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
func (m *Model) decide(d *text.Doc, ev *evidence, sentiment float32) bool {
	if ev.cue[cueIrony] > 0 && sentiment > displeased {
		sentiment = displeased
	}
	factor := contextFactor(ev, sentiment)
	best := ev.weigh(sentiment, factor)
	ev.clear = best >= Threshold
	english := d.Lang == "en" && m.fitted != nil
	likely := float32(possible) // without a fitted model general words decide
	// The fitted model costs as much as all else together, so it is asked
	// only where its answer can change the outcome.
	open := !ev.clear && (sentiment < displeased || ev.best() >= Threshold)
	if m.fitted != nil && (open || english && sentiment < pleased) {
		likely = m.consult(d, ev, best, factor)
	}
	best = ev.best()
	plain := factor == 1 && !ev.asked && ev.denied == 0
	if ev.own && best >= Threshold {
		return true // the operator's words are taken at theirs
	}
	if english {
		return likely >= 0.5 && factor == 1 && sentiment < pleased || best >= Threshold && sentiment < 0 && likely > doubtful
	}
	if best >= Threshold {
		return ev.clear || likely >= possible
	}
	return plain && sentiment < displeased && (likely >= 0.5 || ev.cue[cueGeneral] > 0 && likely >= possible)
}

// best is the best score of all types.
func (e *evidence) best() (best float32) {
	for types := e.types; types != 0; {
		best = max(best, e.strong[types.next()])
	}
	return best
}

// infer gives a complaint without a strong word its type: the one that the
// fitted model takes it for, in place of what weaker words say, where it is more
// often right than wrong; else what they say or, if they do not, a guess.
func (m *Model) infer(d *text.Doc, ev *evidence) {
	if m.fitted != nil {
		if typ, right := m.fitted.in(d.Lang).types.likeliest(d.Runes); right >= Threshold {
			for types := ev.types; types != 0; {
				t := types.next()
				ev.strong[t] = min(ev.strong[t], Threshold-0.01)
			}
			ev.types |= 1 << typ
			ev.strong[typ] = right
			return
		}
	}
	if ev.best() < Threshold && ev.cue[cueGeneral] == 0 {
		ev.guess()
	}
}

// guess gives a complaint of no clear type the one that most of its words are
// about, if any are.
func (e *evidence) guess() {
	at, most := -1, float32(0)
	for types := e.types; types != 0; {
		t := types.next()
		if about := e.about[t] + e.strong[t]; e.about[t] > 0 && about > most {
			at, most = t, about
		}
	}
	if at >= 0 {
		e.strong[at] = Threshold
	}
}

// How sure the fitted model must be to overrule the lexicon.
const (
	doubtful = 0.2
	possible = 0.4
)

// contextFactor lowers all evidence of a text that is solved, advertising,
// general news or praise.
func contextFactor(ev *evidence, sentiment float32) float32 {
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
	return factor
}

// dominance lists types whose words are also said when another is meant: a
// brake that fails is a fault, but the matter is safety. Indices into
// schemas.ComplaintTypes.
var dominance = []struct{ over, under int }{
	{1, 0}, // product_safety over product_quality
	{6, 0}, // data_security over product_quality
	{6, 3}, // data_security over logistics
	{9, 2}, // internal_management over customer_service
	{7, 8}, // compliance over brand_image
}

const dominated = 0.55

// weigh joins the grades of evidence per type and returns the best score of
// strong words alone.
func (e *evidence) weigh(sentiment, factor float32) float32 {
	negative := (1 - sentiment) / 2
	var best float32
	for types := e.types; types != 0; {
		best = max(best, e.strong[types.next()]*factor)
	}
	// A weaker word speaks for a type when the text is displeased; when
	// another type is certain it has to be clearer.
	needed := float32(1)
	switch {
	case best >= Threshold:
		needed = 0.6
	case e.denied > 0:
		needed = 0.5
	}
	for types := e.types; types != 0; {
		t := types.next()
		s := e.strong[t]
		orInto(&s, min(1, e.medium[t]*(0.4+negative)*needed))
		if best < Threshold {
			s = max(s, e.topic[t]*(0.3+negative)*needed)
		}
		e.strong[t] = s * factor
	}
	for _, d := range dominance {
		if e.strong[d.over] >= strongWeight && e.strong[d.under] <= e.strong[d.over] {
			e.strong[d.under] *= dominated
		}
	}
	return best
}

// consult asks the fitted model how likely a complaint is, and for the topics
// it knows where the lexicon has no clear type.
func (m *Model) consult(d *text.Doc, ev *evidence, best, factor float32) float32 {
	types := &chineseTopics
	if d.Lang == "en" {
		types = &englishTopics
	}
	p := m.fitted.in(d.Lang).probabilities(d.Runes)
	if best < Threshold && p[outComplaint] >= 0.5 && !ev.asked && ev.denied == 0 {
		for i, typ := range types {
			t := slices.Index(m.lex.types, typ)
			// Half of the complaints it learnt English from are of service.
			if typ == schemas.CustomerService && d.Lang == "en" && ev.medium[t]+ev.topic[t] == 0 {
				continue
			}
			ev.types |= 1 << t
			ev.strong[t] = max(ev.strong[t], p[outTopics+i]*factor)
		}
	}
	return p[outComplaint]
}

// appendTypes adds the types that score, best first; those of a text that does
// not complain stay below Threshold.
func (m *Model) appendTypes(dst []schemas.ComplaintScore, ev *evidence, complaint bool) []schemas.ComplaintScore {
	base := len(dst)
	for types := ev.types; types != 0; {
		t := types.next()
		id, s := m.lex.types[t], ev.strong[t]
		if !complaint {
			s = min(s, Threshold-0.01)
		}
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
