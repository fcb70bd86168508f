package model

import "unicode"

// Features says which n-grams a model knows.
type Features struct {
	Min, Max uint8 // lengths of character n-grams, at most MaxGram
	Words    bool  // whole words and pairs of words too: for scripts with spaces
}

// MaxGram is the longest character n-gram.
const MaxGram = 5

// Marks at the ends of a text, so that "begins with" and "ends with" are
// n-grams too. Private use, as the placeholders of package text.
const (
	runeStart = '\uE010'
	runeEnd   = '\uE011'
)

// gramBase multiplies the rolling polynomial, gramMix spreads it; odd numbers
// without structure (fractional bits of the golden ratio and of sqrt 2).
const (
	gramBase = 0x9E3779B97F4A7C15
	gramMix  = 0x6A09E667F3BCC909
)

// Salts keep character n-grams, words and pairs of words apart.
const (
	saltWord = 0x100
	saltPair = 0x200
)

func mixGram(g uint64, salt uint64) uint64 {
	h := (g + salt) * gramMix
	h ^= h >> 29
	h *= gramBase
	return h ^ h>>32
}

// grams steps through a text rune by rune; after each step keys holds those
// of the n-grams that end there. Digits count as 0.
type grams struct {
	features Features
	poly     [MaxGram]uint64 // of the last 1..MaxGram runes
	words    wordState
	at       int // index of the rune stepped to; -1 and len(runes) are the marks
	n        int
	keys     [MaxGram + 2]uint64
	from     [MaxGram + 2]int // where the n-gram of a key begins
}

func (f Features) grams() grams { return grams{features: f, at: -2} }

// next steps to the next rune and says whether there was one.
func (g *grams) next(runes []rune) bool {
	if g.at == len(runes) {
		return false
	}
	g.at++
	c := gramRune(runes, g.at)
	v := uint64(c) + 1
	p := &g.poly
	p[4] = p[3]*gramBase + v
	p[3] = p[2]*gramBase + v
	p[2] = p[1]*gramBase + v
	p[1] = p[0]*gramBase + v
	p[0] = v
	g.n = 0
	for n := int(g.features.Min); n <= int(g.features.Max) && n <= g.at+2; n++ {
		g.emit(mixGram(p[n-1], uint64(n)), g.at-n+1)
	}
	if g.features.Words {
		g.word(c, v)
	}
	return true
}

// gramRune is the rune at as n-grams have it, or a mark beyond the ends.
func gramRune(runes []rune, at int) rune {
	if uint(at) >= uint(len(runes)) {
		if at < 0 {
			return runeStart
		}
		return runeEnd
	}
	if c := runes[at]; c < '0' || c > '9' {
		return c
	}
	return '0'
}

func (g *grams) emit(key uint64, from int) {
	g.keys[g.n], g.from[g.n] = key, from
	g.n++
}

// wordState gathers words rune by rune.
type wordState struct {
	hash, last           uint64 // of the word under way and of the one before
	from, lastFrom, size int
}

// word takes the next rune; a word and its pair with the one before are
// emitted at the rune after it.
func (g *grams) word(c rune, v uint64) {
	w := &g.words
	if wordRune(c) {
		if w.size == 0 {
			w.from = g.at
		}
		w.hash = w.hash*gramBase + v
		w.size++
		return
	}
	if w.size > 0 {
		g.emit(mixGram(w.hash, saltWord), w.from)
		if w.last != 0 {
			g.emit(mixGram(w.last*gramBase+w.hash, saltPair), w.lastFrom)
		}
		w.last, w.lastFrom = w.hash, w.from
	}
	w.hash, w.size = 0, 0
	if c != ' ' && c < unicode.MaxLatin1 { // punctuation stands for a word before the next
		w.last, w.lastFrom = v, g.at
	}
}

func wordRune(c rune) bool {
	return c >= 'a' && c <= 'z' || c == '0' || c == '\'' || c >= 0xC0 && c < runeStart || c > 0xFFFF
}

// Keys appends the keys of the n-grams of runes, repeated ones repeated.
func (f Features) Keys(dst []uint64, runes []rune) []uint64 {
	g := f.grams()
	for g.next(runes) {
		dst = append(dst, g.keys[:g.n]...)
	}
	return dst
}
