package model

import (
	"fmt"
	"math"
)

// MaxOutputs is how many margins one table gives at most.
const MaxOutputs = 16

// Table holds the weights of a linear model with several outputs: a hash table
// without keys. An unknown n-gram is taken for a known one about once in
// 15,000. An n-gram of three characters or more is found only after what it
// goes on from, so most of a text's longer n-grams are never looked up.
type Table struct {
	Features Features
	Outputs  int
	Bias     []float32 // by output
	Scale    []float32 // by output: what an expanded weight of 1 stands for
	buckets  int
	cells    []uint32 // by cell: head, 0 = empty; then the weights of two outputs a word
}

// A cell's head: a print of the key; whether keys of this bucket or before went
// on to the next one (of a bucket's first cell only); and a bit for each 16th
// of the codes with which known longer n-grams go on.
const (
	printMask  = 1<<15 - 1
	spillBit   = 1 << 15
	followFrom = 16
)

// bucketCells are found with one look, most of the time in one cache line.
const bucketCells = 2

// tableLoad is the share of cells in use.
const tableLoad = 0.6

// stride is the size of a cell in words.
func (t *Table) stride() int { return 1 + (t.Outputs+1)/2 }

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
	all := f.withParents(keys)
	t.buckets = int(float64(len(all))/(tableLoad*bucketCells)) + 1
	t.cells = make([]uint32, t.buckets*bucketCells*t.stride())
	for i, k := range all {
		cell, found := t.insert(k)
		if found || i >= len(keys) {
			continue // shares cell with an earlier, more frequent feature; or a parent
		}
		for o := range outputs {
			t.setWeight(cell, o, compress(weight(i, o)/t.Scale[o]))
		}
	}
	for _, k := range all {
		if parent, ok := f.parent(k); ok {
			cell, _ := t.find(parent)
			t.cells[cell] |= followBit(uint16(k & (1<<f.width() - 1)))
		}
	}
	return t, nil
}

// withParents appends what keys go on from and is not among them.
func (f Features) withParents(keys []uint64) []uint64 {
	known := make(map[uint64]bool, len(keys))
	for _, k := range keys {
		known[k] = true
	}
	for i := 0; i < len(keys); i++ {
		if p, ok := f.parent(keys[i]); ok && !known[p] {
			known[p] = true
			keys = append(keys[:len(keys):len(keys)], p)
		}
	}
	return keys
}

// compress stores a weight by its square root: a few weights are large and
// most small, and both keep a precision of a few percent.
func compress(w float32) int8 {
	q := math.Round(math.Sqrt(math.Abs(float64(w))))
	return int8(math.Copysign(min(q, math.MaxInt8), float64(w)))
}

func expand(q int8) int16 {
	v := int16(q)
	if v < 0 {
		return -v * v
	}
	return v * v
}

func (t *Table) setWeight(cell, output int, q int8) {
	t.cells[cell+1+output/2] |= uint32(uint16(expand(q))) << (16 * (output % 2))
}

// weight is an expanded weight.
func (t *Table) weight(cell, output int) int32 {
	return int32(int16(t.cells[cell+1+output/2] >> (16 * (output % 2))))
}

// hash spreads a key: the bucket comes from its higher half, the print from
// the middle of its lower one.
func hash(key uint64) uint64 {
	h := key * hashMix
	h ^= h >> 32
	return h * hashBase
}

func (t *Table) bucket(hash uint64) int { return int(hash >> 32 * uint64(t.buckets) >> 32) }

// printOf is never 0, which marks an empty cell.
func printOf(hash uint64) uint32 { return max(1, uint32(hash)>>16&printMask) }

// followBit is the bit of a code in a head.
func followBit(code uint16) uint32 { return 1 << followFrom << (code * 0x9E37 >> 12) }

// find returns the cell of key, as an index of cells.
func (t *Table) find(key uint64) (cell int, found bool) {
	h := hash(key)
	return t.search(t.bucket(h), printOf(h))
}

// search looks for a print from a bucket on.
func (t *Table) search(bucket int, print uint32) (cell int, found bool) {
	stride := t.stride()
	for range t.buckets {
		cell := bucket * bucketCells * stride
		for i := range bucketCells {
			if t.cells[cell+i*stride]&printMask == print {
				return cell + i*stride, true
			}
		}
		if t.cells[cell]&spillBit == 0 {
			break
		}
		if bucket++; bucket == t.buckets {
			bucket = 0
		}
	}
	return 0, false
}

// insert returns the cell of key, new or found.
func (t *Table) insert(key uint64) (cell int, found bool) {
	if cell, found = t.find(key); found {
		return cell, true
	}
	h := hash(key)
	stride := t.stride()
	for bucket := t.bucket(h); ; bucket = (bucket + 1) % t.buckets {
		first := bucket * bucketCells * stride
		for i := range bucketCells {
			if cell := first + i*stride; t.cells[cell] == 0 {
				t.cells[cell] = printOf(h)
				return cell, false
			}
		}
		t.cells[first] |= spillBit
	}
}

// Norm is what the sum of weights of a text with n n-grams is divided by.
func Norm(n int) float32 { return float32(math.Sqrt(float64(max(1, n)))) }

// Spans adds to weight, by rune, factor times what the n-grams over that rune
// give to an output, each n-gram shared equally by its runes.
func (t *Table) Spans(runes []rune, output int, factor float32, weight []float32) {
	factor *= t.Scale[output] / Norm(len(t.Features.Keys(nil, runes)))
	met := map[int]bool{}
	for g := t.Features.grams(); g.next(runes); {
		for k, key := range g.keys[:g.n] {
			cell, ok := t.find(key)
			if !ok || met[cell] {
				continue
			}
			met[cell] = true
			w := float32(t.weight(cell, output)) * factor
			from, to := max(0, g.from[k]), min(len(runes), g.at+1)
			for i := from; i < to; i++ {
				weight[i] += w / float32(to-from)
			}
		}
	}
}
