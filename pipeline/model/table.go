package model

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
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
	prints   []byte // by slot, little-endian, 0 = empty; the first ones again at the end
	weights  []int8 // by slot and output
}

// lanes is how many prints one look takes in; so many less one stand again
// behind the last slot.
const lanes = 4

// tableLoad is the share of slots in use.
const tableLoad = 0.6

// NewTable makes a table of the features with the given keys; weight gives
// the weight of feature i for an output.
func NewTable(f Features, keys []uint64, bias []float32, weight func(i, output int) float32) (*Table, error) {
	outputs := len(bias)
	if outputs == 0 || outputs > MaxOutputs {
		return nil, fmt.Errorf("table of %d outputs: must have 1 to %d", outputs, MaxOutputs)
	}
	slots := max(lanes, int(float64(len(keys))/tableLoad)+1)
	t := &Table{
		Features: f, Outputs: outputs, Bias: bias,
		Scale: make([]float32, outputs),
		slots: slots, prints: make([]byte, 2*(slots+lanes-1)), weights: make([]int8, slots*outputs),
	}
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
		t.setPrint(slot, uint16(printOf(k)))
		for o := range outputs {
			t.weights[slot*outputs+o] = compress(weight(i, o) / t.Scale[o])
		}
	}
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

// setPrint fills a slot and its copy behind the last.
func (t *Table) setPrint(slot int, print uint16) {
	binary.LittleEndian.PutUint16(t.prints[2*slot:], print)
	for i := slot + t.slots; 2*i < len(t.prints); i += t.slots {
		binary.LittleEndian.PutUint16(t.prints[2*i:], print)
	}
}

// find returns the slot of key, or the empty slot where it would go. It looks
// at several prints at once (zero lanes of a word: Warren, "Hacker's Delight",
// 6-1), because how far one has to look is as hard to foresee as a coin.
func (t *Table) find(key uint64) (slot int, found bool) {
	const low, high = 0x0001_0001_0001_0001, 0x8000_8000_8000_8000
	p := printOf(key)
	slot = int((key >> 32) * uint64(t.slots) >> 32)
	for {
		seen := binary.LittleEndian.Uint64(t.prints[2*slot:])
		other := seen ^ p*low // lane of 0 = the print
		// The lowest marked lane is sure; those above it may be off by a borrow.
		if hits := (other-low)&^other&high | (seen-low)&^seen&high; hits != 0 {
			at := bits.TrailingZeros64(hits) &^ 15
			if slot += at / 16; slot >= t.slots {
				slot -= t.slots
			}
			return slot, seen>>at&math.MaxUint16 != 0
		}
		if slot += lanes; slot >= t.slots {
			slot -= t.slots
		}
	}
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
		for g := t.Features.grams(); g.next(runes); {
			a.total += g.n
			for _, key := range g.keys[:g.n] {
				a.add(key)
			}
			a.after(g.at)
		}
	} else {
		a.characters(runes)
	}
	a.flush()
	norm := Norm(a.total)
	for o := range t.Outputs {
		out[o] += t.Bias[o] + float32(a.sums[o])*t.Scale[o]/norm
	}
}

// adder sums the weights of a text's n-grams. Slots are gathered first and
// summed later: neither loop then hangs on whether an n-gram is known.
type adder struct {
	table *Table
	total int
	slots [128 + MaxGram + 2]int32
	n     int
	met   seen
	sums  [MaxOutputs]int32
}

// add notes the slot of key if it has one.
func (a *adder) add(key uint64) {
	slot, found := a.table.find(key)
	a.slots[a.n] = int32(slot)
	if found {
		a.n++
	}
}

// after ends the rune at.
func (a *adder) after(at int) {
	if at > 0 && at%stretch == 0 {
		a.flush()
		a.met = seen{}
	} else if a.n >= len(a.slots)-(MaxGram+2) {
		a.flush()
	}
}

func (a *adder) flush() {
	weights, outputs := a.table.weights, a.table.Outputs
	for _, slot := range a.slots[:a.n] {
		if a.met.add(int(slot)) {
			continue
		}
		for o, w := range weights[int(slot)*outputs : (int(slot)+1)*outputs] {
			a.sums[o] += expand(w)
		}
	}
	a.n = 0
}

// characters is grams.next for character n-grams from one rune on alone, which
// is most of an analysis.
func (a *adder) characters(runes []rune) {
	var p [MaxGram]uint64
	top := int(a.table.Features.Max)
	for at := -1; at <= len(runes); at++ {
		v := uint64(gramRune(runes, at)) + 1
		p[4] = p[3]*gramBase + v
		p[3] = p[2]*gramBase + v
		p[2] = p[1]*gramBase + v
		p[1] = p[0]*gramBase + v
		p[0] = v
		n := min(top, at+2)
		for i, poly := range p[:n] {
			a.add(mixGram(poly, uint64(i+1)))
		}
		a.total += n
		a.after(at)
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
			w := float32(expand(t.weights[slot*t.Outputs+output])) * factor
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
