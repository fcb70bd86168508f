package fit

import (
	"cmp"
	"slices"
)

// Matrix holds texts as sets of feature ids, row by row.
type Matrix struct {
	rows []int64  // rows[i]..rows[i+1] of ids
	ids  []uint32 // ascending and distinct inside a row
	keys []uint64 // key of a feature id, in order of first appearance
	slot []uint32 // open addressing over keys: id+1
}

// NewMatrix returns an empty matrix.
func NewMatrix() *Matrix {
	return &Matrix{rows: []int64{0}, slot: make([]uint32, 1<<16)}
}

// Rows is the number of texts.
func (m *Matrix) Rows() int { return len(m.rows) - 1 }

// Features is the number of distinct keys.
func (m *Matrix) Features() int { return len(m.keys) }

// Key is the hash that feature id stands for.
func (m *Matrix) Key(id uint32) uint64 { return m.keys[id] }

// Row lists the distinct features of text i.
func (m *Matrix) Row(i int) []uint32 { return m.ids[m.rows[i]:m.rows[i+1]] }

// Add appends a text given by the keys of its n-grams and returns its row.
func (m *Matrix) Add(keys []uint64) int {
	from := len(m.ids)
	for _, k := range keys {
		m.ids = append(m.ids, m.intern(k))
	}
	slices.Sort(m.ids[from:])
	m.ids = m.ids[:from+len(slices.Compact(m.ids[from:]))]
	m.rows = append(m.rows, int64(len(m.ids)))
	return m.Rows() - 1
}

func (m *Matrix) intern(key uint64) uint32 {
	mask := uint64(len(m.slot) - 1)
	for i := slotOf(key) & mask; ; i = (i + 1) & mask {
		switch id := m.slot[i]; {
		case id == 0:
			m.keys = append(m.keys, key)
			m.slot[i] = uint32(len(m.keys))
			if 2*len(m.keys) > len(m.slot) {
				m.grow()
			}
			return uint32(len(m.keys) - 1)
		case m.keys[id-1] == key:
			return id - 1
		}
	}
}

// slotOf spreads keys: those of n-grams differ in few bits.
func slotOf(key uint64) uint64 {
	key *= 0x9E3779B97F4A7C15
	return key ^ key>>32
}

func (m *Matrix) grow() {
	m.slot = make([]uint32, 2*len(m.slot))
	mask := uint64(len(m.slot) - 1)
	for id, k := range m.keys {
		i := slotOf(k) & mask
		for m.slot[i] != 0 {
			i = (i + 1) & mask
		}
		m.slot[i] = uint32(id + 1)
	}
}

// Compact drops the features of fewer than minRows rows and renumbers the rest
// by falling frequency, so that the frequent ones share cache lines. Add must
// not be called afterwards.
func (m *Matrix) Compact(minRows int32) {
	count := make([]int32, len(m.keys))
	for _, f := range m.ids {
		count[f]++
	}
	var order []uint32
	for f, c := range count {
		if c >= minRows {
			order = append(order, uint32(f))
		}
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(m.keys[a], m.keys[b]))
	})
	const gone = ^uint32(0)
	renumbered := make([]uint32, len(m.keys))
	for f := range renumbered {
		renumbered[f] = gone
	}
	keys := make([]uint64, len(order))
	for n, f := range order {
		renumbered[f] = uint32(n)
		keys[n] = m.keys[f]
	}
	m.keys, m.slot = keys, nil
	var n, start int64
	for i := range m.Rows() {
		end := m.rows[i+1]
		from := n
		for _, f := range m.ids[start:end] {
			if f = renumbered[f]; f != gone {
				m.ids[n] = f
				n++
			}
		}
		slices.Sort(m.ids[from:n])
		m.rows[i+1], start = n, end
	}
	m.ids = slices.Clip(m.ids[:n])
}
