package engine

import (
	"cmp"
	"slices"
	"time"

	"fenghuo/detectors/state"
)

// forgetAfter is how long a SKU must be silent before another may take its
// place when a brand has as many as it may.
const forgetAfter = int64(60 * 24 * time.Hour / Pane)

func (e *Engine) newBrand(c Brand, order int) *brand {
	b := &brand{Brand: c, order: order, skus: make(map[string]*sku), budgets: e.newBudgets(), skuBudgets: e.newBudgets()}
	b.calendar.gaps = &e.gaps
	for _, ev := range e.cfg.Events {
		if len(ev.Brands) > 0 && !slices.Contains(ev.Brands, c.ID) {
			continue
		}
		b.calendar.events = append(b.calendar.events, &event{
			name: ev.Name, from: paneOf(ev.From.Unix()), to: paneOf(ev.To.Unix()-1) + 1, given: ev.Lift,
		})
	}
	slices.SortStableFunc(b.calendar.events, func(x, y *event) int { return cmp.Compare(x.from, y.from) })
	b.share(e)
	return b
}

// begin makes the brand's subject once it is known since when it is heard. A
// brand that came later than others of its category borrows their rhythm.
func (b *brand) begin(e *Engine) {
	if b.subject.brand != nil {
		return
	}
	b.subject = e.newSubject(b, "", b.heard.since)
	if b.heard.since > e.origin {
		rhythm := e.categoryRhythm(b.Category)
		for _, x := range b.series {
			x.surge.BorrowRhythm(rhythm)
		}
	}
}

// skuAt returns the SKU, awake and counted as speaking in pane p; nil when the
// brand has as many SKUs as it may.
func (b *brand) skuAt(e *Engine, id string, p int64) *subject {
	k := b.skus[id]
	if k == nil {
		if !b.admit(e, p) {
			return nil
		}
		k = &sku{period: -1}
		b.skus[id] = k
		born := p
		if since, configured := b.heard.skus[id]; configured {
			born = since
		}
		s := e.newSubject(b, id, born)
		k.awake = &s
	}
	if err := b.wake(e, id, k); err != nil {
		panic("engine: " + err.Error()) // bytes that this engine wrote, or that Restore has read
	}
	b.speak(e, k, p)
	return k.awake
}

// admit tells whether one more SKU may be watched.
func (b *brand) admit(e *Engine, p int64) bool {
	if len(b.skus) < e.cfg.MaxSKUs {
		return true
	}
	if day := e.day(p); day != b.swept {
		b.swept = day
		for id, k := range b.skus { // each on its own: the order does not matter
			if k.last <= p-forgetAfter && (k.awake == nil || k.awake.incident.Idle()) {
				delete(b.skus, id)
				e.deleted = append(e.deleted, skuKey(b.ID, id))
			}
		}
	}
	return len(b.skus) < e.cfg.MaxSKUs
}

// speak counts the SKUs that share the budget: the more numerous of those that
// spoke in this fortnight and in the last.
func (b *brand) speak(e *Engine, k *sku, p int64) {
	k.last = p
	period := floorDiv(p, periodPanes)
	if period != b.period {
		b.spokeBefore = 0
		if period == b.period+1 {
			b.spokeBefore = b.speaking
		}
		b.period, b.speaking = period, 0
		b.share(e)
	}
	if k.period != period {
		k.period = period
		b.speaking++
		b.share(e)
	}
	b.dirty = true
}

// share divides the budget anew.
func (b *brand) share(e *Engine) {
	b.budgets.set(e, &subject{brand: b})
	b.skuBudgets.set(e, &subject{brand: b, sku: "any"})
}

// wake reads a SKU that sleeps.
func (b *brand) wake(e *Engine, id string, k *sku) error {
	if k.awake != nil {
		return nil
	}
	s := &subject{brand: b, sku: id}
	r := state.NewReader(k.asleep)
	k.period, k.last = r.Int(), r.Int()
	if err := s.read(r, e); err != nil {
		return err
	}
	s.incident.readMore(r)
	if err := r.Done(); err != nil {
		return err
	}
	s.dirty = k.dirty
	k.awake, k.asleep, k.dirty = s, nil, false
	return nil
}

func (k *sku) fallAsleep() {
	var w state.Writer
	k.append(&w)
	k.asleep, k.dirty, k.awake = slices.Clone(w.B), k.awake.dirty, nil
}

// append writes what a SKU sleeps as.
func (k *sku) append(w *state.Writer) {
	if k.awake == nil {
		w.B = append(w.B, k.asleep...)
		return
	}
	w.Int(k.period)
	w.Int(k.last)
	k.awake.append(w)
	k.awake.incident.appendMore(w)
}

// slideRising moves the window of rising keywords on, to end with pane p.
func (b *brand) slideRising(p int64) {
	b.risingFrom = max(b.risingFrom, p-risingPanes+1)
	b.keywords.Unwatch(b.risingFrom * paneSeconds)
}

func (b *brand) append(w *state.Writer) {
	b.subject.append(w)
	b.keywords.Append(w)
	b.burst.Append(w)
	w.Int(b.risingFrom)
	b.authors.append(w)
	b.calendar.append(w)
	w.Int(b.period)
	w.Int(int64(b.speaking))
	w.Int(int64(b.spokeBefore))
	w.Int(b.swept)
	b.incident.appendMore(w)
}

func (b *brand) read(r *state.Reader, e *Engine) error {
	b.subject = subject{brand: b}
	if err := b.subject.read(r, e); err != nil {
		return err
	}
	b.keywords.Read(r)
	b.burst.Read(r)
	b.risingFrom = r.Int()
	b.authors.read(r)
	b.calendar.read(r)
	b.period, b.speaking, b.spokeBefore, b.swept = r.Int(), int(r.Int()), int(r.Int()), r.Int()
	b.incident.readMore(r)
	b.share(e)
	for i := range b.panes {
		if p := &b.panes[i]; p.at >= b.risingFrom {
			b.keywords.Watch(p.at*paneSeconds, int(p.all), p.evidence.words())
		}
	}
	return r.Done()
}

// common is what the mentions of all brands of the partition, or of a category,
// are like, for a brand that is new.
type common struct{ usual }

// What is assumed before anything is known: a quarter of the mentions is of
// any bad quality, with the weight of 20.
const (
	assumedShare = .25
	commonWeight = 20
)

// learn lets no pane weigh more than 20 mentions, so that the loudest brand is
// not taken for all, and remembers some 5,000 panes.
func (c *common) learn(p lesson) {
	const keep = 1 - 1./5000
	f := min(1, commonWeight/float64(p.all))
	c.all = c.all*keep + f*float64(p.all)
	c.complaints = c.complaints*keep + f*float64(p.complaints)
	c.negative = c.negative*keep + f*float64(p.negative)
	c.upset = c.upset*keep + f*float64(p.upset)
}

// share is the common share of a quality, steadied by a wider one.
func (c *common) share(q quality, wider float64) float64 {
	return (c.of(q) + commonWeight*wider) / (c.all + commonWeight)
}

// learnCommon teaches a brand's pane to its category and to all.
func (e *Engine) learnCommon(p lesson) {
	e.common.learn(p)
	if name := p.brand.Category; name != "" {
		if e.categories[name] == nil {
			e.categories[name] = new(common)
		}
		e.categories[name].learn(p)
	}
}

// commonShare is what a brand borrows: its category's share of a quality.
func (e *Engine) commonShare(b *brand, q quality) float64 {
	for len(e.lessons.heap) > 0 && e.lessons.heap[0].turn.compare(e.turn) <= 0 {
		e.learnCommon(e.lessons.pop())
	}
	all := e.common.share(q, assumedShare)
	if c := e.categories[b.Category]; c != nil {
		return c.share(q, all)
	}
	return all
}
