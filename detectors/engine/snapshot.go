package engine

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fenghuo/detectors/state"
)

// stateVersion begins every value. It changes when the meaning of the bytes
// does; an older state is then refused, and the engine is built up again from
// the log.
const stateVersion = 1

const engineKey = "engine"

func brandKey(id string) string { return "brand/" + url.PathEscape(id) }
func skuKey(brand, id string) string {
	return "sku/" + url.PathEscape(brand) + "/" + url.PathEscape(id)
}
func pendingKey(minute int64) string { return "pending/" + strconv.FormatInt(minute, 10) }

// Snapshot calls put for each entity that changed since the last Snapshot
// (for all when full), minutes still open included. Keys are stable; an empty
// value deletes its key, and any is valid during the call only. A restored engine
// goes on exactly as the one that was snapshot. What was passed must be decided. After an error the next Snapshot
// must be full.
func (e *Engine) Snapshot(full bool, put func(key string, value []byte) error) error {
	if e.decided != e.now {
		return errors.New("engine: a snapshot after Pass: call Decide before")
	}
	e.listen()
	if err := put(engineKey, e.bytes()); err != nil {
		return err
	}
	for _, key := range e.deleted {
		if err := put(key, nil); err != nil {
			return err
		}
	}
	e.deleted = nil
	for _, id := range sortedKeys(e.brands) {
		if err := e.snapshotBrand(id, e.brands[id], full, put); err != nil {
			return err
		}
	}
	return e.snapshotPending(full, put)
}

// put gives the value that write appends. A thousand brands have a hundred
// megabytes, which are written into the same bytes one after the other.
func (e *Engine) put(put func(key string, value []byte) error, key string, write func(*state.Writer)) error {
	w := state.Writer{B: append(e.written[:0], stateVersion)}
	write(&w)
	e.written = w.B
	return put(key, w.B)
}

// bytes is the engine's own state.
func (e *Engine) bytes() []byte {
	w := state.Writer{B: []byte{stateVersion}}
	w.Int(e.now)
	w.Int(e.origin)
	w.Int(e.at)
	w.Uint(uint64(len(e.gaps.list)))
	for _, g := range e.gaps.list {
		w.Int(g.from)
		w.Int(g.to)
	}
	e.common.append(&w)
	names := sortedKeys(e.categories)
	w.Uint(uint64(len(names)))
	for _, name := range names {
		w.String(name)
		e.categories[name].append(&w)
	}
	for i := range e.excess {
		for j := range e.excess[i] {
			e.excess[i][j].Append(&w)
		}
	}
	return w.B
}

func (e *Engine) snapshotBrand(id string, b *brand, full bool, put func(string, []byte) error) error {
	if b.heard.skus != nil && (full || b.heard.dirty) {
		if err := put(heardKey(id), b.heard.bytes()); err != nil {
			return err
		}
		b.heard.dirty = false
	}
	if err := b.snapshotBusiness(full, put); err != nil || b.subject.brand == nil {
		return err
	}
	if b.dirty || full {
		if err := e.put(put, brandKey(id), b.append); err != nil {
			return err
		}
		b.dirty = false
	}
	for _, name := range sortedKeys(b.skus) {
		k := b.skus[name]
		if !full && !k.dirty && (k.awake == nil || !k.awake.dirty) {
			continue
		}
		if err := e.put(put, skuKey(id, name), k.append); err != nil {
			return err
		}
		k.dirty = false
		if k.awake != nil {
			k.awake.dirty = false
		}
	}
	return nil
}

// snapshotPending writes open minutes that changed and deletes those that were
// written and are closed.
func (e *Engine) snapshotPending(full bool, put func(string, []byte) error) error {
	p := &e.pending
	for _, m := range sortedKeys(p.stored) {
		if p.by[m] == nil {
			if err := put(pendingKey(m), nil); err != nil {
				return err
			}
			delete(p.stored, m)
		}
	}
	for _, m := range p.minutes {
		b := p.by[m]
		if !full && !b.dirty {
			continue
		}
		if err := e.put(put, pendingKey(m), b.append); err != nil {
			return err
		}
		b.dirty = false
		p.stored[m] = true
	}
	return nil
}

// Restore takes back one entry of a Snapshot, in any order, before the first
// Observe. It fails on a value it cannot read, naming the key. Entries of
// brands that are no longer configured are left out, and deleted by the next
// Snapshot: a brand that comes back is new, since nobody listened in between.
func (e *Engine) Restore(key string, value []byte) error {
	if len(value) == 0 {
		return nil
	}
	if value[0] != stateVersion {
		return fmt.Errorf("state %q has version %d, this program reads %d", key, value[0], stateVersion)
	}
	if err := e.restore(key, value[1:]); err != nil {
		return fmt.Errorf("state %q: %w", key, err)
	}
	return nil
}

func (e *Engine) restore(key string, value []byte) error {
	kind, rest, _ := strings.Cut(key, "/")
	r := state.NewReader(value)
	switch kind {
	case engineKey:
		return e.read(r)
	case "brand":
		b := e.brands[unescape(rest)]
		if b == nil {
			e.deleted = append(e.deleted, key)
			return nil
		}
		if err := b.read(r, e); err != nil {
			return err
		}
		e.takeUp(&b.subject)
		return nil
	case "heard":
		b := e.brands[unescape(rest)]
		if b == nil {
			e.deleted = append(e.deleted, key)
			return nil
		}
		return b.heard.read(r)
	case "sku":
		brand, id, _ := strings.Cut(rest, "/")
		b := e.brands[unescape(brand)]
		if b == nil {
			e.deleted = append(e.deleted, key)
			return nil
		}
		return b.restoreSKU(e, unescape(id), value)
	case "business":
		brand, name, _ := strings.Cut(rest, "/")
		b := e.brands[unescape(brand)]
		if b == nil {
			e.deleted = append(e.deleted, key)
			return nil
		}
		return e.readBook(b, unescape(name), r)
	case "pending":
		minute, err := strconv.ParseInt(rest, 10, 64)
		if err != nil {
			return err
		}
		return e.pending.read(minute, r, e.brands)
	}
	return fmt.Errorf("unknown kind %q", kind)
}

func (e *Engine) read(r *state.Reader) error {
	e.now, e.origin, e.at = r.Int(), r.Int(), r.Int()
	e.decided = e.now
	for range r.Len() {
		e.gaps.list = append(e.gaps.list, interval{r.Int(), r.Int()})
	}
	e.common.read(r, e.intern)
	for range r.Len() {
		c := new(common)
		e.categories[r.String()] = c
		c.read(r, e.intern)
	}
	for i := range e.excess {
		for j := range e.excess[i] {
			e.excess[i][j].Read(r)
		}
	}
	return r.Done()
}

// restoreSKU reads the SKU to see that it can be read; unless something is
// going on it then sleeps on.
func (b *brand) restoreSKU(e *Engine, id string, value []byte) error {
	k := &sku{asleep: slices.Clone(value)}
	if err := b.wake(e, id, k); err != nil {
		return err
	}
	b.skus[id] = k
	if s := k.awake; s.cur != nil || !s.incident.Idle() {
		e.takeUp(s)
		return nil
	}
	k.awake, k.asleep = nil, slices.Clone(value)
	return nil
}

// takeUp puts a restored subject where its state says that it was.
func (e *Engine) takeUp(s *subject) {
	if s.cur != nil {
		s.brand.touched = append(s.brand.touched, s)
	}
	e.watch(s)
	e.activate(s.brand)
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

func sortedKeys[K int64 | string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
