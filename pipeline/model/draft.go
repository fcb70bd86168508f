package model

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// draft is a table as it is made and as a file keeps it: lines of eight cells,
// in each the n-grams in the order in which they came.
type draft []draftLine

type draftLine struct {
	cells [lineCells]draftCell
	spill uint8 // a bit for each class of prints (see spillClass) that had to go on to the next line
}

type draftCell struct {
	print   uint16 // 0 = free
	follow  uint16 // what goes on from it, see followBits
	weights uint32 // a byte an output
}

const (
	lineLoad = 0.65 // share of cells in use
	family   = 4    // an n-gram that more go on from sends them to lines of their own
)

// newDraft makes a draft of keys; weight gives the weights of key i, a byte an
// output.
func newDraft(f Features, keys []uint64, weight func(i int) uint32) draft {
	all, children := f.withParents(keys)
	d := make(draft, int(float64(len(all))/(lineLoad*lineCells))+1)
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(f.length(all[a]), f.length(all[b])) })
	for _, i := range order {
		k := all[i]
		home, _ := d.home(f, k)
		cell, found := d.insert(home, printOf(hash(k)))
		if children[k] > family {
			cell.follow |= farBit
		}
		if parent, ok := f.parent(k); ok {
			before := d.find(f, parent)
			before.follow |= 1 << followAt(f.lastCode(k))
		}
		if i < len(keys) && !found { // else a parent, or it shares its cell with an earlier, more frequent feature
			cell.weights |= weight(i)
		}
	}
	return d
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

// home is the line where the search for key begins: that of its parent unless
// this sends what goes on from it elsewhere. Not ok when the parent is unknown.
func (d draft) home(f Features, key uint64) (home int, ok bool) {
	parent, longer := f.parent(key)
	if !longer {
		return int(lineOf(hash(key), len(d))), true
	}
	cell := d.find(f, parent)
	switch {
	case cell == nil:
		return 0, false
	case cell.follow&farBit != 0:
		return int(lineOf(hash(key), len(d))), true
	}
	return d.home(f, parent)
}

// find returns the cell of key, or nil.
func (d draft) find(f Features, key uint64) *draftCell {
	home, ok := d.home(f, key)
	if !ok {
		return nil
	}
	return d.search(home, printOf(hash(key)))
}

// search looks for a print from a line on.
func (d draft) search(at int, print uint16) *draftCell {
	for range d {
		l := &d[at]
		if cell := l.cell(print); cell != nil {
			return cell
		}
		if l.spill>>spillClass(print)&1 == 0 {
			break
		}
		at = (at + 1) % len(d)
	}
	return nil
}

// insert returns the cell of a print, new or found.
func (d draft) insert(at int, print uint16) (cell *draftCell, found bool) {
	if cell = d.search(at, print); cell != nil {
		return cell, true
	}
	for ; ; at = (at + 1) % len(d) {
		l := &d[at]
		if free := l.cell(0); free != nil {
			free.print = print
			if _, ok := l.multiplier(1); ok {
				return free, false
			}
			free.print = 0 // no multiplier would tell the line's n-grams apart, see quad
		}
		l.spill |= 1 << spillClass(print)
	}
}

// cell is the first with a print, or nil. One that came from the line before
// may follow with the same: it is never found.
func (l *draftLine) cell(print uint16) *draftCell {
	for k := range l.cells {
		if l.cells[k].print == print {
			return &l.cells[k]
		}
	}
	return nil
}

// spillBit is, in what a file says goes on from cell k of a line, whether class
// k had to go on to the next line.
const spillBit = farBit << 1

// encode is a draft as a file has it: by line which cells are in use, and of
// those the prints, what goes on and the weights.
func (d draft) encode(outputs int) []byte {
	used := make([]byte, len(d))
	var cells []byte
	for i := range d {
		for k, c := range d[i].cells {
			if c.print == 0 {
				continue
			}
			used[i] |= 1 << k
			c.follow |= uint16(d[i].spill>>k&1) * spillBit
			cells = binary.LittleEndian.AppendUint16(cells, c.print)
			cells = binary.LittleEndian.AppendUint16(cells, c.follow)
			cells = append(cells, binary.LittleEndian.AppendUint32(nil, c.weights)[:outputs]...)
		}
	}
	return slices.Concat(used, cells)
}

// cellsIn counts the cells in use.
func cellsIn(used []byte) (n int) {
	for _, b := range used {
		n += bits.OnesCount8(b)
	}
	return n
}

// decodeDraft reads what encode wrote.
func decodeDraft(used, cells []byte, outputs int) draft {
	d := make(draft, len(used))
	size := 4 + outputs
	for i, b := range used {
		for k := range lineCells {
			if b>>k&1 == 0 {
				continue
			}
			c := draftCell{print: binary.LittleEndian.Uint16(cells), follow: binary.LittleEndian.Uint16(cells[2:])}
			for o, w := range cells[4:size] {
				c.weights |= uint32(w) << (o * 8)
			}
			if c.follow&spillBit != 0 {
				d[i].spill |= 1 << k
			}
			c.follow &^= spillBit
			d[i].cells[k] = c
			cells = cells[size:]
		}
	}
	return d
}
