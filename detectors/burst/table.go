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

// entry is a word. Words are told apart by their hash, 32 bits of it here and the
// others' upper ones in the index: among some thousand words two have the same
// once in 10^8 brands.
type entry struct {
	count  float64 // forgetting; 0 until a pane taught it
	hash   uint32
	now    uint32 // in the pane in progress
	recent uint32 // in the panes that are watched
	from   uint32 // in text, up to where the next word begins
}

// word is the word of entry n.
func (t *table) word(n int) string {
	to := uint32(t.text.Len())
	if n+1 < len(t.entries) {
		to = t.entries[n+1].from
	}
	return t.text.String()[t.entries[n].from:to]
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
			if n := t.index[i]&mask - 1; t.entries[n].hash == uint32(hash) {
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
	t.keep(entry{hash: uint32(hash)}, word)
	n := len(t.entries) - 1
	if 2*len(t.entries) > len(t.index) {
		t.reindex()
	} else {
		t.put(n, hash)
	}
	return n
}

// put enters entry n with its hash into the index.
func (t *table) put(n int, hash uint64) {
	mask := uint32(len(t.index) - 1)
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
		t.put(n, Hash(t.word(n)))
	}
}

// byCount is the numbers of the words that were taught, the most frequent first.
func (t *table) byCount() []int32 {
	order := make([]int32, 0, t.taught)
	for n := range t.entries {
		if t.entries[n].count > 0 {
			order = append(order, int32(n))
		}
	}
	slices.SortFunc(order, func(x, y int32) int {
		if c := cmp.Compare(t.entries[y].count, t.entries[x].count); c != 0 {
			return c
		}
		return strings.Compare(t.word(int(x)), t.word(int(y)))
	})
	return order
}

// cut keeps the n most frequent words, the first of them in front. Of others that
// are watched only that is kept. No pane is in progress. moved tells where an
// entry is now, of those that were kept.
func (t *table) cut(n int) (moved []int32) {
	order := t.byCount()
	moved = make([]int32, len(t.entries))
	old := table{entries: t.entries, taught: t.taught}
	old.text.WriteString(t.text.String())
	t.entries, t.index, t.taught = nil, nil, min(n, len(order))
	t.text.Reset()
	for i, at := range order {
		if i >= n {
			old.entries[at].count = 0
			continue
		}
		moved[at] = int32(len(t.entries))
		t.keep(old.entries[at], old.word(int(at)))
	}
	for i := range old.entries {
		if x := old.entries[i]; x.count == 0 && x.recent > 0 {
			moved[i] = int32(len(t.entries))
			t.keep(x, old.word(i))
		}
	}
	t.reindex()
	return moved
}

// more is how many entries are made room for at once: a table that doubled would
// be a quarter empty.
const more = 256

// keep appends an entry with its word.
func (t *table) keep(x entry, word string) {
	if len(t.entries) == cap(t.entries) {
		t.entries = append(make([]entry, 0, len(t.entries)+min(more, 16+len(t.entries))), t.entries...)
	}
	x.from = uint32(t.text.Len())
	t.text.WriteString(word)
	t.entries = append(t.entries, x)
}
