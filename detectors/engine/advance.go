package engine

import (
	"time"

	"fenghuo/detectors/burst"
	"fenghuo/schemas"
)

// Advance closes every minute before to (cut to the minute), in order, and
// returns the transitions in the order in which they happened; within one
// pane brands by id, each before its SKUs. A span in which nothing happens
// costs nothing, however long.
func (e *Engine) Advance(to time.Time) []schemas.Alert {
	e.Pass(to)
	return e.Decide()
}

// Pass closes the minutes before to as Advance does, but leaves what they say to
// the next Decide: what a brand does in many minutes costs half when it is done
// at once, since most of it is the wait for memory.
func (e *Engine) Pass(to time.Time) {
	end := floorDiv(to.Unix(), 60)
	if end <= e.now || e.now == 0 && !e.begin(end) {
		return
	}
	e.listen()
	e.now = end
}

const paneMinutes = paneSeconds / 60

// begin sets the origin to the first minute observed before end.
func (e *Engine) begin(end int64) bool {
	first, ok := e.pending.first()
	if !ok || first >= end {
		return false
	}
	e.now, e.origin = first, paneOf(first*60)
	e.at = e.origin - 1
	return true
}

// Decide decides the minutes that were passed, and returns what Advance would
// have. Each brand goes on alone until it meets what brands share; there they
// take turns, in the order of time and of brands.
func (e *Engine) Decide() []schemas.Alert {
	if e.decided == e.now {
		return nil
	}
	e.deal()
	for _, b := range e.active {
		if b.at == 0 { // not evaluated yet, or not by this engine
			b.at = e.at
		}
	}
	var alerts []schemas.Alert
	for _, b := range e.active {
		alerts = e.goOn(b, false, alerts)
	}
	for len(e.turns) > 0 {
		alerts = e.goOn(e.turns.pop().brand, true, alerts)
	}
	for len(e.lessons.heap) > 0 {
		e.learnCommon(e.lessons.pop())
	}
	n := 0
	for _, b := range e.active {
		b.queue = b.queue[:0]
		if b.waits = len(b.touched) > 0 || b.busy(); b.waits {
			e.active[n] = b
			n++
		}
	}
	clear(e.active[n:])
	e.active, e.decided = e.active[:n], e.now
	for _, taken := range e.dealt {
		e.pending.release(taken)
	}
	e.dealt = e.dealt[:0]
	e.sleep()
	return alerts
}

// deal gives the mentions of the minutes that were passed to their brands.
func (e *Engine) deal() {
	for {
		minute, ok := e.pending.first()
		if !ok || minute >= e.now {
			return
		}
		taken := e.pending.take()
		e.dealt = append(e.dealt, taken)
		for i := range taken.mentions {
			b := taken.brands[i]
			if b == nil {
				continue
			}
			b.queue = append(b.queue, queued{minute, &taken.mentions[i]})
			e.activate(b)
		}
	}
}

// activate takes a brand among those with something to do.
func (e *Engine) activate(b *brand) {
	if !b.waits {
		b.waits = true
		e.active = append(e.active, b)
	}
}

// goOn closes a brand's minutes and panes until it has to wait for its turn.
// mine says that it is its turn for the first of them.
func (e *Engine) goOn(b *brand, mine bool, alerts []schemas.Alert) []schemas.Alert {
	queue := b.queue[b.counted:]
	for {
		minute := e.now
		if len(queue) > 0 {
			minute = queue[0].minute
		}
		p, due := b.nextPane()
		switch {
		case due && (p+1)*paneMinutes <= minute:
			e.turn = turn{(p + 1) * paneMinutes, false, b}
			var done bool
			if done, alerts = e.closePane(b, p, mine, alerts); !done {
				e.turns.push(e.turn)
				return alerts
			}
		case len(queue) == 0:
			b.counted = 0
			return alerts
		default:
			e.turn = turn{minute, true, b}
			n := 1
			for n < len(queue) && queue[n].minute == minute {
				n++
			}
			if !mine && !b.countsAlone(e, queue[:n]) {
				e.turns.push(e.turn)
				return alerts
			}
			e.closeMinute(b, moment{minute, floorDiv(minute, paneMinutes)}, queue[:n])
			alerts = e.early(b, minute, alerts)
			queue = queue[n:]
			b.counted += n
		}
		mine = false
	}
}

// nextPane is the next pane of the brand that has to be evaluated, if any has.
func (b *brand) nextPane() (int64, bool) {
	switch {
	case b.halt != nowhere:
		return b.at, true
	case b.busy():
		return b.at + 1, true
	case len(b.touched) > 0:
		return b.touched[0].cur.at, true
	}
	return 0, false
}

// busy tells whether the brand or a SKU of it has an open incident.
func (b *brand) busy() bool { return len(b.hot) > 0 || !b.incident.Idle() }

// countsAlone tells whether a minute's mentions can be counted out of turn:
// nothing of the brand that is sparse speaks, which is evaluated at once, and the
// brand borrows no rhythm.
func (b *brand) countsAlone(e *Engine, mentions []queued) bool {
	if b.subject.brand == nil && b.heard.since > e.origin || b.sparse() {
		return false
	}
	for _, q := range mentions {
		if q.SKU != "" {
			return false
		}
	}
	return true
}

// closeMinute counts the mentions of a minute.
func (e *Engine) closeMinute(b *brand, at moment, mentions []queued) {
	for _, q := range mentions {
		m := q.Mention
		b.begin(e)
		b.dirty = true
		unknown, repeat := false, false
		if m.AuthorID != "" {
			unseen, again := b.authors.meet(m.AuthorID, m.Primary)
			unknown, repeat = unseen || m.Followers <= 0, again
		}
		e.hashes = e.hashes[:0]
		for _, k := range m.Keywords[:min(maxWords, len(m.Keywords))] {
			e.hashes = append(e.hashes, burst.Hash(k))
		}
		weight := telling(m)
		if m.Primary {
			b.count(e, m, at, weight, unknown, repeat)
		}
		if m.SKU == "" {
			continue
		}
		if s := b.skuAt(e, m.SKU, at.pane); s != nil {
			s.count(e, m, at, weight, unknown, repeat)
		}
	}
}

// closePane evaluates the subjects of a brand that spoke in pane p or are under
// watch; done is false when that has to wait for the brand's turn.
func (e *Engine) closePane(b *brand, p int64, mine bool, alerts []schemas.Alert) (done bool, _ []schemas.Alert) {
	if b.halt != nowhere || !b.busy() && len(b.touched) == 1 && b.touched[0] == &b.subject {
		return e.closeAlone(b, p, mine, alerts)
	}
	if !mine {
		return false, alerts
	}
	e.due = e.due[:0]
	if len(b.touched) > 0 && b.touched[0].cur.at == p {
		e.due, b.touched = append(e.due, b.touched...), b.touched[:0]
	}
	for _, s := range append([]*subject{&b.subject}, b.hot...) {
		if e.hot[s] && (s.cur == nil || s.cur.at != p) {
			e.due = append(e.due, s)
		}
	}
	sortSubjects(e.due)
	b.at, e.at = p, max(e.at, p)
	for _, s := range e.due {
		if s.sku != "" {
			e.asleep = append(e.asleep, drowsy{p, s})
		}
		e.evaluate(s, p)
	}
	return true, e.settleMoves(alerts)
}

// settleMoves decides the moves of one brand and time.
func (e *Engine) settleMoves(alerts []schemas.Alert) []schemas.Alert {
	alerts = e.settle(e.moves, alerts)
	clear(e.moves)
	e.moves = e.moves[:0]
	return alerts
}

// halt is where the evaluation of a pane of the brand alone waits for its turn.
type halt int

const (
	nowhere halt = iota
	beforeFind
	beforeMove
)

// closeAlone is closePane where only the brand itself spoke and nothing is going
// on: it waits for its turn when a sparse series lends or borrows, and when
// something begins.
func (e *Engine) closeAlone(b *brand, p int64, mine bool, alerts []schemas.Alert) (done bool, _ []schemas.Alert) {
	s := &b.subject
	if b.halt == nowhere {
		b.touched = b.touched[:0]
		b.at, e.at = p, max(e.at, p)
		s.closePane(e)
		s.forget(e, p)
		if !mine && e.shares(s, p) {
			b.halt = beforeFind
			return false, alerts
		}
	}
	if b.halt != beforeMove {
		b.found = e.find(s, p, true)
		b.authors.closePane()
		s.dirty = true
		if b.halt = nowhere; s.incident.Idle() && !b.found.alarm {
			return true, alerts
		}
		if !mine {
			b.halt = beforeMove
			return false, alerts
		}
	}
	b.halt = nowhere
	e.moves = append(e.moves, e.move(s, p, paneStart(p+1), b.found))
	return true, e.settleMoves(alerts)
}

// shares tells whether a series of the subject that has spoken in pane p meets
// those that lend each other what they know.
func (e *Engine) shares(s *subject, p int64) bool {
	now := &s.panes[len(s.panes)-1]
	for _, t := range now.types {
		if !s.knows(t.kind) && s.meets(newSeries(schemas.SignalComplaintType, t.kind, s.born), p, now) {
			return true
		}
	}
	for i, x := range s.series {
		if (i < 2 || now.of(x.signal, x.kind) > 0) && !s.dense(x, p) && (i == 0 || s.meets(x, p, now)) {
			return true
		}
	}
	return false
}

// meets tells whether a sparse series meets others of its kind in pane p.
func (s *subject) meets(x *series, p int64, now *pane) bool {
	n := now.of(x.signal, x.kind)
	counts, may := s.cluster(x, p, n, true)
	return x.scan.Meets((p+1)*paneSeconds, n > 0, may, counts[:])
}
