package burst

import (
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Hash is the hash by which a Tally finds a word.
func Hash(word string) uint64 { return xxhash.Sum64String(word) }

// Tally counts the words of a pane. It lists them in the order in which they
// came, and is reused by Reset.
type Tally struct {
	words  []Count
	hashes []uint64
	slots  []int32 // index into words + 1, by hash, open addressing
}

// Add counts a word with its hash.
func (t *Tally) Add(word string, hash uint64) {
	if 2*len(t.words) >= len(t.slots) {
		t.grow()
	}
	i := t.find(word, hash)
	if s := t.slots[i]; s != 0 {
		t.words[s-1].N++
		return
	}
	t.words = append(t.words, Count{word, 1})
	t.hashes = append(t.hashes, hash)
	t.slots[i] = int32(len(t.words))
}

func (t *Tally) find(word string, hash uint64) uint64 {
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s == 0 || t.hashes[s-1] == hash && t.words[s-1].Word == word {
			return i
		}
	}
}

func (t *Tally) grow() {
	t.slots = make([]int32, max(32, 2*len(t.slots)))
	mask := uint64(len(t.slots) - 1)
	for n, h := range t.hashes {
		i := h & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = int32(n + 1)
	}
}

// Put sets a word's count.
func (t *Tally) Put(c Count) {
	t.Add(c.Word, Hash(c.Word))
	t.words[len(t.words)-1].N = c.N
}

// Words are the counts so far, valid until the next call.
func (t *Tally) Words() []Count { return t.words }

// Reset forgets all words. A table that a flood has blown up is dropped.
func (t *Tally) Reset() {
	if len(t.slots) > 1<<14 {
		*t = Tally{}
		return
	}
	clear(t.words)
	clear(t.slots)
	t.words, t.hashes = t.words[:0], t.hashes[:0]
}

// Top copies the n words with the highest weight, by word within equals, to
// strings of their own, in the order of the words. weight is nil for the count.
func Top(words []Count, weight []float64, n int) []Count {
	type rated struct {
		Count
		weight float64
	}
	top := make([]rated, 0, min(n, len(words))+1)
	before := func(a, b rated) bool {
		return a.weight > b.weight || a.weight == b.weight && a.Word < b.Word
	}
	for i, c := range words {
		r := rated{c, float64(c.N)}
		if weight != nil {
			r.weight = weight[i]
		}
		if len(top) == n && !before(r, top[n-1]) {
			continue
		}
		j := len(top)
		for j > 0 && before(r, top[j-1]) {
			j--
		}
		top = slices.Insert(top, j, r)
		top = top[:min(n, len(top))]
	}
	kept := make([]Count, len(top))
	for i, r := range top {
		kept[i] = Count{strings.Clone(r.Word), r.N}
	}
	slices.SortFunc(kept, func(a, b Count) int { return strings.Compare(a.Word, b.Word) })
	return kept
}
