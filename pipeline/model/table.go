package model

import (
	"fmt"
	"math"
)

// MaxOutputs is how many margins one table gives at most.
const MaxOutputs = 16

// Table holds the weights of a linear model over n-grams with several outputs,
// one byte a weight.
type Table struct {
	Features Features
	Outputs  int
	Bias     []float32 // by output
	Scale    []float32 // by output: what an expanded weight of 1 stands for
	quads    []*quad   // of four outputs each
}

const quadOutputs = 4

// NewTable makes a table of the features with the given keys; weight gives
// the weight of feature i for an output.
func NewTable(f Features, keys []uint64, bias []float32, weight func(i, output int) float32) (*Table, error) {
	outputs := len(bias)
	if outputs == 0 || outputs > MaxOutputs {
		return nil, fmt.Errorf("table of %d outputs: must have 1 to %d", outputs, MaxOutputs)
	}
	t := &Table{Features: f, Outputs: outputs, Bias: bias, Scale: make([]float32, outputs)}
	for o := range outputs {
		var largest float64
		for i := range keys {
			largest = max(largest, math.Abs(float64(weight(i, o))))
		}
		t.Scale[o] = float32(largest/(math.MaxInt8*math.MaxInt8)) + 1e-12
	}
	for first := 0; first < outputs; first += quadOutputs {
		d := newDraft(f, keys, func(i int) (bytes uint32) {
			for o := first; o < min(first+quadOutputs, outputs); o++ {
				bytes |= uint32(uint8(compress(weight(i, o)/t.Scale[o]))) << ((o - first) * 8)
			}
			return bytes
		})
		q, err := newQuad(f, d, min(quadOutputs, outputs-first), t.last())
		if err != nil {
			return nil, err
		}
		q.file = d.encode(min(quadOutputs, outputs-first))
		t.quads = append(t.quads, q)
	}
	return t, nil
}

// last is the last quad, or nil.
func (t *Table) last() *quad {
	if len(t.quads) == 0 {
		return nil
	}
	return t.quads[len(t.quads)-1]
}

// compress stores a weight by its square root: a few weights are large and
// most small, and both keep a precision of a few percent.
func compress(w float32) int8 {
	q := math.Round(math.Sqrt(math.Abs(float64(w))))
	return int8(math.Copysign(min(q, math.MaxInt8), float64(w)))
}

func expand(q int8) int32 { return int32(q) * max(int32(q), -int32(q)) }

// Norm is what the sum of weights of a text with n n-grams is divided by.
func Norm(n int) float32 { return float32(math.Sqrt(float64(max(1, n)))) }

// Spans adds to weight, by rune, factor times what the n-grams over that rune
// give to an output, each n-gram shared equally by its runes.
func (t *Table) Spans(runes []rune, output int, factor float32, weight []float32) {
	factor *= t.Scale[output] / Norm(len(t.Features.Keys(nil, runes)))
	q := t.quads[output/quadOutputs]
	met := map[uint32]bool{}
	for g := t.Features.grams(); g.next(runes); {
		for k, key := range g.keys[:g.n] {
			found, ok := q.find(t.Features, key)
			if !ok || met[found.number()] {
				continue
			}
			met[found.number()] = true
			w := float32(expand(int8(q.weights(found.cell)>>(output%quadOutputs*8)))) * factor
			from, to := max(0, g.from[k]), min(len(runes), g.at+1)
			for i := from; i < to; i++ {
				weight[i] += w / float32(to-from)
			}
		}
	}
}
