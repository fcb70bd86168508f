package model

// stretch is how many places of a text are looked at together. An n-gram
// counts once in a stretch however often it stands there, as in fitting, where
// it counts once in a text.
const stretch = 256

// Margins adds to out, by output, the log-odds that runes give, bias included.
func (t *Table) Margins(runes []rune, out *[MaxOutputs]float32) {
	a := adder{table: t, stride: t.stride(), width: t.Features.width()}
	for begin := -1; begin <= len(runes); begin += stretch {
		if begin > 0 {
			a.met = met{}
		}
		a.characters(runes, begin)
	}
	total := t.Features.total(len(runes))
	if t.Features.Words {
		total += a.words(runes)
	}
	norm := Norm(total)
	for o := range t.Outputs {
		out[o] += t.Bias[o] + float32(a.sums[o])*t.Scale[o]/norm
	}
}

// adder sums the weights of a text's n-grams, length by length over a stretch:
// so the many look-ups of one length wait for memory together, and none hangs
// on a guess of the processor.
type adder struct {
	table  *Table
	stride int
	width  uint
	sums   [MaxOutputs + 1]int32
	codes  [stretch + MaxGram]uint16 // of the stretch and a little beyond; 0 beyond the text
	found  [stretch]int32            // cells
	at     [stretch]uint8            // where what was found begins in codes
	met    met
}

// met remembers the cells met. It errs on the side of having met one.
type met [256]uint64

// characters adds the character n-grams that begin in the stretch from begin
// on.
func (a *adder) characters(runes []rune, begin int) {
	n := 0
	for i := begin; i <= len(runes) && n < len(a.codes); i++ {
		a.codes[n] = codeAt(runes, i, a.width)
		n++
	}
	clear(a.codes[n:])
	n = min(n, stretch)
	f := &a.table.Features
	candidates := 0
	for size := int(f.Min); size <= int(f.Max); size++ {
		if size <= f.everywhere() {
			for i := range n {
				a.at[i] = uint8(i)
			}
			candidates = n
		}
		candidates = a.add(size, a.look(size, candidates))
	}
}

// look finds the n-grams of a size that begin at the first n places of at, and
// returns how many there are.
func (a *adder) look(size, n int) (found int) {
	t := a.table
	cells, buckets, stride := t.cells, uint64(t.buckets), a.stride
	for i := range n {
		at := a.at[i]
		var key uint64
		for _, c := range a.codes[at : int(at)+size] {
			key = key<<a.width | uint64(c)
		}
		h := hash(key)
		bucket, print := int(h>>32*buckets>>32), printOf(h)
		cell := bucket * bucketCells * stride
		head := cells[cell]
		first := equal(head, print)
		second := equal(cells[cell+stride], print)
		if head&spillBit != 0 && first|second == 0 {
			if far, ok := t.search(bucket, print); ok {
				cell, first = far, 1
			}
		}
		a.found[found], a.at[found] = int32(cell+stride*int(second&^first)), at
		found += int(first | second)
	}
	return found
}

// equal is 1 where a head has the print, without a branch.
func equal(head, print uint32) uint32 { return (head&printMask ^ print - 1) >> 31 }

// add adds the first n cells found, n-grams of a size, and moves to the front
// of at the places where longer ones may begin.
func (a *adder) add(size, n int) (candidates int) {
	for i := range n {
		cell, at := a.found[i], a.at[i]
		head := a.table.cells[cell]
		next := a.codes[int(at)+size]
		a.at[candidates] = at
		if head&followBit(next) != 0 {
			candidates++
		}
		if !a.met.add(cell) {
			a.sum(cell)
		}
	}
	return candidates
}

func (a *adder) sum(cell int32) {
	for o, w := range a.table.cells[cell+1 : int(cell)+a.stride] {
		a.sums[2*o] += int32(int16(w))
		a.sums[2*o+1] += int32(w) >> 16
	}
}

func (m *met) add(cell int32) (before bool) {
	bit := uint32(cell) * 0x9E3779B1 >> 18 // 14 bits
	w, b := bit>>6, uint64(1)<<(bit&63)
	before = m[w]&b != 0
	m[w] |= b
	return before
}

// words adds words and pairs of words and returns how many there are.
func (a *adder) words(runes []rune) (total int) {
	a.met = met{}
	var w words
	for at := range len(runes) + 1 {
		n := w.next(runes, at)
		total += n
		for _, key := range w.keys[:n] {
			if cell, ok := a.table.find(key); ok && !a.met.add(int32(cell)) {
				a.sum(int32(cell))
			}
		}
		if at > 0 && at%stretch == 0 {
			a.met = met{}
		}
	}
	return total
}
