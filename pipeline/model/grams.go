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

// walk calls f for every n-gram of runes: its key and its span in runes, which
// a mark at an end may exceed by one. Digits count as 0. Repeated n-grams
// repeat.
func (ft Features) walk(runes []rune, f func(key uint64, from, to int)) {
	var g [MaxGram]uint64 // polynomials of the last 1..MaxGram runes
	var words wordState
	for i := -1; i <= len(runes); i++ {
		c := runeStart
		switch {
		case i == len(runes):
			c = runeEnd
		case i >= 0:
			if c = runes[i]; c >= '0' && c <= '9' {
				c = '0'
			}
		}
		v := uint64(c) + 1
		g[4] = g[3]*gramBase + v
		g[3] = g[2]*gramBase + v
		g[2] = g[1]*gramBase + v
		g[1] = g[0]*gramBase + v
		g[0] = v
		for n := int(ft.Min); n <= int(ft.Max) && n <= i+2; n++ {
			f(mixGram(g[n-1], uint64(n)), i-n+1, i+1)
		}
		if ft.Words {
			words.push(c, v, i, f)
		}
	}
}

// wordState gathers words rune by rune.
type wordState struct {
	hash, last           uint64 // of the word under way and of the one before
	from, lastFrom, size int
}

func (w *wordState) push(c rune, v uint64, at int, f func(key uint64, from, to int)) {
	if wordRune(c) {
		if w.size == 0 {
			w.from = at
		}
		w.hash = w.hash*gramBase + v
		w.size++
		return
	}
	if w.size > 0 {
		f(mixGram(w.hash, saltWord), w.from, at)
		if w.last != 0 {
			f(mixGram(w.last*gramBase+w.hash, saltPair), w.lastFrom, at)
		}
		w.last, w.lastFrom = w.hash, w.from
	}
	w.hash, w.size = 0, 0
	if c != ' ' && c < unicode.MaxLatin1 || c == runeEnd { // punctuation is a word of its own
		w.last = v
		w.lastFrom = at
	}
}

func wordRune(c rune) bool {
	return c >= 'a' && c <= 'z' || c == '0' || c == '\'' || c >= 0xC0 && c < runeStart && c != ' ' || c > 0xFFFF
}

// Keys appends the keys of the n-grams of runes, repeated ones repeated.
func (ft Features) Keys(dst []uint64, runes []rune) []uint64 {
	ft.walk(runes, func(key uint64, _, _ int) { dst = append(dst, key) })
	return dst
}
