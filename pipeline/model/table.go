package model

import (
	"encoding/binary"
	"fmt"
	"math"
)

// MaxOutputs is how many margins one table gives at most.
const MaxOutputs = 16

// Table holds the weights of a linear model with several outputs: an
// open-addressing hash table without keys, only a 16-bit fingerprint and one
// 8-bit weight per output. An unknown n-gram is taken for a known one about
// once in 20,000.
type Table struct {
	Features Features
	Outputs  int
	Bias     []float32 // by output
	Scale    []float32 // by output: what an expanded weight of 1 stands for
	slots    int
	cells    []byte   // by slot: print, little-endian, 0 = empty; then a weight per output
	filter   []uint32 // by home block: bits of the prints that may be found from there
}

// tableLoad is the share of slots in use.
const tableLoad = 0.6

const (
	printSize   = 2
	filterBlock = 8 // homes that share a word of the filter
)

// stride is the size of a cell, so that a hit costs one cache line.
func (t *Table) stride() int { return printSize + t.Outputs }

// NewTable makes a table of the features with the given keys; weight gives
// the weight of feature i for an output.
func NewTable(f Features, keys []uint64, bias []float32, weight func(i, output int) float32) (*Table, error) {
	outputs := len(bias)
	if outputs == 0 || outputs > MaxOutputs {
		return nil, fmt.Errorf("table of %d outputs: must have 1 to %d", outputs, MaxOutputs)
	}
	t := &Table{
		Features: f, Outputs: outputs, Bias: bias,
		Scale: make([]float32, outputs),
		slots: int(float64(len(keys))/tableLoad) + 1,
	}
	t.cells = make([]byte, t.slots*t.stride())
	for o := range outputs {
		var largest float64
		for i := range keys {
			largest = max(largest, math.Abs(float64(weight(i, o))))
		}
		t.Scale[o] = float32(largest/(math.MaxInt8*math.MaxInt8)) + 1e-12
	}
	for i, k := range keys {
		slot, found := t.find(k)
		if found {
			continue // shares print and slot with an earlier, more frequent feature
		}
		cell := t.cell(slot)
		binary.LittleEndian.PutUint16(cell, uint16(printOf(k)))
		for o := range outputs {
			cell[printSize+o] = byte(compress(weight(i, o) / t.Scale[o]))
		}
	}
	t.index()
	return t, nil
}

// compress stores a weight by its square root: a few weights are large and
// most small, and both keep a precision of a few percent.
func compress(w float32) int8 {
	q := math.Round(math.Sqrt(math.Abs(float64(w))))
	return int8(math.Copysign(min(q, math.MaxInt8), float64(w)))
}

// expand has no branch: signs come in no order that a processor could foresee.
func expand(q int8) int32 {
	v := int32(q)
	sign := v >> 31
	return v * (v ^ sign - sign)
}

// printOf is never 0, which marks an empty slot.
func printOf(key uint64) uint64 { return max(1, key&math.MaxUint16) }

func (t *Table) cell(slot int) []byte {
	n := t.stride()
	return t.cells[slot*n : slot*n+n]
}

func (t *Table) print(slot int) uint64 {
	return uint64(binary.LittleEndian.Uint16(t.cells[slot*t.stride():]))
}

func (t *Table) home(key uint64) int { return int((key >> 32) * uint64(t.slots) >> 32) }

// find returns the slot of key, or the empty slot where it would go.
func (t *Table) find(key uint64) (slot int, found bool) {
	p := printOf(key)
	for slot = t.home(key); ; {
		switch t.print(slot) {
		case p:
			return slot, true
		case 0:
			return slot, false
		}
		if slot++; slot == t.slots {
			slot = 0
		}
	}
}

// index makes the filter: most n-grams of a text are unknown, and a table that
// does not fit the near cache should not be asked about them. Where a print's
// search began is not kept, so every home from which it would be found counts.
func (t *Table) index() {
	t.filter = make([]uint32, t.slots/filterBlock+1)
	for slot := range t.slots {
		p := t.print(slot)
		for home := slot; p != 0 && t.print(home) != 0; {
			t.filter[home/filterBlock] |= 1 << (p & 31)
			if home == 0 {
				home = t.slots
			}
			if home--; home == slot {
				break
			}
		}
	}
}

// maybe is 0 for a key that is surely unknown, else 1.
func (t *Table) maybe(key uint64) uint32 {
	return t.filter[uint(t.home(key))/filterBlock] >> (printOf(key) & 31) & 1
}

// seen remembers the slots met in one stretch of text, so that an n-gram
// counts once however often it stands there, as in fitting. It errs on the
// side of having seen.
type seen [256]uint64

const stretch = 256 // runes

func (s *seen) add(slot int) (before bool) {
	bit := uint32(slot) * 0x9E3779B1 >> 18 // 14 bits
	w, b := bit>>6, uint64(1)<<(bit&63)
	before = s[w]&b != 0
	s[w] |= b
	return before
}

// Margins adds to out, by output, the log-odds that runes give, bias included.
func (t *Table) Margins(runes []rune, out *[MaxOutputs]float32) {
	a := adder{table: t}
	if t.Features.Words || t.Features.Min != 1 {
		a.grams(runes)
	} else {
		a.characters(runes)
	}
	norm := Norm(a.total)
	for o := range t.Outputs {
		out[o] += t.Bias[o] + float32(a.sums[o])*t.Scale[o]/norm
	}
}

// adder sums the weights of a text's n-grams. Keys that pass the filter are
// gathered first and looked up later: the loop over all of them then hangs on
// nothing that a processor cannot foresee.
type adder struct {
	table *Table
	total int
	keys  [128]uint64
	met   seen
	sums  [MaxOutputs]int32
}

// grams adds n-grams of any kind.
func (a *adder) grams(runes []rune) {
	for g := a.table.Features.grams(); g.next(runes); {
		a.total += g.n
		n := 0
		for _, key := range g.keys[:g.n] {
			a.keys[n] = key
			n += int(a.table.maybe(key))
		}
		a.flush(n)
		if g.at > 0 && g.at%stretch == 0 {
			a.met = seen{}
		}
	}
}

// characters is grams for character n-grams from one rune on alone, which is
// most of an analysis.
func (a *adder) characters(runes []rune) {
	t := a.table
	top := int(t.Features.Max)
	var p [MaxGram]uint64
	n := 0
	for at := -1; at <= len(runes); at++ {
		v := uint64(gramRune(runes, at)) + 1
		p[4] = p[3]*gramBase + v
		p[3] = p[2]*gramBase + v
		p[2] = p[1]*gramBase + v
		p[1] = p[0]*gramBase + v
		p[0] = v
		count := min(top, at+2)
		a.total += count
		for i := range count {
			key := mixGram(p[i], uint64(i+1))
			a.keys[n%len(a.keys)] = key
			n += int(t.maybe(key))
		}
		switch {
		case at > 0 && at%stretch == 0:
			a.flush(n)
			a.met, n = seen{}, 0
		case n > len(a.keys)-MaxGram:
			a.flush(n)
			n = 0
		}
	}
	a.flush(n)
}

// flush adds what the first n keys weigh.
func (a *adder) flush(n int) {
	for _, key := range a.keys[:n] {
		slot, found := a.table.find(key)
		if !found || a.met.add(slot) {
			continue
		}
		for o, w := range a.table.cell(slot)[printSize:] {
			a.sums[o] += expand(int8(w))
		}
	}
}

// Norm is what the sum of weights of a text with n n-grams is divided by.
func Norm(n int) float32 { return float32(math.Sqrt(float64(max(1, n)))) }

// Spans adds to weight, by rune, factor times what the n-grams over that rune
// give to an output, each n-gram shared equally by its runes.
func (t *Table) Spans(runes []rune, output int, factor float32, weight []float32) {
	factor *= t.Scale[output] / Norm(len(t.Features.Keys(nil, runes)))
	var met seen
	for g := t.Features.grams(); g.next(runes); {
		for k, key := range g.keys[:g.n] {
			slot, ok := t.find(key)
			if !ok || met.add(slot) {
				continue
			}
			w := float32(expand(int8(t.cell(slot)[printSize+output]))) * factor
			from, to := max(0, g.from[k]), min(len(runes), g.at+1)
			for i := from; i < to; i++ {
				weight[i] += w / float32(to-from)
			}
		}
		if g.at > 0 && g.at%stretch == 0 {
			met = seen{}
		}
	}
}
