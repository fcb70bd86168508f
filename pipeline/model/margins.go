package model

import "sync"

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
	var all [MaxOutputs]int32
	for i, q := range t.quads {
		a.quad, a.features = q, t.Features
		a.sums = sums{}
		for begin := -1; begin <= len(runes); begin += stretch {
			clear(a.met[:])
			a.characters(runes, begin)
		}
		if t.Features.Words {
			words := a.words(runes)
			if i == 0 {
				total += words
			}
		}
		copy(all[i*quadOutputs:], []int32{a.sums.a, a.sums.b, a.sums.c, a.sums.d})
	}
	norm := Norm(total)
	for o := range t.Outputs {
		out[o] += t.Bias[o] + float32(all[o])*t.Scale[o]/norm
	}
}

// adder sums the weights of a text's n-grams, length by length over a stretch,
// and of a length in short loops: so the look-ups of many places wait for memory
// together, none hangs on a guess of the processor, and what a loop works with
// fits the registers.
type adder struct {
	quad     *quad
	features Features
	sums     sums
	keys     [stretch + 2*MaxGram]uint64 // of the longest n-grams that end at the places
	bits     [stretch + 2*MaxGram]uint8  // of the places: where a cell has the bit that lets n-grams go on by them
	n        int                         // n-grams under way; of each,
	at       [stretch]uint8              // where it begins,
	lines    [stretch]uint32             // the line where it is looked for, or was found,
	heads    [stretch]head               // the head of that,
	prints   [stretch]uint16             // its print,
	cells    [stretch]uint64             // and the cell in which it was found
	strays   [stretch]stray              // those found beyond the line where they were looked for,
	strayed  int                         // and how many
	met      met
	touched  uint64 // keeps touch from being left out
}

// stray is an n-gram that was found elsewhere than at home, where those that go on
// from it are looked for: its number among the n-grams under way, and the line.
type stray struct {
	n    uint8
	home uint32
}

// met remembers the cells met. It errs on the side of having met one.
type met [256]uint64

// characters adds the character n-grams that begin in the stretch from begin
// on.
func (a *adder) characters(runes []rune, begin int) {
	a.spell(runes, begin)
	a.n = min(len(runes)+1-begin, stretch)
	a.pairs()
	if a.features.Min == 1 {
		a.touchSingles()
		a.singles()
	} else {
		a.touch()
	}
	for size := 2; ; size++ {
		a.check()
		a.add()
		if size == int(a.features.Max) {
			return
		}
		a.follow(size)
		a.touch()
	}
}

// spell fills the keys and bits of a stretch and a little beyond.
func (a *adder) spell(runes []rune, begin int) {
	width := a.features.width()
	mask := uint64(1)<<(width*a.features.longest()) - 1 // 0 shifted out is all ones
	key := uint64(0)
	put := func(i int, c uint16) {
		key = key<<width | uint64(c)
		a.keys[i], a.bits[i] = key&mask, uint8(followFrom+followAt(c))
	}
	i := 0
	if begin < 0 {
		put(0, codeStart)
		i = 1
	}
	if end := min(len(runes)-begin, stretch+MaxGram-1); end > i {
		for _, r := range runes[begin+i : begin+end] {
			put(i, code(r, width))
			i++
		}
	}
	if begin+i == len(runes) {
		put(i, codeEnd)
		i++
	}
	for range MaxGram { // beyond the text
		put(i, 0)
		i++
	}
}

// longest is how many codes a key has room for.
func (f Features) longest() uint {
	if f.width() == wideBits {
		return 64 / wideBits
	}
	return 64 / narrowBits
}

// keysOf gives the keys of n-grams of a size: that of a place is its element
// without the lowest bits.
func (a *adder) keysOf(size int) (keys []uint64, shift uint) {
	longest := a.features.longest()
	return a.keys[longest-1:], (longest - uint(size)) * a.features.width()
}

// pairs makes every place one of a pair of characters.
func (a *adder) pairs() {
	lines := len(a.quad.lines)
	keys, shift := a.keysOf(2)
	for i, key := range keys[:a.n] {
		h := hash(key >> (shift & 63))
		a.at[i], a.lines[i], a.prints[i] = uint8(i), lineOf(h, lines), printOf(h)
	}
}

// touch brings the lines near and reads their heads: a loop this short asks
// memory for many at once.
func (a *adder) touch() {
	lines, heads := a.quad.lines, a.quad.heads
	if a.quad.narrow {
		for i, at := range a.lines[:a.n] {
			a.heads[i] = lines[at].head()
		}
		return
	}
	sum := uint64(0)
	for i, at := range a.lines[:a.n] {
		a.heads[i] = heads[at]
		sum += lines[at][0]
	}
	a.touched = sum
}

// touchSingles is touch for the pairs and the single characters, so that one
// wait for memory is that of both.
func (a *adder) touchSingles() {
	lines, heads, ones := a.quad.lines, a.quad.heads, a.quad.ones
	keys, shift := a.keysOf(1)
	keys = keys[:a.n]
	sum := uint64(0)
	if a.quad.narrow {
		for i, at := range a.lines[:a.n] {
			a.heads[i] = lines[at].head()
			sum += uint64(ones[keys[i]>>(shift&63)])
		}
	} else {
		for i, at := range a.lines[:a.n] {
			a.heads[i] = heads[at]
			sum += lines[at][0] + uint64(ones[keys[i]>>(shift&63)])
		}
	}
	a.touched = sum
}

// singles adds single characters.
func (a *adder) singles() {
	var s sums
	ones := a.quad.ones
	keys, shift := a.keysOf(1)
	if a.quad.narrow {
		for _, key := range keys[:a.n] {
			c := uint32(key >> (shift & 63))
			s = s.plusTwo(ones[c], a.met.add(singleCell|c))
		}
	} else {
		for _, key := range keys[:a.n] {
			c := uint32(key >> (shift & 63))
			s = s.plus(ones[c], a.met.add(singleCell|c))
		}
	}
	a.sums = a.sums.and(s)
}

// singleCell stands for a cell of a single character.
const singleCell = 1 << 31

// check keeps the n-grams under way that are known. Their lines were touched.
func (a *adder) check() {
	lines := a.quad.lines
	n := uint(0)
	a.strayed = 0
	for i, at := range a.lines[:a.n] {
		h, print := a.heads[i], a.prints[i]
		place, name := h.spot(print)
		g := gram{at, lines[at][place]}
		difference := name ^ uint32(g.cell>>nameFrom)
		if difference|h.spilled(print)<<31 > 1<<31 { // seldom: another name, but such n-grams had to go on to the next line
			g, difference = a.quad.beyond(at, print)
			if difference == 0 {
				a.strays[a.strayed] = stray{uint8(n), at}
				a.strayed++
			}
		}
		n &= stretch - 1
		a.at[n], a.lines[n], a.cells[n] = a.at[i], g.line, g.cell
		n += uint((uint64(difference) - 1) >> 63)
	}
	a.n = int(n)
}

// add adds the weights of the cells that were not met before.
func (a *adder) add() {
	var s sums
	if a.quad.narrow {
		for i, cell := range a.cells[:a.n] {
			s = s.plusTwo(uint32(cell), a.met.add(gram{a.lines[i], cell}.number()))
		}
	} else {
		for i, cell := range a.cells[:a.n] {
			s = s.plus(uint32(cell), a.met.add(gram{a.lines[i], cell}.number()))
		}
	}
	a.sums = a.sums.and(s)
}

// follow goes on from the n-grams of a size to those that may be known.
func (a *adder) follow(size int) {
	lines := len(a.quad.lines)
	keys, shift := a.keysOf(size + 1)
	bits := a.bits[size:]
	n := uint(0)
	for _, s := range a.strays[:a.strayed] {
		a.lines[s.n] = s.home
	}
	for i, cell := range a.cells[:a.n] {
		at := a.at[i]
		h := hash(keys[at] >> (shift & 63))
		line, own := a.lines[i], lineOf(h, lines)
		if cell&(farBit<<followFrom) != 0 {
			line = own
		}
		n &= stretch - 1
		a.at[n], a.lines[n], a.prints[n] = at, line, printOf(h)
		n += uint(cell >> (bits[at] & 63) & 1)
	}
	a.n = int(n)
}

// sums are those of the weights by output.
type sums struct{ a, b, c, d int32 }

// plus adds a cell's weights unless it was met before.
func (s sums) plus(weights, before uint32) sums {
	w := weights & (before - 1)
	s.a += squares[uint8(w)]
	s.b += squares[uint8(w>>8)]
	if w>>16 != 0 {
		s.c += squares[uint8(w>>16)]
		s.d += squares[uint8(w>>24)]
	}
	return s
}

// plusTwo is plus for a table of two outputs.
func (s sums) plusTwo(weights, before uint32) sums {
	w := weights & (before - 1)
	s.a += squares[uint8(w)]
	s.b += squares[uint8(w>>8)]
	return s
}

func (s sums) and(o sums) sums { return sums{s.a + o.a, s.b + o.b, s.c + o.c, s.d + o.d} }

// squares has expand's values by byte.
var squares = func() (v [256]int32) {
	for b := range v {
		v[b] = expand(int8(b))
	}
	return v
}()

// add says by 1 whether a cell was met before, and remembers it.
func (m *met) add(cell uint32) (before uint32) {
	bit := cell * 0x9E3779B1 >> 18 // 14 bits
	word := m[bit>>6]
	m[bit>>6] = word | 1<<(bit&63)
	if word&(1<<(bit&63)) != 0 { // no guess of the processor, and cheaper than a shift
		before = 1
	}
	return before
}

// words adds words and pairs of words and returns how many there are.
func (a *adder) words(runes []rune) (total int) {
	clear(a.met[:])
	var w words
	for at := range len(runes) + 1 {
		n := w.next(runes, at)
		total += n
		for _, key := range w.keys[:n] {
			if g, ok := a.quad.find(a.features, key); ok {
				a.sums = a.sums.plus(a.quad.weights(g.cell), a.met.add(g.number()))
			}
		}
		if at%stretch == stretch-1 {
			clear(a.met[:])
		}
	}
	return total
}
