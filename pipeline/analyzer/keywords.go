package analyzer

import (
	"strings"

	"fenghuo/pipeline/text"
)

// Limits and weights of keywords. A word's weight is its distance in the
// dictionary, log2(1/probability).
const (
	maxKeywords   = 8
	maxPhrase     = 8   // runes of two words that are kept together
	maxTokens     = 400 // tokens looked at: a long text says early what it is about
	maxCandidates = 96
	indexSize     = 256 // room for maxCandidates and the few a phrase adds
	minDistance   = 10  // commoner words tell nothing: one in a thousand
	latinDistance = 20  // of a Latin word, which the dictionary does not have
	foundDistance = 17  // of a word that the HMM found: it may be none
	repeated      = .5  // share of its weight that a word gains when it comes again
)

// keywords is the scratch of extraction.
type keywords struct {
	found []candidate
	index [indexSize]uint8 // of found, by the hash of the text
	last  candidate        // the content word just before, if it may begin a phrase
}

// candidate is a word or a phrase of the text.
type candidate struct {
	start, end int32
	score      float32
	noun       bool
}

// extract appends the informative words of d, best first: content words by
// their rarity in the dictionary and their count in the text, neighbours
// joined to a phrase, without stop words and without what names a brand.
func (k *keywords) extract(d *text.Doc, p *plain, brands []hit, dst []string) []string {
	k.collect(d, p, brands)
	var best [maxKeywords]candidate
	n := 0
	for _, c := range k.found {
		at := n // where it ranks among the best so far; of equals the first
		if n == maxKeywords {
			if at--; best[at].score >= c.score {
				continue
			}
		} else {
			n++
		}
		for ; at > 0 && best[at-1].score < c.score; at-- {
			best[at] = best[at-1]
		}
		best[at] = c
	}
	for i := range best[:n] {
		dst = append(dst, p.span(best[i].start, best[i].end))
	}
	return dst
}

// collect fills k.found with distinct candidates in order of the text.
func (k *keywords) collect(d *text.Doc, p *plain, brands []hit) {
	k.found, k.last = k.found[:0], candidate{}
	clear(k.index[:])
	tokens := d.Tokens[:min(len(d.Tokens), maxTokens)]
	next := 0 // the first brand that may touch the token
	for i := 0; i < len(tokens) && len(k.found) < maxCandidates; i++ {
		t := tokens[i]
		for next < len(brands) && brands[next].end <= t.Start {
			next++
		}
		if next < len(brands) && brands[next].start < t.End {
			k.flush(p)
			continue
		}
		if t.End-t.Start == 1 {
			n := 0
			if i+1 < len(tokens) && tokens[i+1].End-tokens[i+1].Start == 1 {
				n = singles(d, tokens[i:], brands[next:])
			}
			if n < 2 { // one character is no keyword
				k.flush(p)
				continue
			}
			k.discover(d, p, t.Start, tokens[i+n-1].End)
			i += n - 1
			continue
		}
		score, joins, noun := weigh(d, p, t)
		if score == 0 {
			k.flush(p)
			continue
		}
		k.meet(p, candidate{start: t.Start, end: t.End, score: score, noun: noun}, joins)
	}
	k.flush(p)
}

// meet takes the next token of the text: a score of 0 is no keyword and ends a
// phrase.
func (k *keywords) meet(p *plain, c candidate, joins bool) {
	if c.score == 0 {
		k.flush(p)
		return
	}
	last := k.last
	if last.score > 0 && joins && last.end == c.start && c.end-last.start <= maxPhrase {
		k.last = candidate{}
		k.add(p, candidate{start: last.start, end: c.end, score: last.score + c.score/2})
		if last.noun != c.noun { // 刹车失灵 is about 刹车, too
			if c.noun {
				last = c
			}
			k.add(p, last)
		}
		return
	}
	k.flush(p)
	if joins {
		k.last = c
	} else {
		k.add(p, c)
	}
}

func (k *keywords) flush(p *plain) {
	if k.last.score > 0 {
		k.add(p, k.last)
		k.last = candidate{}
	}
}

// add adds c, or its weight to the candidate with the same text.
func (k *keywords) add(p *plain, c candidate) {
	text := p.span(c.start, c.end)
	for slot := slotOf(text); ; slot = (slot + 1) % indexSize {
		i := k.index[slot] // one more than the candidate's place, 0 = free
		if i == 0 {
			k.found = append(k.found, c)
			k.index[slot] = uint8(len(k.found))
			return
		}
		if f := &k.found[i-1]; p.span(f.start, f.end) == text {
			f.score += c.score * repeated
			return
		}
	}
}

// slotOf is a slot of the index for a text: by its length and the four bytes that
// it begins and ends with.
func slotOf(s string) uint32 {
	h := uint32(len(s))
	if len(s) >= 4 {
		h = h*31 + fourBytes(s)
		h = h*31 + fourBytes(s[len(s)-4:])
	}
	return h * 0x9E3779B1 >> (32 - 8)
}

func fourBytes(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// singles counts the leading tokens that are single ideographs, not stop words
// and not a brand's: the dictionary has no word there.
func singles(d *text.Doc, tokens []text.Token, brands []hit) int {
	for i, t := range tokens {
		if t.End-t.Start != 1 || !ideograph(d.Runes[t.Start]) || i > maxUnknown ||
			(len(brands) > 0 && brands[0].start < t.End) {
			return i
		}
		if _, _, stop, ok := d.Word(t); ok && (stop || common(d.Runes[t.Start])) {
			return i
		}
	}
	return len(tokens)
}

// discover cuts runes [start, end) into words that the dictionary lacks.
func (k *keywords) discover(d *text.Doc, p *plain, start, end int32) {
	ends := cutUnknown(d.Runes[start:end])
	from := start
	for i := start; i < end; i++ {
		if ends>>(i-start)&1 == 0 {
			continue
		}
		var score float32
		if i+1-from > 1 {
			score = foundDistance
		}
		k.meet(p, candidate{start: from, end: i + 1, score: score, noun: true}, score > 0)
		from = i + 1
	}
	if from < end {
		k.flush(p)
	}
}

func ideograph(r rune) bool { return r >= firstIdeograph && r <= lastIdeograph }

// common characters form no new words.
func common(r rune) bool { return commonRunes[(r-firstIdeograph)>>6]>>(r&63)&1 != 0 }

const firstIdeograph, lastIdeograph = 0x4E00, 0x9FFF

var commonRunes = func() (set [(lastIdeograph-firstIdeograph)/64 + 1]uint64) {
	for _, r := range "加领的一是不了人我在有他这来个大地为上说到和子你出道也时年得就那要下以生会自着去之过家里好可然她么没多天而能还们发成只如都从对很给吗吧呢啊把被让用太真再又才最更比买拿看想等问找叫走做吃喝" {
		set[(r-firstIdeograph)>>6] |= 1 << (r & 63)
	}
	return set
}()

// weigh scores a token: its rarity, 0 for one that is no keyword. Joins tells
// whether it may stand in a phrase.
func weigh(d *text.Doc, p *plain, t text.Token) (score float32, joins, noun bool) {
	if t.End-t.Start < 2 {
		return 0, false, false
	}
	if d.Runes[t.Start] < 0x80 {
		if latinWord(d.Runes[t.Start:t.End]) && !englishStop[p.span(t.Start, t.End)] {
			return latinDistance, false, false
		}
		return 0, false, false
	}
	distance, pos, stop, known := d.Word(t)
	if !known || stop || distance < minDistance {
		return 0, false, false
	}
	switch pos {
	case 'n', 'v', 'a':
		return distance, true, pos == 'n'
	case 'i', 'l', 'j', 's', 'z':
		return distance, false, false
	}
	return 0, false, false
}

// latinWord reports at least three letters, and digits at most beside them.
func latinWord(runes []rune) bool {
	letters := 0
	for _, r := range runes {
		switch {
		case latin(r):
			letters++
		case !digit(r):
			return false
		}
	}
	return letters >= 3 || (letters > 0 && letters < len(runes) && len(runes) >= 3)
}

// englishStop are words that say nothing of a topic.
var englishStop = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`the and for are but not you all any can had her was one our out day get has him his how man new
now old see two way who boy did its let put say she too use that with have this will your from they know want been good much some
time very when come here just like long make many more only over such take than them well were what about after again also back
because before being both could does doing done down each else even ever every few first gets getting going gonna gone got into
keep last least less lets made makes may maybe might most must need never next off often once other others own people please
really right said same seem should since still such sure thanks thank that's the their theirs then there these thing things think
those though through today tomorrow tonight too took trying try under until upon used using via wait wanna wasn went were what's
where which while whole why won would yeah year years yes yesterday yet you're your yours isn aren don didn doesn couldn wouldn
shouldn won haven hasn can't i'm i've it's http https www com amp ive dont cant didnt doesnt isnt wont youre thats lol omg
way ain hey hello okay always anyone anything someone something nothing everyone everything another around away big day days
hour hours minute minutes week month call called tell told give given feel look looking find found work works working guys guy`) {
		m[w] = true
	}
	return m
}()
