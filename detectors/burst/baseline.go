package burst

import (
	"math"
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

// Baseline is how often a brand's mentions usually hold each word, how often
// those of the panes that are watched do, and those of the pane in progress. It
// finds a word of any in one place. It must not be copied.
type Baseline struct {
	ref   int64   // Unix seconds at which a count weighs 1
	total float64 // mentions
	table table
	pane  []int32 // entries of the words of the pane in progress, in order of arrival
	watch watch   // the panes that are watched
}

// Count counts the words of a mention, with their hashes, in the pane in progress.
// Nothing that waits for memory decides what is done next, so that the words wait
// together.
func (b *Baseline) Count(words []string, hashes []uint64) {
	t := &b.table
	first := len(b.pane)
	for i, h := range hashes {
		b.pane = append(b.pane, int32(t.learn(words[i], h)))
	}
	n := first
	for _, at := range b.pane[first:] {
		x := &t.entries[at]
		b.pane[n] = at
		if x.now == 0 {
			n++
		}
		x.now++
	}
	b.pane = b.pane[:n]
}

// Put counts a word n times in the pane in progress.
func (b *Baseline) Put(c Count) {
	i := b.table.learn(c.Word, Hash(c.Word))
	x := &b.table.entries[i]
	if x.now == 0 {
		b.pane = append(b.pane, int32(i))
	}
	x.now += c.N
}

// Pane returns the counts of the pane in progress, in order of arrival, valid
// until the next Teach.
func (b *Baseline) Pane() []Count {
	words := make([]Count, len(b.pane))
	for i, at := range b.pane {
		words[i] = Count{b.table.word(int(at)), b.table.entries[at].now}
	}
	return words
}

// Teach ends the pane in progress, of n mentions made at `at` (Unix seconds), and
// learns its words. It returns the `top` of them, MaxTop at most, whose counts are
// most surprising against what was known before (count squared over the usual
// count), by word, valid until s is used again. With these the pane is watched from
// now on.
func (b *Baseline) Teach(s *Scratch, at int64, n, top int) []Count {
	w := b.weight(at)
	usual := float64(n) / (b.total + 10*w)
	b.total += w * float64(n)
	best := &s.best
	best.n = 0
	for _, at := range b.pane {
		x := &b.table.entries[at]
		k := float64(x.now)
		switch weight := k * k / ((x.count + .5*w) * usual); {
		case len(b.pane) <= top: // all of them, whatever they weigh
			best.put(rated{Count{b.table.word(int(at)), x.now}, weight, at})
		case best.n < top || weight >= best.top[top-1].weight:
			best.add(rated{Count{b.table.word(int(at)), x.now}, weight, at}, top)
		}
		if x.count == 0 {
			b.table.taught++
		}
		x.count += w * k
		x.now = 0
	}
	b.pane = b.pane[:0]
	kept := best.byWord()
	b.watch.begin(at, n)
	for i := range kept {
		b.watch.add(&b.table, kept[i].entry, kept[i].N)
	}
	if b.table.taught > 4*MaxWords {
		b.watch.move(b.table.cut(MaxWords))
	}
	s.words = appendCounts(s.words[:0], kept)
	return s.words
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
		for i := range b.table.entries {
			b.table.entries[i].count *= f
		}
		b.total *= f
		b.ref, x = at, 0
	}
	return math.Exp2(x)
}

// Rise compares a word found in k of n recent mentions with its usual share.
// The baseline already holds these mentions, at `at` or shortly before; they
// are left out. expected is the usual share of n mentions; score is Dunning's
// log-likelihood ratio G² (Dunning, Computational Linguistics 19, 1993), 0 for
// a word that does not rise.
func (b *Baseline) Rise(at int64, word string, k, n float64) (expected, score float64) {
	return b.rise(at, b.table.find(Hash(word)), k, n)
}

// rise is Rise of an entry, -1 for a word that is not known.
func (b *Baseline) rise(at int64, entry int, k, n float64) (expected, score float64) {
	f := math.Exp2(-float64(at-b.ref) / halfLife.Seconds())
	usual := 0.
	if entry >= 0 {
		usual = b.table.entries[entry].count * f
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

// Append writes the baseline, without the pane in progress and the panes that
// are watched.
func (b *Baseline) Append(w *state.Writer) {
	w.Int(b.ref)
	w.Float64(b.total)
	all := b.table.byCount()
	w.Uint(uint64(len(all)))
	for _, i := range all {
		w.String(b.table.word(int(i)))
		w.Float64(b.table.entries[i].count)
	}
}

// Read takes back what Append wrote. Words of the pane in progress may have been
// Put before.
func (b *Baseline) Read(r *state.Reader) {
	b.ref, b.total = r.Int(), r.Float64()
	for range r.Len() {
		w := r.String()
		x := &b.table.entries[b.table.learn(w, Hash(w))]
		if x.count = r.Float64(); x.count > 0 {
			b.table.taught++
		}
	}
}
