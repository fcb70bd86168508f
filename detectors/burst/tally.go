package burst

import (
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Hash is the hash by which a Tally and a Baseline find a word.
func Hash(word string) uint64 { return xxhash.Sum64String(word) }

// Tally counts the words of a pane. It lists them in the order in which they
// came, and is reused by Reset.
type Tally struct {
	words  []Count
	hashes []uint64
	slots  []int32 // index into words + 1, by hash, open addressing
	places []int32 // slot of each word
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
	t.places = append(t.places, int32(i))
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
		t.slots[i], t.places[n] = int32(n+1), int32(i)
	}
}

// Put sets a word's count.
func (t *Tally) Put(c Count) {
	t.Add(c.Word, Hash(c.Word))
	t.words[len(t.words)-1].N = c.N
}

// Words are the counts so far, valid until the next call.
func (t *Tally) Words() []Count { return t.words }

// Reset forgets all words, at the cost of those that there are. A table that a
// flood has blown up is dropped.
func (t *Tally) Reset() {
	if len(t.slots) > 1<<14 {
		*t = Tally{}
		return
	}
	for _, i := range t.places {
		t.slots[i] = 0
	}
	clear(t.words)
	t.words, t.hashes, t.places = t.words[:0], t.hashes[:0], t.places[:0]
}

// rated is a word with what it weighs.
type rated struct {
	Count
	weight float64
}

func (a *rated) before(b *rated) bool {
	return a.weight > b.weight || a.weight == b.weight && a.Word < b.Word
}

// maxTop is the most words that Top gives.
const maxTop = 32

// Top copies the n words, 32 at most, with the highest weight, by word within
// equals, in the order of the words. weight is nil for the count.
func Top(words []Count, weight []float64, n int) []Count {
	if len(words) == 0 {
		return nil
	}
	var room [maxTop + 1]rated
	top := room[:0]
	for i, c := range words {
		r := rated{c, float64(c.N)}
		if weight != nil {
			r.weight = weight[i]
		}
		if len(top) == n && !r.before(&top[n-1]) {
			continue
		}
		top = append(top, r)
		j := len(top) - 1
		for ; j > 0 && r.before(&top[j-1]); j-- {
			top[j] = top[j-1]
		}
		top[j] = r
		top = top[:min(n, len(top))]
	}
	kept := make([]Count, len(top))
	for i := range top {
		kept[i] = top[i].Count
	}
	slices.SortFunc(kept, func(a, b Count) int { return strings.Compare(a.Word, b.Word) })
	return kept
}
