package native

import "encoding/binary"

// dictionary numbers the different strings of a LowCardinality column, from 0
// for the empty one.
type dictionary struct {
	numbers map[string]uint32
	words   []string
	last    uint32 // of the string before, which often is the same
	indices []uint32
}

func (d *dictionary) reset() {
	if d.numbers == nil {
		d.numbers = map[string]uint32{}
	}
	clear(d.numbers)
	d.numbers[""] = 0
	d.words, d.indices, d.last = append(d.words[:0], ""), d.indices[:0], 0
}

func (d *dictionary) add(s string) {
	if s != d.words[d.last] {
		n, known := d.numbers[s]
		if !known {
			n = uint32(len(d.words))
			d.numbers[s] = n
			d.words = append(d.words, s)
		}
		d.last = n
	}
	d.indices = append(d.indices, d.last)
}

// How a LowCardinality column is written: the version of its keys, and what
// follows as flags beside the size of an index.
const (
	sharedDictionaries = 1
	hasKeys            = 1 << 9
	newDictionary      = 1 << 10
)

// Words adds a LowCardinality(String): every different value once, and for
// each row its number.
func (b *Block[R]) Words(name string, of func(*R) string) {
	b.begin(name, "LowCardinality(String)")
	d := &b.words
	d.reset()
	for _, r := range b.rows {
		d.add(of(r))
	}
	b.uint64(sharedDictionaries)
	size := uint64(0) // of an index: the binary logarithm of its bytes
	switch n := len(d.words); {
	case n > 1<<16:
		size = 2
	case n > 1<<8:
		size = 1
	}
	b.uint64(hasKeys | newDictionary | size)
	b.uint64(uint64(len(d.words)))
	for _, w := range d.words {
		b.string(w)
	}
	b.uint64(uint64(len(d.indices)))
	for _, n := range d.indices {
		switch size {
		case 0:
			b.data = append(b.data, byte(n))
		case 1:
			b.data = binary.LittleEndian.AppendUint16(b.data, uint16(n))
		default:
			b.uint32(n)
		}
	}
}
