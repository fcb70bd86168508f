package model

import (
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
	prints   []uint16  // by slot, 0 = empty
	weights  []int8    // by slot and output
}

// tableLoad is the share of slots in use.
const tableLoad = 0.6

// NewTable makes a table of the features with the given keys; weight gives
// the weight of feature i for an output.
func NewTable(f Features, keys []uint64, bias []float32, weight func(i, output int) float32) (*Table, error) {
	outputs := len(bias)
	if outputs == 0 || outputs > MaxOutputs {
		return nil, fmt.Errorf("table of %d outputs: must have 1 to %d", outputs, MaxOutputs)
	}
	slots := int(float64(len(keys))/tableLoad) + 1
	t := &Table{
		Features: f, Outputs: outputs, Bias: bias,
		Scale:  make([]float32, outputs),
		prints: make([]uint16, slots), weights: make([]int8, slots*outputs),
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
		t.prints[slot] = printOf(k)
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

func expand(q int8) int32 {
	if q < 0 {
		return -int32(q) * int32(q)
	}
	return int32(q) * int32(q)
}

// printOf is never 0, which marks an empty slot.
func printOf(key uint64) uint16 { return max(1, uint16(key)) }

// find returns the slot of key, or the empty slot where it would go.
func (t *Table) find(key uint64) (slot int, found bool) {
	p := printOf(key)
	slot = int((key >> 32) * uint64(len(t.prints)) >> 32)
	for {
		switch t.prints[slot] {
		case p:
			return slot, true
		case 0:
			return slot, false
		}
		if slot++; slot == len(t.prints) {
			slot = 0
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

// forget begins a new stretch when the rune at is its last.
func (s *seen) forget(at int) {
	if at > 0 && at%stretch == 0 {
		*s = seen{}
	}
}

// Margins adds to out, by output, the log-odds that runes give, bias included.
func (t *Table) Margins(runes []rune, out *[MaxOutputs]float32) {
	var sums [MaxOutputs]int32
	var met seen
	total := 0
	for g := t.Features.grams(); g.next(runes); {
		total += g.n
		for _, key := range g.keys[:g.n] {
			slot, ok := t.find(key)
			if !ok || met.add(slot) {
				continue
			}
			for o, w := range t.weights[slot*t.Outputs : (slot+1)*t.Outputs] {
				sums[o] += expand(w)
			}
		}
		met.forget(g.at)
	}
	norm := Norm(total)
	for o := range t.Outputs {
		out[o] += t.Bias[o] + float32(sums[o])*t.Scale[o]/norm
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
		met.forget(g.at)
	}
}
