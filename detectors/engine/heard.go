package engine

import (
	"net/url"

	"fenghuo/detectors/state"
	"fenghuo/detectors/surge"
)

// heard is the pane since which a brand and its configured SKUs are listened
// to. One that comes into the config later was no less spoken of before, only
// nobody listened: its first mentions end no silence.
type heard struct {
	since int64
	skus  map[string]int64 // nil: not known yet
	dirty bool             // changed since the last snapshot
}

func heardKey(brand string) string { return "heard/" + url.PathEscape(brand) }

// listen notes what of the config is new, once, before the first mention is
// counted. A state of before this was kept has it for none: then all of the
// config is as old as the engine.
func (e *Engine) listen() {
	if e.listening || e.now == 0 {
		return
	}
	e.listening = true
	since := e.origin
	for _, b := range e.brands {
		if b.heard.skus != nil {
			since = paneOf(e.now * 60)
		}
	}
	for _, b := range e.brands {
		b.listen(since)
	}
}

func (b *brand) listen(since int64) {
	h := &b.heard
	if h.skus == nil {
		*h = heard{since: since, skus: make(map[string]int64, len(b.SKUs)), dirty: true}
	}
	for _, id := range b.SKUs {
		if _, known := h.skus[id]; !known {
			h.skus[id], h.dirty = since, true
		}
	}
	if len(h.skus) == len(b.SKUs) {
		return
	}
	known := h.skus
	h.skus, h.dirty = make(map[string]int64, len(b.SKUs)), true
	for _, id := range b.SKUs { // those that left the config are forgotten
		h.skus[id] = known[id]
	}
}

func (h *heard) bytes() []byte {
	w := state.Writer{B: []byte{stateVersion}}
	w.Int(h.since)
	w.Uint(uint64(len(h.skus)))
	for _, id := range sortedKeys(h.skus) {
		w.String(id)
		w.Int(h.skus[id])
	}
	return w.B
}

func (h *heard) read(r *state.Reader) error {
	*h = heard{since: r.Int(), skus: make(map[string]int64)}
	for range r.Len() {
		id := r.String()
		h.skus[id] = r.Int()
	}
	return r.Done()
}

// rhythmDays is how many days a brand must have seen to lend its rhythm: every
// day of the week once.
const rhythmDays = 7

// categoryRhythm is the mean rhythm of the brands of a category that know
// theirs, for one that is new; its level is theirs, too. Zero if there is none.
func (e *Engine) categoryRhythm(category string) (mean surge.Baseline) {
	if category == "" {
		return mean
	}
	n := 0.
	for _, id := range sortedKeys(e.brands) { // in an order: sums of floats depend on it
		b := e.brands[id]
		if b.Category != category || b.subject.brand == nil || b.series[0].surge == nil {
			continue
		}
		of := b.series[0].surge.Baseline()
		if of.Days < rhythmDays {
			continue
		}
		n++
		mean.Level += (of.Level - mean.Level) / n
		for i := range mean.Hour {
			mean.Hour[i] += (of.Hour[i] - mean.Hour[i]) / n
		}
		for i := range mean.Day {
			mean.Day[i] += (of.Day[i] - mean.Day[i]) / n
		}
	}
	return mean
}
