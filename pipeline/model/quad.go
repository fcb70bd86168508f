package model

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

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
	cells  []uint64 // eight a line
	heads  heads
	lines  int
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

// heads holds what there is to know of lines before their cells are read: the
// multiplier, which is odd, and which classes of prints had to go on to the next
// line, as in a draft. In a table of two outputs a line's first two cells have
// room for them.
type heads struct {
	units []uint16
	log   uint // of the units from one line's head to the next's
	from  uint // the first line's multiplier
	gap   uint // from a multiplier to the spills
}

// headsIn are heads in the bits of the third and fourth weight of lines' first
// and second cells.
func headsIn(cells []uint64) heads {
	const perCell, third = 4, 1
	h := heads{units: unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(cells))), len(cells)*perCell), log: 5, from: third, gap: perCell}
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 { // the highest bits come first
		h.from = perCell - 1 - third
	}
	return h
}

func (h *heads) at(line uint32) uint16 { return h.units[uint(line)<<(h.log&63)+h.from] }

func (h *heads) set(line int, multiplier uint16, spills uint8) {
	at := uint(line)<<h.log + h.from
	h.units[at], h.units[at+h.gap] = multiplier, uint16(spills)
}

// spilled says by 1 whether n-grams of a print's class had to go on to the next
// line.
func (h *heads) spilled(line uint32, print uint16) uint16 {
	return h.units[uint(line)<<(h.log&63)+h.from+h.gap] >> spillClass(print) & 1
}

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

func lineOf(hash uint64, lines int) int { return int(hash >> 32 * uint64(lines) >> 32) }

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
	q := &quad{cells: hugepage.Slice[uint64](len(d) * lineCells), lines: len(d), narrow: outputs <= 2}
	if q.narrow {
		q.heads = headsIn(q.cells)
	} else {
		q.heads = heads{units: make([]uint16, 2*len(d)), log: 1, gap: 1}
	}
	for i := range d {
		likely := uint16(1)
		if last != nil && last.lines == len(d) {
			likely = last.heads.at(uint32(i))
		}
		if !q.fill(i, &d[i], likely) {
			return nil, fmt.Errorf("%w: no multiplier tells the n-grams of line %d apart", ErrDamaged, i)
		}
	}
	hugepage.Collapse(q.cells)
	q.index(f)
	return q, nil
}

// fill makes a line; not ok where no multiplier suits it, which a draft avoids.
func (q *quad) fill(line int, l *draftLine, likely uint16) (ok bool) {
	m, ok := l.multiplier(likely)
	cells := q.cells[line*lineCells:][:lineCells]
	for i := range cells {
		cells[i] = nameless << nameFrom
	}
	for number := range l.cells {
		c := &l.cells[number]
		if c.print == 0 || c != l.cell(c.print) {
			continue
		}
		place, name := spot(line, m, c.print)
		q.cells[place] = uint64(c.weights) | uint64(c.follow)<<followFrom | uint64(number)<<numberFrom | uint64(name)<<nameFrom
	}
	q.heads.set(line, m, l.spill)
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

// spot is the cell in a line where a print would be, and the name it would have.
func spot(line int, multiplier, print uint16) (place int, name uint16) {
	product := print * multiplier
	return line*lineCells + int(product>>restBits), product & (1<<restBits - 1)
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

// home is the line where the search for key begins, as in a draft.
func (q *quad) home(f Features, key uint64) (home int, ok bool) {
	parent, longer := f.parent(key)
	if !longer {
		return lineOf(hash(key), q.lines), true
	}
	cell, ok := q.find(f, parent)
	if !ok {
		return 0, false
	}
	if q.cells[cell]>>followFrom&farBit != 0 {
		return lineOf(hash(key), q.lines), true
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

// search looks for a print from a line on.
func (q *quad) search(line int, print uint16) (cell int, ok bool) {
	for range q.lines {
		cell, name := spot(line, q.heads.at(uint32(line)), print)
		if uint16(q.cells[cell]>>nameFrom) == name {
			return cell, true
		}
		if q.heads.spilled(uint32(line), print) == 0 {
			break
		}
		line = q.next(line)
	}
	return 0, false
}

// next is the line to go on to.
func (q *quad) next(line int) int {
	if line++; line < q.lines {
		return line
	}
	return 0
}

// beyond is search from the next line on, for a loop: it gives the cell, its
// content and how its name differs.
func (q *quad) beyond(line int, print uint16) (cell int, content uint64, difference uint16) {
	if cell, ok := q.search(q.next(line), print); ok {
		return cell, q.cells[cell], 0
	}
	return 0, 0, 1
}

// weight is a cell's weights, a byte an output.
func (q *quad) weight(cell int) uint32 {
	w := uint32(q.cells[cell])
	if q.narrow {
		w &= 0xFFFF
	}
	return w
}

// numberOf is a cell's number in the draft: a line's cells have the line's eight.
func numberOf(cell int, content uint64) uint32 {
	return uint32(cell)&^(lineCells-1) | uint32(content>>numberFrom)&(lineCells-1)
}
