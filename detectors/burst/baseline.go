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

// Baseline is how often a brand's mentions usually hold each word.
type Baseline struct {
	ref   int64   // Unix seconds at which a count weighs 1
	total float64 // mentions
	words []known
	slots []int32 // index into words + 1, by hash, open addressing
}

// known is a word with its forgetting count. Words are told apart by their
// hash: among some thousand words two have the same once in 10^12 brands.
type known struct {
	hash  uint64
	count float64
	word  string
}

// Add teaches the words of n mentions made at `at` (Unix seconds). It appends
// to dst, for every word, how surprising its count is against what was known
// before: count squared over the usual count. The words' strings become the
// baseline's own, so that what is kept of them holds on to no buffer.
func (b *Baseline) Add(at int64, t *Tally, n int, dst []float64) []float64 {
	w := b.weight(at)
	usual := float64(n) / (b.total + 10*w)
	b.total += w * float64(n)
	for i, h := range t.hashes {
		c := &t.words[i]
		x := b.learn(c.Word, h)
		k := float64(c.N)
		dst = append(dst, k*k/((x.count+.5*w)*usual))
		x.count += w * k
		c.Word = x.word
	}
	if len(b.words) > 4*MaxWords {
		b.shrink()
	}
	return dst
}

// find returns nil for a word that is not known.
func (b *Baseline) find(hash uint64) *known {
	if len(b.slots) == 0 {
		return nil
	}
	mask := uint64(len(b.slots) - 1)
	for i := hash & mask; b.slots[i] != 0; i = (i + 1) & mask {
		if x := &b.words[b.slots[i]-1]; x.hash == hash {
			return x
		}
	}
	return nil
}

// learn finds a word, or takes a copy of it.
func (b *Baseline) learn(word string, hash uint64) *known {
	if x := b.find(hash); x != nil {
		return x
	}
	b.words = append(b.words, known{hash: hash, word: strings.Clone(word)})
	if 2*len(b.words) > len(b.slots) {
		b.index(max(64, 2*len(b.slots)))
	} else {
		b.place(len(b.words) - 1)
	}
	return &b.words[len(b.words)-1]
}

// index makes the slots anew.
func (b *Baseline) index(size int) {
	b.slots = make([]int32, size)
	for i := range b.words {
		b.place(i)
	}
}

func (b *Baseline) place(i int) {
	mask := uint64(len(b.slots) - 1)
	at := b.words[i].hash & mask
	for b.slots[at] != 0 {
		at = (at + 1) & mask
	}
	b.slots[at] = int32(i + 1)
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

// shrink keeps the MaxWords most frequent words.
func (b *Baseline) shrink() {
	b.words = slices.Clone(b.sorted()[:MaxWords])
	b.index(8 * MaxWords)
}

// sorted is a copy of the words, the most frequent first.
func (b *Baseline) sorted() []known {
	all := slices.Clone(b.words)
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
	if x := b.find(Hash(word)); x != nil {
		usual = x.count * f
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

// Append writes the baseline.
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

// Read takes back what Append wrote.
func (b *Baseline) Read(r *state.Reader) {
	b.ref, b.total = r.Int(), r.Float64()
	b.words, b.slots = nil, nil
	for range r.Len() {
		w := r.String()
		b.learn(w, Hash(w)).count = r.Float64()
	}
}
