package engine

import (
	"math/bits"

	"github.com/cespare/xxhash/v2"

	"fenghuo/detectors/state"
)

// filterWords is the size of one generation of the authors filter, in 64-bit
// words: 16,384 bits, for some 3,000 authors.
const filterWords = 256

// authors remembers who spoke about a brand, in bounded memory: two
// generations of a Bloom filter with two hashes. When the younger is half
// full it becomes the older one. An unseen author may pass as seen, once in
// a handful of times at worst, never the other way round within a generation.
type authors struct {
	young, old []uint64
	set        int
	recent     []uint64 // of the pane in progress; they count as seen from the next
	slots      []uint16 // index into recent + 1, by hash, open addressing
}

// maxRecent bounds the authors remembered within a pane.
const maxRecent = 512

// meet tells whether the author was unseen before this pane, and whether
// they spoke within it before. first must be true on one row of a post.
func (a *authors) meet(id string, first bool) (unseen, repeat bool) {
	h := xxhash.Sum64String(id)
	if a.slots == nil {
		a.slots = make([]uint16, 2*maxRecent)
	}
	i := h % (2 * maxRecent)
	for a.slots[i] != 0 && a.recent[a.slots[i]-1] != h {
		i = (i + 1) % (2 * maxRecent)
	}
	repeat = a.slots[i] != 0
	if first && !repeat && len(a.recent) < maxRecent {
		a.recent = append(a.recent, h)
		a.slots[i] = uint16(len(a.recent))
	}
	return !has(a.young, h) && !has(a.old, h), repeat
}

// closePane makes the pane's authors known.
func (a *authors) closePane() {
	for _, h := range a.recent {
		if a.young == nil {
			a.young = make([]uint64, filterWords)
		}
		for _, b := range places(h) {
			if a.young[b/64]&(1<<(b%64)) == 0 {
				a.young[b/64] |= 1 << (b % 64)
				a.set++
			}
		}
		if a.set > filterWords*32 {
			a.old, a.young, a.set = a.young, nil, 0
		}
	}
	a.forgetPane()
}

// forgetPane empties the slots of the pane's authors; there are few in most panes.
func (a *authors) forgetPane() {
	if len(a.recent) > maxRecent/8 {
		clear(a.slots)
	} else {
		for n, h := range a.recent {
			i := h % (2 * maxRecent)
			for a.slots[i] != uint16(n+1) {
				i = (i + 1) % (2 * maxRecent)
			}
			a.slots[i] = 0
		}
	}
	a.recent = a.recent[:0]
}

func has(f []uint64, h uint64) bool {
	if f == nil {
		return false
	}
	for _, b := range places(h) {
		if f[b/64]&(1<<(b%64)) == 0 {
			return false
		}
	}
	return true
}

func places(h uint64) [2]uint64 {
	return [2]uint64{h % (filterWords * 64), (h >> 32) % (filterWords * 64)}
}

func (a *authors) append(w *state.Writer) {
	appendFilter(w, a.young)
	appendFilter(w, a.old)
	w.Uint(uint64(len(a.recent)))
	for _, h := range a.recent {
		w.Uint(h)
	}
}

func (a *authors) read(r *state.Reader) {
	a.young, a.old = readFilter(r), readFilter(r)
	for _, x := range a.young {
		a.set += bits.OnesCount64(x)
	}
	a.slots = make([]uint16, 2*maxRecent)
	for range min(maxRecent, r.Len()) {
		h := r.Uint()
		i := h % (2 * maxRecent)
		for a.slots[i] != 0 {
			i = (i + 1) % (2 * maxRecent)
		}
		a.recent = append(a.recent, h)
		a.slots[i] = uint16(len(a.recent))
	}
}

func appendFilter(w *state.Writer, f []uint64) {
	w.Uint(uint64(len(f)))
	for _, x := range f {
		w.Uint(x)
	}
}

func readFilter(r *state.Reader) []uint64 {
	n := r.Len()
	if n == 0 {
		return nil
	}
	f := make([]uint64, filterWords)
	for i := range n {
		if x := r.Uint(); i < filterWords {
			f[i] = x
		}
	}
	return f
}
