package burst

import (
	"cmp"
	"slices"
	"strings"
)

// table holds a brand's words with their counts. Most of what a word costs is
// the wait for memory, and most of what a brand holds is its words: an entry is
// half a cache line, frequent words, which come first, lie together, and there
// is no pointer in it.
type table struct {
	entries []entry // in order of arrival
	text    strings.Builder
	// index finds an entry by its hash, open addressing. The low bits of a place,
	// as many as the index is long, are the entry's number + 1, the others those
	// of the hash; 0 is free.
	index  []uint32
	taught int // entries with a count
}

// entry is a word. Words are told apart by their hash: among some thousand words
// two have the same once in 10^12 brands.
type entry struct {
	hash     uint64
	count    float64 // forgetting; 0 until a pane taught it
	now      uint32  // in the pane in progress
	recent   uint32  // in the panes that are watched
	from, to uint32  // in text
}

// word is valid until the table is cut back.
func (t *table) word(n int) string {
	return t.text.String()[t.entries[n].from:t.entries[n].to]
}

// find returns the number of the entry with a hash, -1 if there is none.
func (t *table) find(hash uint64) int {
	if len(t.index) == 0 {
		return -1
	}
	mask := uint32(len(t.index) - 1)
	tag := uint32(hash>>32) &^ mask
	for i := uint32(hash) & mask; t.index[i] != 0; i = (i + 1) & mask {
		if t.index[i]&^mask == tag {
			if n := t.index[i]&mask - 1; t.entries[n].hash == hash {
				return int(n)
			}
		}
	}
	return -1
}

// learn returns the number of a word's entry, which is made if there is none.
func (t *table) learn(word string, hash uint64) int {
	if n := t.find(hash); n >= 0 {
		return n
	}
	from := uint32(t.text.Len())
	t.text.WriteString(word)
	t.entries = append(t.entries, entry{hash: hash, from: from, to: uint32(t.text.Len())})
	if 2*len(t.entries) > len(t.index) {
		t.reindex()
	} else {
		t.put(len(t.entries) - 1)
	}
	return len(t.entries) - 1
}

// put enters entry n into the index.
func (t *table) put(n int) {
	mask := uint32(len(t.index) - 1)
	hash := t.entries[n].hash
	i := uint32(hash) & mask
	for t.index[i] != 0 {
		i = (i + 1) & mask
	}
	t.index[i] = uint32(hash>>32)&^mask | uint32(n+1)
}

// reindex makes an index at least half of which is free.
func (t *table) reindex() {
	size := 64
	for 2*len(t.entries) > size {
		size *= 2
	}
	t.index = make([]uint32, size)
	for n := range t.entries {
		t.put(n)
	}
}

// byCount is the numbers of the words that were taught, the most frequent first.
func (t *table) byCount() []int {
	order := make([]int, 0, t.taught)
	for n := range t.entries {
		if t.entries[n].count > 0 {
			order = append(order, n)
		}
	}
	slices.SortFunc(order, func(x, y int) int {
		return cmp.Or(cmp.Compare(t.entries[y].count, t.entries[x].count), strings.Compare(t.word(x), t.word(y)))
	})
	return order
}

// cut keeps the n most frequent words, the first of them in front. Of others that
// are watched only that is kept. No pane is in progress.
func (t *table) cut(n int) {
	order, all, text := t.byCount(), t.entries, t.text.String()
	t.entries, t.taught = nil, min(n, len(order))
	t.text.Reset()
	for i, at := range order {
		if i >= n {
			all[at].count = 0
			continue
		}
		t.keep(all[at], text)
	}
	for i := range all {
		if all[i].count == 0 && all[i].recent > 0 {
			t.keep(all[i], text)
		}
	}
	t.reindex()
}

// keep appends an entry whose word is in text.
func (t *table) keep(x entry, text string) {
	word := text[x.from:x.to]
	x.from = uint32(t.text.Len())
	t.text.WriteString(word)
	x.to = uint32(t.text.Len())
	t.entries = append(t.entries, x)
}
