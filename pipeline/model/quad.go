package model

import (
	"cmp"
	"math/bits"
	"slices"
)

// quad holds the weights of up to four outputs: a hash table without keys. An
// unknown n-gram is taken for a known one about once in 10,000.
//
// Its unit is a line of the processor's cache. A line holds an n-gram of two
// characters together with most of the longer ones that begin with it, so
// that a place of a text costs about one wait for memory. A longer n-gram is
// looked up only where its beginning was found.
type quad struct {
	lines []line
	ones  []uint32 // weights of single characters, by code
}

// line has eight cells, four to a word: their prints, 0 = a free cell; what
// goes on from them; and two to a word, their weights, a byte an output.
type line struct {
	prints  [2]uint64
	follow  [2]uint64
	weights [4]uint64
}

const lineCells = 8

// What goes on from a cell: a bit for each 14th of the codes of longer n-grams;
// whether those have lines of their own; and one that belongs to the line: the
// bit of its cell k tells whether n-grams of this line had to go to the next one
// whose prints are k modulo 8.
const (
	followBits = 14
	farBit     = 1 << followBits
	spillAt    = followBits + 1
)

const (
	lineLoad = 0.65 // share of cells in use
	family   = 4    // an n-gram that more go on from sends them to lines of their own
)

// newQuad makes a quad of keys; weight gives the weights of key i, a byte an
// output.
func newQuad(f Features, keys []uint64, weight func(i int) uint32) *quad {
	all, children := f.withParents(keys)
	q := &quad{lines: make([]line, int(float64(len(all))/(lineLoad*lineCells))+1)}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(f.length(all[a]), f.length(all[b])) })
	for _, i := range order {
		k := all[i]
		home, _ := q.home(f, k)
		cell, found := q.insert(home, printOf(hash(k)))
		if children[k] > family {
			q.mark(cell, farBit)
		}
		if parent, ok := f.parent(k); ok {
			before, _ := q.find(f, parent)
			q.mark(before, 1<<followAt(f.lastCode(k)))
		}
		if i < len(keys) && !found { // else a parent, or it shares its cell with an earlier, more frequent feature
			q.lines[cell/lineCells].weights[cell%lineCells/2] |= uint64(weight(i)) << (cell % 2 * 32)
		}
	}
	q.index(f)
	return q
}

// withParents appends what keys go on from and is not among them, and counts
// how many go on from each.
func (f Features) withParents(keys []uint64) (all []uint64, children map[uint64]int) {
	known := make(map[uint64]bool, len(keys))
	for _, k := range keys {
		known[k] = true
	}
	all, children = slices.Clone(keys), map[uint64]int{}
	for i := 0; i < len(all); i++ {
		p, ok := f.parent(all[i])
		if !ok {
			continue
		}
		children[p]++
		if !known[p] {
			known[p] = true
			all = append(all, p)
		}
	}
	return all, children
}

// index copies the weights of single characters to where no search is needed.
func (q *quad) index(f Features) {
	if f.Min > 1 {
		return
	}
	q.ones = make([]uint32, 1<<f.width())
	for c := range q.ones {
		if cell, ok := q.find(f, uint64(c)); ok {
			q.ones[c] = q.weight(cell)
		}
	}
}

// hash spreads a key: the line comes from its higher half, the print from the
// middle of its lower one.
func hash(key uint64) uint64 {
	h := key * hashMix
	h ^= h >> 32
	return h * hashBase
}

func (q *quad) line(hash uint64) int { return int(hash >> 32 * uint64(len(q.lines)) >> 32) }

// printOf is never 0, which marks a free cell.
func printOf(hash uint64) uint16 { return max(1, uint16(hash>>16)) }

// followAt is the number of a code's bit among what goes on from a cell.
func followAt(code uint16) uint32 { return uint32(code*0x9E37) * followBits >> 16 }

// home is the line where the search for key begins: that of its parent unless
// this sends what goes on from it elsewhere. Not ok when the parent is unknown.
func (q *quad) home(f Features, key uint64) (home int, ok bool) {
	parent, longer := f.parent(key)
	if !longer {
		return q.line(hash(key)), true
	}
	cell, ok := q.find(f, parent)
	if !ok {
		return 0, false
	}
	if q.follow(cell)&farBit != 0 {
		return q.line(hash(key)), true
	}
	return q.home(f, parent)
}

// find returns the cell of key.
func (q *quad) find(f Features, key uint64) (cell int, ok bool) {
	home, ok := q.home(f, key)
	if !ok {
		return 0, false
	}
	return q.search(home, printOf(hash(key)))
}

// lanes spreads 16 bits over a word.
const lanes = 0x0001_0001_0001_0001

// match is not 0 where a cell of the line has the print; cellOf says which.
func (l *line) match(print uint16) uint64 {
	all := uint64(print) * lanes
	return equal(l.prints[0], all)>>15 | equal(l.prints[1], all)>>14
}

// equal sets the highest bit of every 16 that a and b have in common.
func equal(a, b uint64) uint64 {
	const low = 0x7FFF * lanes
	x := a ^ b
	return ^((x&low + low) | x | low)
}

// cellOf is the first cell in a match.
func cellOf(match uint64) int {
	at := bits.TrailingZeros64(match)
	return (at>>4 + at&1<<2) & (lineCells - 1)
}

// search looks for a print from a line on.
func (q *quad) search(at int, print uint16) (cell int, ok bool) {
	for range q.lines {
		l := &q.lines[at]
		if m := l.match(print); m != 0 {
			return at*lineCells + cellOf(m), true
		}
		if !l.spilled(print) {
			break
		}
		if at++; at == len(q.lines) {
			at = 0
		}
	}
	return 0, false
}

// insert returns the cell of a print, new or found.
func (q *quad) insert(at int, print uint16) (cell int, found bool) {
	if cell, found = q.search(at, print); found {
		return cell, true
	}
	for ; ; at = (at + 1) % len(q.lines) {
		l := &q.lines[at]
		if free := l.match(0); free != 0 {
			cell := cellOf(free)
			l.prints[cell/4] |= uint64(print) << (cell % 4 * 16)
			return at*lineCells + cell, false
		}
		word, bit := spillOf(print)
		l.follow[word] |= 1 << bit
	}
}

// spillOf is the place of a print's spill bit among what goes on from a line.
func spillOf(print uint16) (word, bit uint) {
	k := uint(print % lineCells)
	return k / 4, k%4*16 + spillAt
}

// spilled says whether n-grams like that of print had to go to the next line.
func (l *line) spilled(print uint16) bool {
	word, bit := spillOf(print)
	return l.follow[word]>>(bit&63)&1 != 0
}

// follow is what goes on from a cell.
func (q *quad) follow(cell int) uint16 {
	return uint16(q.lines[cell/lineCells].follow[cell%lineCells/4] >> (cell % 4 * 16))
}

func (q *quad) mark(cell int, bit uint16) {
	q.lines[cell/lineCells].follow[cell%lineCells/4] |= uint64(bit) << (cell % 4 * 16)
}

// weight is a cell's weights, a byte an output.
func (q *quad) weight(cell int) uint32 {
	return uint32(q.lines[cell/lineCells].weights[cell%lineCells/2] >> (cell % 2 * 32))
}
