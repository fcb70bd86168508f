package burst

import "iter"

// watch is the latest panes of a brand with their most telling words. It knows
// the words by their entries, so that a pane leaves without a look into the
// index.
type watch struct {
	panes []watchedPane // oldest first
	words []watchedWord // of all of them, in their order
	all   int           // mentions
}

type watchedPane struct {
	at    int64 // Unix seconds
	all   int
	words int
}

type watchedWord struct {
	entry int32
	n     uint32
}

// begin watches a pane of n mentions, whose words are added next.
func (w *watch) begin(at int64, n int) {
	w.panes = append(w.panes, watchedPane{at: at, all: n})
	w.all += n
}

func (w *watch) add(t *table, entry int32, n uint32) {
	w.words = append(w.words, watchedWord{entry, n})
	w.panes[len(w.panes)-1].words++
	t.entries[entry].recent += n
}

// move follows the entries to where a cut has put them.
func (w *watch) move(moved []int32) {
	for i := range w.words {
		w.words[i].entry = moved[w.words[i].entry]
	}
}

// leave drops the oldest pane.
func (w *watch) leave(t *table) {
	p := w.panes[0]
	for _, x := range w.words[:p.words] {
		t.entries[x.entry].recent -= x.n
	}
	w.all -= p.all
	w.panes, w.words = w.panes[1:], w.words[p.words:] // append makes room in front when it needs some
}

// Watch takes a pane of n mentions back among those that are watched, for Read,
// which does not: panes in the order of Teach, with the words that it returned.
func (b *Baseline) Watch(at int64, n int, words iter.Seq2[[]byte, uint32]) {
	b.watch.begin(at, n)
	for w, k := range words {
		word := string(w)
		b.watch.add(&b.table, int32(b.table.learn(word, Hash(word))), k)
	}
}

// Unwatch drops the panes before a moment (Unix seconds) from those that are
// watched.
func (b *Baseline) Unwatch(before int64) {
	for len(b.watch.panes) > 0 && b.watch.panes[0].at < before {
		b.watch.leave(&b.table)
	}
}

// Watched is how many mentions of the panes that are watched hold a word, and
// how many there are.
func (b *Baseline) Watched(word string) (n uint32, of int) {
	if i := b.table.find(Hash(word)); i >= 0 {
		n = b.table.entries[i].recent
	}
	return n, b.watch.all
}

// Rising is the word of the latest pane, which began at `at` (Unix seconds), that
// rises most over all panes that are watched, if one is frequent enough to burst.
// What it returns is as with Rise.
func (b *Baseline) Rising(at int64) (top Count, expected, score float64) {
	words := b.watch.words[len(b.watch.words)-b.watch.panes[len(b.watch.panes)-1].words:]
	for _, w := range words {
		k := b.table.entries[w.entry].recent
		if k < MinCount {
			continue
		}
		x, g := b.rise(at, int(w.entry), float64(k), float64(b.watch.all))
		if g > score && Enough(float64(k), x) {
			top, expected, score = Count{b.table.word(int(w.entry)), k}, x, g
		}
	}
	return top, expected, score
}
