package analyzer

import (
	"cmp"
	"slices"

	"fenghuo/pipeline/text"
)

// Limits of keywords.
const (
	maxKeywords  = 8
	maxPhrase    = 8   // runes of two words that are kept together
	maxTokens    = 400 // tokens looked at: a keyword of a long text is in its beginning
	rareDistance = 22  // distance of a word that the dictionary does not have
	minDistance  = 10  // commoner words tell nothing: about one in a thousand
)

// keywords is the scratch of extraction.
type keywords struct {
	found []candidate
}

// candidate is a word or a phrase of the text.
type candidate struct {
	start, end int32
	score      float32
	text       string
}

// extract appends the informative words of d, best first: content words by
// their rarity in the dictionary and their count in the text, neighbours
// joined to a phrase, without stop words and without what names a brand.
func (k *keywords) extract(d *text.Doc, p *plain, brands []hit, dst []string) []string {
	k.collect(d, p, brands)
	slices.SortStableFunc(k.found, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	for _, c := range k.found {
		if len(dst) == maxKeywords {
			break
		}
		dst = append(dst, c.text)
	}
	return dst
}

// collect fills k.found with distinct candidates in order of the text.
func (k *keywords) collect(d *text.Doc, p *plain, brands []hit) {
	k.found = k.found[:0]
	next := 0
	var last candidate // the content word just before, if it may begin a phrase
	for _, t := range d.Tokens[:min(len(d.Tokens), maxTokens)] {
		for next < len(brands) && brands[next].end <= t.Start {
			next++
		}
		score, joins := weigh(d, t)
		if score == 0 || (next < len(brands) && brands[next].start < t.End) {
			k.add(last)
			last = candidate{}
			continue
		}
		c := candidate{start: t.Start, end: t.End, score: score}
		switch {
		case last.score > 0 && joins && last.end == c.start && c.end-last.start <= maxPhrase:
			last.end = c.end
			last.score = last.score + c.score/2
			last.text = p.span(last.start, last.end)
			k.add(last)
			last = candidate{}
		default:
			k.add(last)
			c.text = p.span(c.start, c.end)
			last = c
			if !joins {
				k.add(last)
				last = candidate{}
			}
		}
	}
	k.add(last)
}

func (k *keywords) add(c candidate) {
	if c.score == 0 {
		return
	}
	for i := range k.found {
		if k.found[i].text == c.text {
			k.found[i].score += c.score / 2
			return
		}
	}
	k.found = append(k.found, c)
}

// weigh scores a token: its rarity, 0 for one that is no keyword. Joins tells
// whether it may stand in a phrase.
func weigh(d *text.Doc, t text.Token) (score float32, joins bool) {
	length := t.End - t.Start
	distance, pos, stop, known := d.Word(t)
	if !known {
		if length < 2 || !asciiWord(d.Runes[t.Start:t.End]) {
			return 0, false
		}
		return rareDistance, false
	}
	if length < 2 || stop || distance < minDistance {
		return 0, false
	}
	switch pos {
	case 'n', 'v', 'a', 'i', 'l', 'j', 's', 'g', 'e', 'x', 'z':
		return distance, pos == 'n' || pos == 'v' || pos == 'a'
	}
	return 0, false
}

// asciiWord reports a Latin word, not a number.
func asciiWord(runes []rune) bool {
	letters := 0
	for _, r := range runes {
		if r >= 'a' && r <= 'z' {
			letters++
		} else if r < '0' || r > '9' {
			return false
		}
	}
	return letters >= 2
}
