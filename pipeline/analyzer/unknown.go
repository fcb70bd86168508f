package analyzer

import (
	"sync"

	"github.com/go-ego/gse/hmm"
)

const (
	maxUnknown = 8   // runes of a run that gse's HMM cuts: its time grows with the square
	memoSize   = 512 // runs remembered, a power of two
)

var loadHMM = sync.OnceFunc(func() { hmm.LoadModel() })

// unknown finds words that the dictionary does not have in runs of single
// characters, by gse's HMM. The same runs come again and again in a stream, so
// their answers are remembered.
type unknown struct {
	memo [memoSize]struct {
		run  [maxUnknown]rune
		ends uint8
	}
}

// ends returns a bit for each rune of run at which a word ends. A run longer
// than maxUnknown has none.
func (u *unknown) ends(run []rune) uint8 {
	if len(run) > maxUnknown {
		return 0
	}
	var key [maxUnknown]rune
	copy(key[:], run)
	h := uint64(14695981039346656037)
	for _, r := range key {
		h = (h ^ uint64(r)) * 1099511628211
	}
	slot := &u.memo[h>>32%memoSize]
	if slot.run != key {
		slot.run, slot.ends = key, cutUnknown(run)
	}
	return slot.ends
}

func cutUnknown(run []rune) (ends uint8) {
	loadHMM()
	_, states := hmm.Viterbi(run, []byte("BMES"))
	for i, s := range states {
		if s == 'E' || s == 'S' {
			ends |= 1 << i
		}
	}
	return ends | 1<<(len(run)-1)
}
