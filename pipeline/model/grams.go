package model

import (
	"math/bits"
	"unicode"
)

// Features says which n-grams a model knows.
type Features struct {
	Min, Max uint8 // lengths of character n-grams, at most MaxGram
	Words    bool  // whole words and pairs of words too: for scripts with spaces
}

// MaxGram is the longest character n-gram.
const MaxGram = 5

// The key of an n-gram is its characters' codes one after another, the last in
// the lowest bits, so that what it goes on from is a shift away. Codes are wide
// where n-grams are short: four of 16 bits, or five of 12. The key of a word or
// of a pair of words is a hash with the highest bit set.
const (
	wideBits, narrowBits = 16, 12
	wideMax              = 4
	wordKey              = 1 << 63
)

// Marks at the ends of a text, so that "begins with" and "ends with" are
// n-grams too. A prepared text holds no control characters.
const (
	codeStart = 1
	codeEnd   = 2
)

// width is the size of a code in bits.
func (f Features) width() uint {
	if f.Words || f.Max > wideMax {
		return narrowBits
	}
	return wideBits
}

// code is a rune as n-grams have it: digits count as 0. Every rune of the basic
// plane and every emoji has a wide code of its own; narrow ones are shared by
// what is neither Latin, Greek nor Cyrillic.
func code(r rune, width uint) uint16 {
	switch {
	case r < 0x800:
		if r >= '0' && r <= '9' {
			return '0'
		}
		return uint16(r)
	case width == narrowBits:
		return uint16(0x800 | uint32(r)*0x9E3779B1>>21)
	case r < 0x10000:
		return uint16(r)
	case r >= 0x1F000 && r < 0x20000: // into the private use area, which a prepared text does not use here
		return uint16(r - 0x1F000 + 0xE800)
	}
	return 0xF800
}

// codeAt is the code of the rune at an index, or of a mark beyond the ends.
func codeAt(runes []rune, at int, width uint) uint16 {
	switch {
	case at < 0:
		return codeStart
	case at >= len(runes):
		return codeEnd
	}
	return code(runes[at], width)
}

// length is the number of an n-gram's characters; 0 for words.
func (f Features) length(key uint64) int {
	if f.Words && key&wordKey != 0 {
		return 0
	}
	width := int(f.width())
	return (bits.Len64(key) + width - 1) / width
}

// parent is the key of what an n-gram goes on from, and ok whether it is one
// of three characters or more, which are looked up only after that.
func (f Features) parent(key uint64) (parent uint64, ok bool) {
	return key >> f.width(), f.length(key) > 2
}

func (f Features) lastCode(key uint64) uint16 { return uint16(key & (1<<f.width() - 1)) }

// total is the number of character n-grams of a text.
func (f Features) total(runes int) int {
	total := 0
	for n := int(f.Min); n <= int(f.Max); n++ {
		total += max(0, runes+2-n+1)
	}
	return total
}

// grams steps through a text rune by rune; after each step keys holds those
// of the n-grams that end there.
type grams struct {
	features Features
	width    uint
	last     uint64 // codes of the last runes
	words    words
	at       int // index of the rune stepped to; -1 and len(runes) are the marks
	n        int
	keys     [MaxGram + 2]uint64
	from     [MaxGram + 2]int // where the n-gram of a key begins
}

func (f Features) grams() grams { return grams{features: f, width: f.width(), at: -2} }

// next steps to the next rune and says whether there was one.
func (g *grams) next(runes []rune) bool {
	if g.at == len(runes) {
		return false
	}
	g.at++
	g.last = g.last<<g.width | uint64(codeAt(runes, g.at, g.width))
	g.n = 0
	for n := int(g.features.Min); n <= int(g.features.Max) && n <= g.at+2; n++ {
		g.emit(g.last&(1<<(uint(n)*g.width)-1), g.at-n+1)
	}
	if g.features.Words {
		for i := range g.words.next(runes, g.at) {
			g.emit(g.words.keys[i], g.words.begin[i])
		}
	}
	return true
}

func (g *grams) emit(key uint64, from int) {
	g.keys[g.n], g.from[g.n] = key, from
	g.n++
}

// Keys appends the keys of the n-grams of runes, repeated ones repeated.
func (f Features) Keys(dst []uint64, runes []rune) []uint64 {
	g := f.grams()
	for g.next(runes) {
		dst = append(dst, g.keys[:g.n]...)
	}
	return dst
}

// words gathers words rune by rune.
type words struct {
	hash, last           uint64 // of the word under way and of the one before
	from, lastFrom, size int
	keys                 [2]uint64 // of what ended
	begin                [2]int
}

// next takes the rune at an index, in order, and returns how many keys there
// are of what ended before it: a word, and its pair with the word before.
func (w *words) next(runes []rune, at int) (n int) {
	c := rune(codeEnd)
	if uint(at) < uint(len(runes)) {
		c = runes[at]
	}
	if c >= '1' && c <= '9' {
		c = '0'
	}
	v := uint64(c) + 1
	if wordRune(c) {
		if w.size == 0 {
			w.from = at
		}
		w.hash = w.hash*hashBase + v
		w.size++
		return 0
	}
	if w.size > 0 {
		w.keys[0], w.begin[0] = mixWord(w.hash, saltWord), w.from
		n = 1
		if w.last != 0 {
			w.keys[1], w.begin[1] = mixWord(w.last*hashBase+w.hash, saltPair), w.lastFrom
			n = 2
		}
		w.last, w.lastFrom = w.hash, w.from
	}
	w.hash, w.size = 0, 0
	if c > ' ' && c < unicode.MaxLatin1 { // punctuation stands for a word before the next
		w.last, w.lastFrom = v, at
	}
	return n
}

func wordRune(c rune) bool {
	return c >= 'a' && c <= 'z' || c == '0' || c == '\'' || c >= 0xC0 && c < placeholdersEnd || c > 0xFFFF
}

// Multipliers of hashes: odd numbers without structure (fractional bits of the
// golden ratio and of the root of two).
const (
	hashBase = 0x9E3779B97F4A7C15
	hashMix  = 0x6A09E667F3BCC909
)

// placeholdersEnd ends the private-use runes that stand for something in a
// prepared text; see package text.
const placeholdersEnd = 0xE010

// Salts keep words and pairs of words apart.
const (
	saltWord = 0x100
	saltPair = 0x200
)

func mixWord(h, salt uint64) uint64 {
	h = (h + salt) * hashMix
	h ^= h >> 29
	h *= hashBase
	return (h ^ h>>32) | wordKey
}
