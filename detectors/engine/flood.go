package engine

import (
	"fmt"
	"time"

	"fenghuo/detectors/state"
)

// Limits of a suspected attack.
const (
	attackAll        = 10 // mentions
	attackFew        = 5  // mentions, of which more have to be copies
	attackDuplicates = .5
	attackCopies     = .7 // of few
	attackUnknown    = .9
	attackRepeats    = .5
	attackOver       = .3 // over the usual share
)

// suspectedAttack tells whether the window looks made: floods of the same
// text, of strangers, or of the same few authors, far over what is usual. What is
// passed on as a repost is no copied text: half of what is said of any story that
// goes round are reposts. Made ones are by strangers or by the same few.
func (s *subject) suspectedAttack(w *window) bool {
	u := &s.usual
	over := func(n, of uint32, limit, usual float64) bool {
		share := ratio(n, of)
		return share >= limit && share >= (usual+1)/(u.all+ballast)+attackOver
	}
	copied, own := w.duplicates-w.passed, w.all-w.passed
	if own < attackAll {
		if own >= attackFew && over(copied, own, attackCopies, u.duplicates) {
			return true
		}
	} else if over(copied, own, attackDuplicates, u.duplicates) {
		return true
	}
	return w.all >= attackAll && (over(w.repeats, w.all, attackRepeats, 0) ||
		u.all >= 100 && over(w.unknown, w.all, attackUnknown, u.unknown))
}

// flood is a window that looks made, and what it is made of; the zero value is
// that none does.
type flood struct {
	panes                             int64
	all, duplicates, unknown, repeats uint32
}

// madeOf is the shortest window that looks made. The one that an alert tells of
// may be too short to show the copies.
func (s *subject) madeOf(windows []window) flood {
	for i := range windows {
		if w := &windows[i]; s.suspectedAttack(w) {
			return flood{w.panes, w.all, w.duplicates, w.unknown, w.repeats}
		}
	}
	return flood{}
}

func (f flood) String() string {
	return fmt.Sprintf("of %d mentions in %s near-duplicates %.0f %%, unknown accounts %.0f %%, repeated authors %.0f %%",
		f.all, brief(time.Duration(f.panes)*Pane), 100*ratio(f.duplicates, f.all), 100*ratio(f.unknown, f.all), 100*ratio(f.repeats, f.all))
}

// remember keeps the largest flood of an incident: a suspicion is told with every
// later transition, also when the flood is over by then.
func (i *incident) remember(f flood) {
	if f.all > i.made.all {
		i.made = f
	}
}

func (f *flood) append(w *state.Writer) {
	w.Int(f.panes)
	for _, n := range []uint32{f.all, f.duplicates, f.unknown, f.repeats} {
		w.Uint(uint64(n))
	}
}

func (f *flood) read(r *state.Reader) {
	f.panes = r.Int()
	for _, n := range []*uint32{&f.all, &f.duplicates, &f.unknown, &f.repeats} {
		*n = uint32(r.Uint())
	}
}
