package engine

import (
	"fmt"
	"net/url"

	"fenghuo/detectors/state"
	"fenghuo/detectors/surge"
)

func bookKey(brand, series string) string {
	return "business/" + url.PathEscape(brand) + "/" + url.PathEscape(series)
}

// snapshotBusiness writes the books that changed.
func (b *brand) snapshotBusiness(full bool, put func(string, []byte) error) error {
	for _, name := range sortedKeys(b.business.books) {
		k := b.business.books[name]
		if !k.dirty && !full {
			continue
		}
		w := state.Writer{B: []byte{stateVersion}}
		k.append(&w)
		if err := put(bookKey(b.ID, name), w.B); err != nil {
			return err
		}
		k.dirty = false
	}
	return nil
}

func (k *book) append(w *state.Writer) {
	w.Uint(uint64(k.grain))
	w.Bool(k.begun)
	w.Int(k.pane)
	w.Int(k.first)
	w.Time(k.taken)
	entries := k.entries()
	w.Uint(uint64(len(entries)))
	for _, x := range entries {
		w.String(x.sku)
		w.Int(x.at)
		w.Float64(k.open[x])
	}
	w.Uint(uint64(len(k.lines)))
	for _, sku := range sortedKeys(k.lines) {
		k.lines[sku].append(w)
	}
}

func (l *line) append(w *state.Writer) {
	w.String(l.sku)
	for _, d := range []*surge.Detector{l.rise, l.fall} {
		w.Bool(d != nil)
		if d != nil {
			b, _ := d.MarshalBinary() // it cannot fail
			w.Bytes(b)
		}
	}
	l.incident.append(w)
	w.Bool(l.down)
}

// readBook takes back a book. What the config now says of the series holds: a
// detector that was not there begins anew, one that is no longer asked for is
// left out.
func (e *Engine) readBook(b *brand, name string, r *state.Reader) error {
	k := b.bookOf(e, name)
	g := r.Uint()
	if g > uint64(daily) {
		return fmt.Errorf("grain %d is none of this program's", g)
	}
	k.grain, k.begun, k.pane, k.first, k.taken = grain(g), r.Bool(), r.Int(), r.Int(), r.Time()
	for range r.Len() {
		x := entry{r.String(), r.Int()}
		k.open[x] = r.Float64()
	}
	for range r.Len() {
		if r.Err() != nil || k.grain == unknown {
			break
		}
		l := k.addLine(e, r.String())
		for _, d := range []*surge.Detector{l.rise, l.fall} {
			if !r.Bool() {
				continue
			}
			if data := r.Bytes(); d != nil {
				if err := d.UnmarshalBinary(data); err != nil {
					return err
				}
			}
		}
		l.incident.read(r, e.intern)
		if l.down = r.Bool(); !l.incident.Idle() {
			e.business[l] = true
		}
	}
	b.share(e)
	return r.Done()
}
