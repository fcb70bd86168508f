package burst

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"fenghuo/detectors/state"
)

// Count is how many mentions hold a word.
type Count struct {
	Word string
	N    uint32
}

const (
	// MaxWords is what a baseline is cut back to when it holds four times as
	// many; the rarest words are forgotten.
	MaxWords = 1024

	// halfLife is how fast a word's usual share forgets: two weeks, so that
	// last month's crisis is news again.
	halfLife = 14 * 24 * time.Hour
)

// Baseline is how often a brand's mentions usually hold each word, and how often
// those of the pane in progress do. It finds a word of either in one place.
type Baseline struct {
	ref   int64   // Unix seconds at which a count weighs 1
	total float64 // mentions
	words []known
	slots []slot  // by hash, open addressing
	pane  []int32 // slots of the words of the pane in progress, in order of arrival
}

// known is a word with its forgetting count.
type known struct {
	count float64 // 0 until a pane taught it
	word  string
}

// slot holds all that counting a word needs, in one place of memory: most of its
// cost is the wait for that. Words are told apart by their hash: among some
// thousand words two have the same once in 10^12 brands.
type slot struct {
	hash uint64
	word int32  // index into words + 1, 0 = free
	now  uint32 // in the pane in progress
}

// Count counts a word, with its hash, in the pane in progress.
func (b *Baseline) Count(word string, hash uint64) { b.count(word, hash, 1) }

// Put counts a word n times in the pane in progress.
func (b *Baseline) Put(c Count) { b.count(c.Word, Hash(c.Word), c.N) }

func (b *Baseline) count(word string, hash uint64, n uint32) {
	i := b.learn(word, hash)
	s := &b.slots[i]
	if s.now == 0 {
		b.pane = append(b.pane, int32(i))
	}
	s.now += n
}

// Pane returns the counts of the pane in progress, in order of arrival.
func (b *Baseline) Pane() []Count {
	words := make([]Count, len(b.pane))
	for i, at := range b.pane {
		s := &b.slots[at]
		words[i] = Count{b.words[s.word-1].word, s.now}
	}
	return words
}

// Teach ends the pane in progress, of n mentions made at `at` (Unix seconds), and
// learns its words. It returns the `top` of them, MaxTop at most, whose counts are
// most surprising against what was known before (count squared over the usual
// count), by word. Their strings are the baseline's own and hold on to no buffer.
func (b *Baseline) Teach(at int64, n, top int) []Count {
	w := b.weight(at)
	usual := float64(n) / (b.total + 10*w)
	b.total += w * float64(n)
	var best ranking
	for _, at := range b.pane {
		s := &b.slots[at]
		x := &b.words[s.word-1]
		k := float64(s.now)
		if weight := k * k / ((x.count + .5*w) * usual); best.n < top || weight >= best.top[top-1].weight {
			best.add(Count{x.word, s.now}, weight, top)
		}
		x.count += w * k
		s.now = 0
	}
	b.pane = b.pane[:0]
	if len(b.words) > 4*MaxWords {
		b.shrink()
	}
	return best.byWord()
}

// find returns the slot of a hash, or the free one that it would have; the slots
// are never full.
func (b *Baseline) find(hash uint64) int {
	mask := uint64(len(b.slots) - 1)
	i := hash & mask
	for b.slots[i].word != 0 && b.slots[i].hash != hash {
		i = (i + 1) & mask
	}
	return int(i)
}

// learn returns the slot of a word, of which it takes a copy if it is new.
func (b *Baseline) learn(word string, hash uint64) int {
	if 2*len(b.words) >= len(b.slots) {
		b.grow()
	}
	i := b.find(hash)
	if s := &b.slots[i]; s.word == 0 {
		b.words = append(b.words, known{word: strings.Clone(word)})
		s.hash, s.word = hash, int32(len(b.words))
	}
	return i
}

// grow doubles the slots.
func (b *Baseline) grow() {
	old := b.slots
	b.slots = make([]slot, max(64, 2*len(old)))
	for _, s := range old {
		if s.word != 0 {
			b.slots[b.find(s.hash)] = s
		}
	}
	for i, at := range b.pane {
		b.pane[i] = int32(b.find(old[at].hash))
	}
}

// weight is what a count made at `at` weighs: newer ones weigh more instead of
// older ones less, so that only the words of the day are touched.
func (b *Baseline) weight(at int64) float64 {
	if b.ref == 0 {
		b.ref = at
	}
	x := float64(at-b.ref) / halfLife.Seconds()
	if x > 64 {
		f := math.Exp2(-x)
		for i := range b.words {
			b.words[i].count *= f
		}
		b.total *= f
		b.ref, x = at, 0
	}
	return math.Exp2(x)
}

// shrink keeps the MaxWords most frequent words. No pane is in progress.
func (b *Baseline) shrink() {
	all := b.sorted()
	b.words = slices.Clone(all[:min(MaxWords, len(all))])
	clear(b.slots)
	for i := range b.words {
		hash := Hash(b.words[i].word)
		b.slots[b.find(hash)] = slot{hash: hash, word: int32(i + 1)}
	}
}

// sorted is a copy of the words that were taught, the most frequent first.
func (b *Baseline) sorted() []known {
	all := slices.DeleteFunc(slices.Clone(b.words), func(x known) bool { return x.count == 0 })
	slices.SortFunc(all, func(x, y known) int {
		return cmp.Or(cmp.Compare(y.count, x.count), strings.Compare(x.word, y.word))
	})
	return all
}

// Rise compares a word found in k of n recent mentions with its usual share.
// The baseline already holds these mentions, at `at` or shortly before; they
// are left out. expected is the usual share of n mentions; score is Dunning's
// log-likelihood ratio G² (Dunning, Computational Linguistics 19, 1993), 0 for
// a word that does not rise.
func (b *Baseline) Rise(at int64, word string, k, n float64) (expected, score float64) {
	f := math.Exp2(-float64(at-b.ref) / halfLife.Seconds())
	usual := 0.
	if len(b.slots) > 0 {
		if s := b.slots[b.find(Hash(word))]; s.word != 0 {
			usual = b.words[s.word-1].count * f
		}
	}
	k2 := max(0, usual-k) + .5 // half a mention: never seen is not impossible
	n2 := max(0, b.total*f-n) + 10
	expected = k2 / n2 * n
	if k <= expected {
		return expected, 0
	}
	return expected, llr(min(k, n), n, min(k2, n2), n2)
}

// llr is Dunning's G² for k1 of n1 against k2 of n2.
func llr(k1, n1, k2, n2 float64) float64 {
	p := (k1 + k2) / (n1 + n2)
	g := 2 * (part(k1, n1, k1/n1) + part(k2, n2, k2/n2) - part(k1, n1, p) - part(k2, n2, p))
	return max(0, g)
}

func part(k, n, p float64) float64 {
	s := 0.0
	if k > 0 {
		s += k * math.Log(p)
	}
	if n > k {
		s += (n - k) * math.Log1p(-p)
	}
	return s
}

// Append writes the baseline, without the pane in progress.
func (b *Baseline) Append(w *state.Writer) {
	w.Int(b.ref)
	w.Float64(b.total)
	all := b.sorted()
	w.Uint(uint64(len(all)))
	for i := range all {
		w.String(all[i].word)
		w.Float64(all[i].count)
	}
}

// Read takes back what Append wrote. Words of the pane in progress may have been
// Put before.
func (b *Baseline) Read(r *state.Reader) {
	b.ref, b.total = r.Int(), r.Float64()
	for range r.Len() {
		w := r.String()
		i := b.slots[b.learn(w, Hash(w))].word - 1
		b.words[i].count = r.Float64()
	}
}
