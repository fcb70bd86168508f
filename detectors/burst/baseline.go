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
	ref   int64 // Unix seconds at which a count weighs 1
	words map[string]*float64
	total float64 // mentions
}

// Add teaches the words of n mentions made at `at` (Unix seconds). It appends
// to dst, for every word, how surprising its count is against what was known
// before: count squared over the usual count.
func (b *Baseline) Add(at int64, words []Count, n int, dst []float64) []float64 {
	w := b.weight(at)
	usual := float64(n) / (b.total + 10*w)
	b.total += w * float64(n)
	if b.words == nil && len(words) > 0 {
		b.words = make(map[string]*float64, len(words))
	}
	for _, c := range words {
		v, ok := b.words[c.Word]
		if !ok {
			v = new(float64)
			b.words[strings.Clone(c.Word)] = v
		}
		k := float64(c.N)
		dst = append(dst, k*k/((*v+.5*w)*usual))
		*v += w * k
	}
	if len(b.words) > 4*MaxWords {
		b.shrink()
	}
	return dst
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
		for _, v := range b.words {
			*v *= f
		}
		b.total *= f
		b.ref, x = at, 0
	}
	return math.Exp2(x)
}

// shrink keeps the MaxWords most frequent words.
func (b *Baseline) shrink() {
	for _, e := range b.sorted()[MaxWords:] {
		delete(b.words, e.word)
	}
}

type entry struct {
	word  string
	count float64
}

func (b *Baseline) sorted() []entry {
	all := make([]entry, 0, len(b.words))
	for w, n := range b.words {
		all = append(all, entry{w, *n})
	}
	slices.SortFunc(all, func(x, y entry) int {
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
	known := 0.
	if v := b.words[word]; v != nil {
		known = *v * f
	}
	k2 := max(0, known-k) + .5 // half a mention: never seen is not impossible
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
	for _, e := range all {
		w.String(e.word)
		w.Float64(e.count)
	}
}

// Read takes back what Append wrote.
func (b *Baseline) Read(r *state.Reader) {
	b.ref, b.total = r.Int(), r.Float64()
	n := r.Len()
	b.words = make(map[string]*float64, n)
	for range n {
		w, v := r.String(), r.Float64()
		b.words[w] = &v
	}
}
