package model

import (
	"fmt"
	"math"

	"fenghuo/pipeline/hugepage"
)

// quad holds the weights of up to four outputs: a hash table without keys. An
// unknown n-gram is taken for a known one about once in 10,000.
//
// Its unit is a line of the processor's cache. A line holds an n-gram of two
// characters together with most of the longer ones that begin with it, so
// that a place of a text costs about one wait for memory. A longer n-gram is
// looked up only where its beginning was found.
//
// In its line an n-gram is at the only place where it can be: the line's
// multiplier is such that the products with its prints differ in their highest
// bits, and these say the place.
type quad struct {
	lines  []line
	heads  []head   // by line, of a table of more than two outputs
	ones   []uint32 // weights of single characters, by code
	file   []byte   // the draft as a file has it
	narrow bool     // of two outputs at most: the other weights' bits are not theirs
}

// A cell, from its lowest bit: the weights, a byte an output; what goes on from
// it; its number in the line of the draft; and its name, which is the product
// of print and multiplier without the bits that its place tells. A free cell has
// a name that no product gives.
const (
	followFrom = 32
	numberFrom = followFrom + followBits + 1
	nameFrom   = numberFrom + 3

	placeBits = 3
	restBits  = 16 - placeBits
	nameless  = 1 << restBits
)

const lineCells = 1 << placeBits

type line [lineCells]uint64

// head is what there is to know of a line before its cells are read: in the
// lower half its multiplier, in the upper one twice what a draft knows of
// spilling, so that a print's four lowest bits say where to look.
type head uint32

func newHead(multiplier uint16, spill uint8) head {
	return head(multiplier) | head(spill)*0x101<<headFrom
}

func (h head) multiplier() uint16 { return uint16(h) }

// In a table of two outputs the head is in the line, in the bits of the third and
// fourth weight of the first two cells.
const (
	headFrom  = 16
	upperHalf = math.MaxUint32 << headFrom & math.MaxUint32
)

func (l *line) head() head { return head(uint32(l[0])>>headFrom | uint32(l[1])&upperHalf) }

func (l *line) setHead(h head) {
	l[0] |= uint64(h.multiplier()) << headFrom
	l[1] |= uint64(h & upperHalf)
}

// spot is the cell in a line where a print would be, and the name it would have.
func (h head) spot(print uint16) (place, name uint32) {
	product := uint32(h) * uint32(print)
	return product >> restBits % lineCells, product % nameless
}

// spilled says in its lowest bit whether n-grams of a print's class had to go on
// to the next line. The other bits mean nothing.
func (h head) spilled(print uint16) uint32 { return uint32(h) >> ((print | headFrom) & 31) }

// What goes on from a cell: a bit for each 14th of the codes of longer n-grams,
// and whether those have lines of their own.
const (
	followBits = 14
	farBit     = 1 << followBits
)

// hash spreads a key: the line comes from its higher half, the print from the
// middle of its lower one.
func hash(key uint64) uint64 {
	h := key * hashMix
	h ^= h >> 32
	return h * hashBase
}

func lineOf(hash uint64, lines int) uint32 { return uint32(hash >> 32 * uint64(lines) >> 32) }

// printOf is never 0, which marks a free cell.
func printOf(hash uint64) uint16 { return max(1, uint16(hash>>16)) }

// followAt is the number of a code's bit among what goes on from a cell.
func followAt(code uint16) uint32 { return uint32(code*0x9E37) * followBits >> 16 }

// spillClass is the class of a print among those that had to go on to the next
// line.
func spillClass(print uint16) uint { return uint(print % 8) }

// newQuad makes the table of a draft. Quads of one table have the same n-grams,
// so the multipliers of the last suit the next.
func newQuad(f Features, d draft, outputs int, last *quad) (*quad, error) {
	q := &quad{lines: hugepage.Slice[line](len(d)), narrow: outputs <= 2}
	if !q.narrow {
		q.heads = make([]head, len(d))
	}
	for i := range d {
		likely := uint16(1)
		if last != nil && len(last.lines) == len(d) {
			likely = last.head(uint32(i)).multiplier()
		}
		if !q.fill(i, &d[i], likely) {
			return nil, fmt.Errorf("%w: no multiplier tells the n-grams of line %d apart", ErrDamaged, i)
		}
	}
	hugepage.Collapse(q.lines)
	q.index(f)
	return q, nil
}

// head is a line's.
func (q *quad) head(line uint32) head {
	if q.narrow {
		return q.lines[line].head()
	}
	return q.heads[line]
}

// fill makes a line; not ok where no multiplier suits it, which a draft avoids.
func (q *quad) fill(at int, d *draftLine, likely uint16) bool {
	multiplier, ok := d.multiplier(likely)
	h := newHead(multiplier, d.spill)
	l := &q.lines[at]
	for i := range l {
		l[i] = nameless << nameFrom
	}
	for number := range d.cells {
		c := &d.cells[number]
		if c.print == 0 || c != d.cell(c.print) {
			continue
		}
		place, name := h.spot(c.print)
		l[place] = uint64(c.weights) | uint64(c.follow)<<followFrom | uint64(number)<<numberFrom | uint64(name)<<nameFrom
	}
	if q.narrow {
		l.setHead(h)
	} else {
		q.heads[at] = h
	}
	return ok
}

// multiplier is one that sends the cells to places of their own: likely, if that
// does, else the first.
func (l *draftLine) multiplier(likely uint16) (m uint16, ok bool) {
	var prints [lineCells]uint16
	n := 0
	for i := range l.cells {
		if c := &l.cells[i]; c.print != 0 && c == l.cell(c.print) {
			prints[n] = c.print
			n++
		}
	}
	if parts(prints[:n], likely) {
		return likely, true
	}
	for m := 1; m <= math.MaxUint16; m += 2 {
		if parts(prints[:n], uint16(m)) {
			return uint16(m), true
		}
	}
	return 0, false
}

// parts says whether the products with a multiplier differ in their highest
// bits. It never guesses where two agree: that would cost more than going on.
func parts(prints []uint16, m uint16) bool {
	sum, or := uint32(0), uint32(0)
	for _, p := range prints {
		bit := uint32(1) << (p * m >> restBits & 7)
		sum += bit
		or |= bit
	}
	return sum == or
}

// index copies the weights of single characters to where no search is needed.
func (q *quad) index(f Features) {
	if f.Min > 1 {
		return
	}
	q.ones = make([]uint32, 1<<f.width())
	for c := range q.ones {
		if g, ok := q.find(f, uint64(c)); ok {
			q.ones[c] = q.weights(g.cell)
		}
	}
}

// home is the line where the search for key begins, as in a draft.
func (q *quad) home(f Features, key uint64) (home uint32, ok bool) {
	parent, longer := f.parent(key)
	if !longer {
		return lineOf(hash(key), len(q.lines)), true
	}
	g, ok := q.find(f, parent)
	if !ok {
		return 0, false
	}
	if g.cell>>followFrom&farBit != 0 {
		return lineOf(hash(key), len(q.lines)), true
	}
	return q.home(f, parent)
}

// gram is an n-gram that the table knows.
type gram struct {
	line uint32
	cell uint64
}

// find returns the n-gram of key.
func (q *quad) find(f Features, key uint64) (g gram, ok bool) {
	home, ok := q.home(f, key)
	if !ok {
		return gram{}, false
	}
	return q.search(home, printOf(hash(key)))
}

// search looks for a print from a line on.
func (q *quad) search(line uint32, print uint16) (g gram, ok bool) {
	for range q.lines {
		h := q.head(line)
		place, name := h.spot(print)
		if cell := q.lines[line][place]; uint32(cell>>nameFrom) == name {
			return gram{line, cell}, true
		}
		if h.spilled(print)&1 == 0 {
			break
		}
		line = q.next(line)
	}
	return gram{}, false
}

// next is the line to go on to.
func (q *quad) next(line uint32) uint32 {
	if line++; int(line) < len(q.lines) {
		return line
	}
	return 0
}

// beyond is search from the next line on, for a loop: it gives the n-gram and
// how its name differs.
func (q *quad) beyond(line uint32, print uint16) (g gram, difference uint32) {
	if g, ok := q.search(q.next(line), print); ok {
		return g, 0
	}
	return gram{}, 1
}

// weights are a cell's, a byte an output.
func (q *quad) weights(cell uint64) uint32 {
	w := uint32(cell)
	if q.narrow {
		w &= 0xFFFF
	}
	return w
}

// number is an n-gram's in the draft: a line's have the line's eight.
func (g gram) number() uint32 {
	return g.line*lineCells | uint32(g.cell>>numberFrom)&(lineCells-1)
}
