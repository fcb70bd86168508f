package complaint

import (
	"math/bits"
	"sync"
	"unicode"

	"fenghuo/pipeline/model/trie"
)

// Reach of context, in runes. Chinese negation stands close to what it
// negates ("没有任何漏电"), a Latin one a word or two away.
const (
	negateReach      = 3
	questionReach    = 24 // how far a rhetorical question goes on
	hypotheticReach  = 6
	latinReach       = 14
	pairReach        = 9
	singleReach      = 4 // of a pair with a word of one rune, which says little by itself
	latinPairReach   = 32
	maxSentenceHits  = 64
	maxRepeatedCount = 100
)

// evidence is what a scan found in a text.
type evidence struct {
	types                 typeSet           // those that something speaks of
	strong, medium, topic [maxTypes]float32 // noisy-or of the hits of a grade; of topic the best; 0 of other types
	about                 [maxTypes]float32 // noisy-or of the subjects
	cue                   [cues]int         // how often each context cue stands
	denied                int               // hits that were negated or hypothetical
	asked                 bool              // a question stands in the text
	own                   bool              // a word of the config counts
	clear                 bool              // a strong word counts in its context; see decide
}

// typeSet has a bit a type. Most texts speak of few, if any.
type typeSet uint64

// next takes the first type out of a set that is not empty.
func (s *typeSet) next() (t int) {
	t = bits.TrailingZeros64(uint64(*s))
	*s &= *s - 1
	return t
}

func (e *evidence) reset() {
	for e.types != 0 {
		t := e.types.next()
		e.strong[t], e.medium[t], e.topic[t], e.about[t] = 0, 0, 0, 0
	}
	e.cue, e.denied, e.asked, e.own, e.clear = [cues]int{}, 0, false, false, false
}

// scanners are kept; see scanner.
var scanners = sync.Pool{New: func() any { return &scanner{} }}

type hit struct {
	typ   uint8
	grade grade
}

// scanner walks one text. It is used again: to clear a new one would cost a
// short text more than the walk.
type scanner struct {
	lex   *Lexicon
	runes []rune
	ev    evidence

	sentence, clause     int32 // where they began
	negateEnd, negateLen int32 // the last negation of this clause
	hypothetic           int32 // end of the last hypothetical cue of this clause
	deniedEnd            int32 // end of the last denied word, for lists with 、
	shield               int32 // end of the last shielding word
	ask, rhetorical      bool
	hits                 [maxSentenceHits]hit
	n                    int
	paired               bool    // left or right is not empty
	left, right          []int32 // by pair: end of the last such word, +1; 0 = none
	places               [trie.Batch]uint8
}

// reset makes the scanner ready for a text.
func (s *scanner) reset(l *Lexicon, runes []rune) {
	s.lex, s.runes = l, runes
	s.ev.reset()
	s.sentence, s.clause = 0, 0
	s.negateEnd, s.negateLen, s.hypothetic, s.deniedEnd, s.shield = -1, 0, -1, -1, 0
	s.ask, s.rhetorical, s.n = false, false, 0
	if len(s.left) != l.pairs {
		s.left, s.right, s.paired = make([]int32, l.pairs), make([]int32, l.pairs), false
	}
	if s.paired {
		clear(s.left)
		clear(s.right)
		s.paired = false
	}
}

// scan gathers the evidence of runes. It is the scanner's until the next scan.
func (s *scanner) scan(l *Lexicon, runes []rune) *evidence {
	s.reset(l, runes)
	for from := 0; from < len(runes); from += trie.Batch {
		for _, k := range l.trie.Places(runes, from, &s.places) {
			s.at(from + int(k))
		}
	}
	s.endSentence(false, int32(len(runes)))
	return &s.ev
}

// marks end sentences and clauses.
var marks = []rune("。！？；，：\n!?;.,: ")

// at takes what stands at a place: a mark, a word or nothing.
func (s *scanner) at(i int) {
	switch r := s.runes[i]; {
	case r > '\u3002' && r < '\uFF01': // an ideograph, most of the time
	case sentenceEnd(s.runes, i):
		s.endSentence(r == '?' || r == '？', int32(i+1))
	case clauseEnd(s.runes, i):
		s.endClause(int32(i + 1))
	}
	words := s.lex.words
	id, end := s.lex.trie.Longest(s.runes, i)
	if id < 0 || int32(end) <= s.shield {
		return
	}
	w := &words[id]
	if w.latin && !wholeWord(s.runes, i, end) {
		return
	}
	s.word(w, int32(i), int32(end), false)
	// 迟到 also says 迟 to a pair; what it says itself stands.
	for p := w.prefix; p >= 0 && s.shield < int32(end); p = words[p].prefix {
		w := &words[p]
		s.word(w, int32(i), int32(i)+int32(w.length), true)
	}
}

func (s *scanner) word(w *word, from, to int32, pairsOnly bool) {
	denied := s.denied(w, from)
	counted := false
	for n := range int(w.roles) {
		r := w.first
		if n > 0 {
			r = s.lex.roles[int(w.more)+n-1]
		}
		if pairsOnly && !r.side() {
			continue
		}
		switch r.kind {
		case roleShield:
			s.shield = to
			switch first := s.runes[from]; {
			case deniesItself(first):
				s.ev.denied++
			case first == '防':
				s.hypothetic = to
			}
			return
		case roleCue:
			s.cue(r.cue, w, to, denied)
		case roleType:
			counted = counted || r.grade != topic // a subject that is denied denies no fault
			if r.grade == strong {
				s.shield = to // what it says, its parts do not say again
				denied = denied || r.typ <= lastFault && s.deniedAfter(to)
			}
			if !denied {
				s.hit(hit{r.typ, r.grade})
				s.ev.own = s.ev.own || r.own
			}
		case roleLeft:
			s.pair(r, s.left, s.right, w, from, to, denied)
		case roleRight:
			s.pair(r, s.right, s.left, w, from, to, denied)
		}
	}
	if denied && counted {
		s.ev.denied++
		s.deniedEnd = to
	}
}

func (s *scanner) cue(c cue, w *word, to int32, denied bool) {
	switch c {
	case cueNegate:
		s.negateEnd, s.negateLen = to, int32(w.length)
	case cueHypothetical:
		s.hypothetic = to
	case cueAsk:
		s.ask = true
	case cueRhetorical:
		if s.asks(to) {
			s.shield, s.rhetorical = to, true // its 不是 denies nothing
		}
	}
	if !denied || c == cueNegate || c == cueHypothetical {
		s.ev.cue[c]++
	}
}

// asks says whether the sentence goes on, from a place, to be a question.
func (s *scanner) asks(from int32) bool {
	rest := s.runes[from:min(len(s.runes), int(from)+questionReach)]
	for i, r := range rest {
		if r == '吗' || r == '么' || r == '?' || r == '？' {
			return true
		}
		if sentenceEnd(rest, i) {
			return false
		}
	}
	return false
}

// denied says whether a word from on is negated or only imagined.
func (s *scanner) denied(w *word, from int32) bool {
	if s.negateEnd < 0 && s.hypothetic < 0 && s.deniedEnd < 0 {
		return false // most of the time
	}
	near := func(end, reach int32) bool { return end >= 0 && from >= end && from-end <= reach }
	reach := int32(negateReach)
	switch {
	case w.latin:
		reach = latinReach
	case s.negateLen == 1:
		reach = 1
	}
	hypothetic := int32(hypotheticReach)
	if w.latin {
		hypothetic = latinReach
	}
	// 没有划痕 holds 有划痕, which shares a rune with its negation.
	if near(s.negateEnd, reach) || near(s.hypothetic, hypothetic) || s.negateLen > 1 && from == s.negateEnd-1 {
		return true
	}
	// "没有漏电、异响": the negation holds on through the list.
	return s.deniedEnd >= 0 && from == s.deniedEnd+1 && s.runes[s.deniedEnd] == '、'
}

// lastFault is the last of the types whose strong words are things that a
// product has, so that 没有 may follow them.
const lastFault = 1 // product_safety, in schemas.ComplaintTypes

// deniedAfter says whether a clause ends in the denial of a word up to to:
// 一点异味都没有.
func (s *scanner) deniedAfter(to int32) bool {
	rest := s.runes[to:]
	if len(rest) > 0 && (rest[0] == '都' || rest[0] == '也') {
		rest = rest[1:]
	}
	if len(rest) < 2 || rest[0] != '没' || rest[1] != '有' {
		return false
	}
	return len(rest) == 2 || sentenceEnd(rest, 2) || clauseEnd(rest, 2)
}

// pair notes one side and reports the pair when its other side is near.
func (s *scanner) pair(r role, mine, other []int32, w *word, from, to int32, denied bool) {
	if denied {
		return
	}
	reach := int32(pairReach)
	if w.latin {
		reach = latinPairReach
	}
	if w.length == 1 {
		reach = singleReach
	}
	if e := other[r.pair] - 1; e > s.sentence && from-e <= reach && from >= e {
		s.hit(hit{r.typ, r.grade})
	}
	if s.negateEnd != to { // "没有…" ends a pair but begins none: what follows it is denied
		mine[r.pair] = to + 1
		s.paired = true
	}
}

func (s *scanner) hit(h hit) {
	if s.n < len(s.hits) {
		s.hits[s.n] = h
		s.n++
	}
}

func (s *scanner) endClause(at int32) {
	s.clause = at
	s.negateEnd, s.hypothetic = -1, -1
}

// What a hit of each grade is worth, and how much a question takes off.
const (
	strongWeight = 0.85
	mediumWeight = 0.55
	topicWeight  = 0.4
	askedFactor  = 0.3
)

func (s *scanner) endSentence(question bool, at int32) {
	factor := float32(1)
	switch {
	case s.rhetorical: // it asks nothing
	case s.ask:
		s.ev.asked, factor = true, askedFactor
	case question:
		s.ev.asked = true
	}
	for _, h := range s.hits[:s.n] {
		s.ev.types |= 1 << h.typ
		switch h.grade {
		case strong:
			orInto(&s.ev.strong[h.typ], strongWeight*factor)
		case medium:
			orInto(&s.ev.medium[h.typ], mediumWeight*factor)
		case topic:
			s.ev.topic[h.typ] = max(s.ev.topic[h.typ], topicWeight*factor)
			orInto(&s.ev.about[h.typ], topicWeight*factor)
		}
	}
	s.n, s.ask, s.rhetorical = 0, false, false
	s.sentence = at
	s.deniedEnd = -1
	s.endClause(at)
}

// deniesItself says whether a word such as 不卡 or 没毛病 begins with its
// negation.
func deniesItself(first rune) bool {
	return first == '不' || first == '没' || first == '无' || first == '零'
}

// orInto adds independent evidence: 1-(1-p)(1-q).
func orInto(p *float32, q float32) { *p = 1 - (1-*p)*(1-q) }

func sentenceEnd(runes []rune, i int) bool {
	switch runes[i] {
	case '。', '!', '?', '！', '？', '\n', ';', '；':
		return true
	case '.':
		return i+1 == len(runes) || runes[i+1] == ' '
	}
	return false
}

func clauseEnd(runes []rune, i int) bool {
	switch runes[i] {
	case ',', '，', ':', '：':
		return true
	case ' ':
		return i > 0 && runes[i-1] > unicode.MaxLatin1 && i+1 < len(runes) && runes[i+1] > unicode.MaxLatin1
	}
	return false
}

func wholeWord(runes []rune, from, to int) bool {
	return (from == 0 || !latinLetter(runes[from-1]) || !latinLetter(runes[from])) &&
		(to == len(runes) || !latinLetter(runes[to]) || !latinLetter(runes[to-1]))
}

func latinLetter(r rune) bool { return r <= unicode.MaxLatin1 && unicode.IsLetter(r) }
