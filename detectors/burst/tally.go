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

// MaxTop is the most words that are ranked.
const MaxTop = 32

// ranking is the words with the highest weight so far, by word within equals.
type ranking struct {
	top [MaxTop + 1]rated
	n   int
}

// Scratch is memory for Teach, of any number of Baselines.
type Scratch struct {
	best  ranking
	words []Count
}

type rated struct {
	Count
	weight float64
	entry  int32 // of a Baseline
}

func (a *rated) before(b *rated) bool {
	return a.weight > b.weight || a.weight == b.weight && a.Word < b.Word
}

// put takes a word that need not be ranked.
func (r *ranking) put(x rated) {
	r.top[r.n] = x
	r.n++
}

// add ranks a word among the best `limit`.
func (r *ranking) add(x rated, limit int) {
	if r.n == limit && !x.before(&r.top[r.n-1]) {
		return
	}
	j := r.n
	for ; j > 0 && x.before(&r.top[j-1]); j-- {
		r.top[j] = r.top[j-1]
	}
	r.top[j] = x
	r.n = min(r.n+1, limit)
}

// byWord puts them in the order of the words.
func (r *ranking) byWord() []rated {
	kept := r.top[:r.n]
	slices.SortFunc(kept, func(a, b rated) int { return byWord(a.Count, b.Count) })
	return kept
}

func appendCounts(counts []Count, list []rated) []Count {
	for i := range list {
		counts = append(counts, list[i].Count)
	}
	return counts
}

func byWord(a, b Count) int { return strings.Compare(a.Word, b.Word) }

// Top copies the n words, MaxTop at most, with the highest count, by word within
// equals, in the order of the words.
func Top(words []Count, n int) []Count {
	if len(words) <= n {
		words = slices.Clone(words)
		slices.SortFunc(words, byWord)
		return words
	}
	var best ranking
	for _, c := range words {
		best.add(rated{Count: c, weight: float64(c.N)}, n)
	}
	return appendCounts(make([]Count, 0, best.n), best.byWord())
}
