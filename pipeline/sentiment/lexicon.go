package sentiment

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"fenghuo/pipeline/model/trie"
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

//go:embed lexicon.txt
var lexiconText string

// Lexicon scores by words of feeling, with negation, degree and contrast. It
// needs no training; it is the baseline of the fitted model.
type Lexicon struct {
	words *trie.Trie
	kinds []lexiconEntry
}

type lexiconKind uint8

const (
	kindWord lexiconKind = iota
	kindDegree
	kindNegate
	kindContrast
)

type lexiconEntry struct {
	kind   lexiconKind
	latin  bool // counts only as a whole word
	weight float64
}

// Reach of a modifier in runes, and what a negated word is worth: "不好" is
// nearly as bad as 差, "不差" is not as good as 好.
const (
	modifierReach      = 4
	latinModifierReach = 16
	negatedFactor      = -0.8
	neutralBand        = 0.2 // |score| below it is neutral
)

// NewLexicon reads the built-in word list.
func NewLexicon() (*Lexicon, error) {
	var words []string
	l := &Lexicon{}
	var section lexiconEntry
	var emoticon bool
	for n, line := range strings.Split(lexiconText, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			var err error
			if section, emoticon, err = lexiconSection(line); err != nil {
				return nil, fmt.Errorf("lexicon.txt line %d: %w", n+1, err)
			}
			continue
		}
		for _, w := range strings.Fields(line) {
			if emoticon {
				w = string(text.RuneEmoticonOpen) + w + string(text.RuneEmoticonClose)
			}
			words = append(words, w)
			l.kinds = append(l.kinds, section)
		}
	}
	l.words = trie.Build(words)
	return l, nil
}

func lexiconSection(line string) (e lexiconEntry, emoticon bool, err error) {
	name, value, _ := strings.Cut(strings.Trim(line, "[]"), " ")
	if value != "" {
		if e.weight, err = strconv.ParseFloat(value, 64); err != nil {
			return e, false, fmt.Errorf("section %q: weight is not a number", line)
		}
	}
	name, e.latin = strings.CutPrefix(name, "english")
	switch strings.TrimPrefix(name, "-") {
	case "", "word", "emoticon":
		e.kind = kindWord
	case "degree":
		e.kind = kindDegree
	case "negate":
		e.kind = kindNegate
	case "contrast":
		e.kind = kindContrast
	default:
		return e, false, fmt.Errorf("section %q: unknown kind", line)
	}
	return e, name == "emoticon", nil
}

// Score is the lexicon's counterpart of Model.Score.
func (l *Lexicon) Score(d *text.Doc, span [2]int32, rating float32) (float32, schemas.Polarity) {
	runes := d.Runes[span[0]:span[1]]
	var sum float64
	degree, negated, reach := 1.0, false, -1
	for i := 0; i < len(runes); i++ {
		if clauseEnd(runes[i]) {
			degree, negated = 1, false
		}
		id, end := l.words.Longest(runes, i)
		if id < 0 || l.kinds[id].latin && !wholeWord(runes, i, end) {
			continue
		}
		e := l.kinds[id]
		if i > reach {
			degree, negated = 1, false
		}
		switch e.kind {
		case kindWord:
			w := e.weight * degree
			if negated {
				w *= negatedFactor
			}
			sum += w
			degree, negated = 1, false
		case kindDegree:
			degree *= e.weight
		case kindNegate:
			negated = !negated
		case kindContrast:
			sum *= 0.5
		}
		reach = end + modifierReach
		if e.latin {
			reach = end + latinModifierReach
		}
		i = end - 1
	}
	if rating > 0 {
		sum += float64(rating-3) * 1.5
	}
	score := float32(math.Tanh(sum / 2))
	return score, bandPolarity(score)
}

func bandPolarity(score float32) schemas.Polarity {
	switch {
	case score > neutralBand:
		return schemas.Positive
	case score < -neutralBand:
		return schemas.Negative
	}
	return schemas.Neutral
}

func clauseEnd(r rune) bool {
	switch r {
	case ',', '.', ';', '!', '?', '\n', '。', '，', '；', '！', '？', '、':
		return true
	}
	return false
}

// wholeWord says whether runes[from:to] is bounded by non-letters.
func wholeWord(runes []rune, from, to int) bool {
	return (from == 0 || !latinLetter(runes[from-1])) && (to == len(runes) || !latinLetter(runes[to]))
}

func latinLetter(r rune) bool {
	return r < unicode.MaxLatin1 && unicode.IsLetter(r)
}
