package model

import (
	"encoding/binary"
	"sync"
)

// stretch is how many places of a text are looked at together. An n-gram
// counts once in a stretch however often it stands there, as in fitting, where
// it counts once in a text.
const stretch = 256

// adders are kept: a new one would be cleared, and most texts need little of it.
var adders = sync.Pool{New: func() any { return &adder{} }}

// Margins adds to out, by output, the log-odds that runes give, bias included.
func (t *Table) Margins(runes []rune, out *[MaxOutputs]float32) {
	a := adders.Get().(*adder)
	defer adders.Put(a)
	total := t.Features.total(len(runes))
	var sums [MaxOutputs]int32
	for i, q := range t.quads {
		a.quad, a.features = q, t.Features
		a.sums = [quadOutputs]int32{}
		for begin := -1; begin <= len(runes); begin += stretch {
			a.met = met{}
			a.characters(runes, begin)
		}
		if t.Features.Words {
			words := a.words(runes)
			if i == 0 {
				total += words
			}
		}
		copy(sums[i*quadOutputs:], a.sums[:])
	}
	norm := Norm(total)
	for o := range t.Outputs {
		out[o] += t.Bias[o] + float32(sums[o])*t.Scale[o]/norm
	}
}

// adder sums the weights of a text's n-grams, length by length over a stretch:
// so the look-ups of many places wait for memory together, and none hangs on a
// guess of the processor.
type adder struct {
	quad     *quad
	features Features
	sums     [quadOutputs]int32
	codes    [2 * (stretch + 2*MaxGram)]byte // of the stretch and a little beyond, high byte first; 0 beyond the text
	n        int                             // n-grams under way; of each,
	at       [stretch]uint8                  // where it begins,
	homes    [stretch]uint32                 // the line where it is looked for,
	prints   [stretch]uint16                 // its print,
	cells    [stretch]uint32                 // where it was found,
	weights  [stretch]uint32                 // and what it weighs, a byte an output
	met      met
	touched  uint64 // keeps touch from being left out
}

// met remembers the cells met. It errs on the side of having met one.
type met [256]uint64

// characters adds the character n-grams that begin in the stretch from begin
// on.
func (a *adder) characters(runes []rune, begin int) {
	width := a.features.width()
	places := min(len(runes)+1-begin, stretch)
	end := min(len(runes)+1-begin, stretch+MaxGram)
	for i := range end {
		binary.BigEndian.PutUint16(a.codes[2*i:], codeAt(runes, begin+i, width))
	}
	clear(a.codes[2*end : 2*(end+MaxGram)]) // none of the text before
	a.pairs(places, width)
	if a.features.Min == 1 {
		a.singles()
	} else {
		a.touch()
	}
	for size := 2; size <= int(a.features.Max); size++ {
		a.look()
		if size < int(a.features.Max) {
			a.follow(size, width)
			a.touch()
		}
	}
}

// code is that of a place.
func (a *adder) code(at int) uint16 { return binary.BigEndian.Uint16(a.codes[2*at:]) }

// key is that of the n-gram of a size at a place.
func (a *adder) key(at, size int, width uint) uint64 {
	if width == wideBits {
		return binary.BigEndian.Uint64(a.codes[2*at:]) >> ((64 - uint(size)*wideBits) & 63)
	}
	return a.narrowKey(at, size)
}

func (a *adder) narrowKey(at, size int) (key uint64) {
	for i := at; i < at+size; i++ {
		key = key<<narrowBits | uint64(a.code(i))
	}
	return key
}

// singles adds single characters. It is touch for the pairs, too, so that one
// wait for memory is that of both.
func (a *adder) singles() {
	lines := a.quad.lines
	sum := uint64(0)
	for i, home := range a.homes[:a.n] {
		c := a.code(i)
		a.cells[i], a.weights[i] = singleCell|uint32(c), a.quad.ones[c]
		sum += lines[home].prints[0]
	}
	a.touched = sum
	a.add()
}

// singleCell stands for a cell of a single character.
const singleCell = 1 << 31

// pairs makes every place one of a pair of characters.
func (a *adder) pairs(places int, width uint) {
	lines := uint64(len(a.quad.lines))
	before := uint64(a.code(0))
	for i := range places {
		next := uint64(a.code(i + 1))
		h := hash(before<<width | next)
		a.at[i], a.prints[i], a.homes[i] = uint8(i), printOf(h), uint32(h>>32*lines>>32)
		before = next
	}
	a.n = places
}

// look keeps the n-grams under way that are known, and adds them. Their lines
// were touched.
func (a *adder) look() {
	lines := a.quad.lines
	n := uint(0)
	for i := range a.n {
		home := a.homes[i]
		l := &lines[home]
		match := l.match(a.prints[i])
		cell := home*lineCells + uint32(cellOf(match))
		if match == 0 && l.spilled(a.prints[i]) { // seldom
			if far, ok := a.quad.search(int(home), a.prints[i]); ok {
				cell, match = uint32(far), 1
			}
		}
		n &= stretch - 1
		a.at[n], a.homes[n], a.cells[n] = a.at[i], home, cell
		n += uint((match | -match) >> 63)
	}
	a.n = int(n)
	for i, cell := range a.cells[:n] {
		a.weights[i] = uint32(lines[cell/lineCells].weights[cell%lineCells/2] >> (cell % 2 * 32 & 63))
	}
	a.add()
}

// touch brings the lines near: a loop this short asks memory for many at once.
func (a *adder) touch() {
	lines := a.quad.lines
	sum := uint64(0)
	for _, home := range a.homes[:a.n] {
		sum += lines[home].prints[0]
	}
	a.touched = sum
}

// follow goes on from the n-grams of a size to those that may be known.
func (a *adder) follow(size int, width uint) {
	lines := a.quad.lines
	n := uint(0)
	for i, cell := range a.cells[:a.n] {
		bits := uint16(lines[cell/lineCells].follow[cell%lineCells/4] >> (cell % 4 * 16 & 63))
		at, home := a.at[i], a.homes[i]
		h := hash(a.key(int(at), size+1, width))
		if bits&farBit != 0 {
			home = uint32(h >> 32 * uint64(len(lines)) >> 32)
		}
		n &= stretch - 1
		a.at[n], a.homes[n], a.prints[n] = at, home, printOf(h)
		n += uint(bits >> (followAt(a.code(int(at)+size)) & 15) & 1)
	}
	a.n = int(n)
}

// add adds the weights of the cells that were not met before.
func (a *adder) add() {
	m := &a.met
	var s0, s1, s2, s3 int32
	for i, cell := range a.cells[:a.n] {
		bit := cell * 0x9E3779B1 >> 18 // 14 bits
		word := m[bit>>6]
		before := uint32(word >> (bit & 63) & 1)
		m[bit>>6] = word | 1<<(bit&63)
		w := a.weights[i] & (before - 1)
		s0 += squares[uint8(w)]
		s1 += squares[uint8(w>>8)]
		if w>>16 != 0 {
			s2 += squares[uint8(w>>16)]
			s3 += squares[uint8(w>>24)]
		}
	}
	a.sums[0] += s0
	a.sums[1] += s1
	a.sums[2] += s2
	a.sums[3] += s3
}

// squares has expand's values by byte.
var squares = func() (v [256]int32) {
	for b := range v {
		v[b] = expand(int8(b))
	}
	return v
}()

// words adds words and pairs of words and returns how many there are.
func (a *adder) words(runes []rune) (total int) {
	a.met, a.n = met{}, 0
	var w words
	for at := range len(runes) + 1 {
		n := w.next(runes, at)
		total += n
		for _, key := range w.keys[:n] {
			if cell, ok := a.quad.find(a.features, key); ok {
				a.cells[a.n], a.weights[a.n] = uint32(cell), a.quad.weight(cell)
				a.n++
			}
		}
		if a.n > stretch-len(w.keys) || at%stretch == stretch-1 {
			a.add()
			a.n = 0
		}
		if at%stretch == stretch-1 {
			a.met = met{}
		}
	}
	a.add()
	return total
}
