package analyzer

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"fenghuo/pipeline/model/trie"
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

//go:embed spam.txt
var spamText string

const (
	spamScore   = 3   // weights that make a text advertising
	maxWeak     = 2   // what words of weight 1 may give together
	loopShares  = .34 // distinct shingles below which a text only repeats itself
	loopRunes   = 12  // shortest text that can be said to repeat itself
	looksAtMost = 2000
)

// spam is the words of advertising with their weights.
type spam struct {
	words   *trie.Trie
	weights []int // by word
}

var spamWords = func() *spam {
	s, err := parseSpam(spamText)
	if err != nil {
		panic(err) // the embedded file is constant
	}
	return s
}()

func parseSpam(file string) (*spam, error) {
	var words []string
	s, weight := &spam{}, 0
	for n, line := range strings.Split(file, "\n") {
		switch w, ok := strings.CutPrefix(line, "weight "); {
		case line == "" || line[0] == '#':
		case ok:
			var err error
			if weight, err = strconv.Atoi(w); err != nil {
				return nil, fmt.Errorf("spam.txt line %d: %w", n+1, err)
			}
		default:
			for _, p := range phrases(line) {
				words, s.weights = append(words, p), append(s.weights, weight)
			}
		}
	}
	s.words = trie.Build(words)
	s.words.Watch(text.RuneURL)
	return s, nil
}

// isSpam flags advertising, reviews made of a template or of nothing, and texts
// that only repeat themselves. Who complains or is angry is believed: a text
// that is wrongly left out of the detectors costs more than an advertisement
// that stays in.
func isSpam(d *text.Doc, informative []rune, p *schemas.Post, r *Result) bool {
	if r.Complaint || r.Polarity == schemas.Negative {
		return false
	}
	review := p.Rating > 0 || p.Kind == "review" // elsewhere a chant is no filler
	return advertises(d.Runes[:min(len(d.Runes), looksAtMost)]) || (review && repeats(informative))
}

func advertises(runes []rune) bool {
	strong, weak, link, free := 0, 0, 0, 0 // free: where the last word ended
	var room [trie.Batch]uint8
	for from := 0; from < len(runes); from += trie.Batch {
		for _, k := range spamWords.words.Places(runes, from, &room) {
			i := from + int(k)
			if i < free {
				continue
			}
			if runes[i] == text.RuneURL {
				link = 1
				continue
			}
			word, end := spamWords.words.Longest(runes, i)
			if word < 0 || (latin(runes[i]) && i > 0 && latin(runes[i-1])) {
				continue
			}
			if weight := spamWords.weights[word]; weight == 1 {
				weak++
			} else {
				strong += weight
			}
			free = end
		}
	}
	return strong >= spamScore || (strong > 0 && strong+min(weak, maxWeak)+link >= spamScore+1) || (link > 0 && weak > maxWeak)
}

// repeats reports a text that says one short thing over and over.
func repeats(runes []rune) bool {
	if len(runes) < loopRunes {
		return false
	}
	var seen [64]uint64 // a small filter of shingles
	distinct, total := 0, 0
	for i := 0; i+shingle <= len(runes) && total < looksAtMost; i++ {
		h := (uint64(runes[i])<<42 ^ uint64(runes[i+1])<<21 ^ uint64(runes[i+2])) * 0x9E3779B97F4A7C15 >> 52
		total++
		if seen[h>>6]&(1<<(h&63)) == 0 {
			seen[h>>6] |= 1 << (h & 63)
			distinct++
		}
	}
	return float64(distinct) < loopShares*float64(total)
}
