package engine

import (
	"slices"
	"time"

	"fenghuo/detectors/grade"
	"fenghuo/detectors/lifecycle"
	"fenghuo/schemas"
)

// move is what a subject's pane says for its incident.
type move struct {
	s    *subject
	pane int64
	f    finding
	g    graded
	in   lifecycle.Input

	inner *subject // of a brand's: the SKU with the gravest open incident
}

// ease is how far the score may fall under a boundary before the level cools.
const ease = .9

// move grades what was found in pane p, to be decided at a time.
func (e *Engine) move(s *subject, p int64, at time.Time, f finding) move {
	if !s.incident.Open {
		s.incident.peak = 0
		if p-s.incident.ended > memoryPanes { // what begins within a day of the last goes on with it
			s.incident.crest = 0
		}
	}
	s.incident.peak = max(s.incident.peak, f.severity)
	g := e.grade(s, p, e.sum(s, p), f)
	return move{s: s, pane: p, f: f, g: g, in: lifecycle.Input{
		At: at, Alarm: f.alarm, Excess: f.excess,
		Level: grade.Of(g.score, g.anger.Angry(), 1), Ease: grade.Of(g.score, g.anger.Angry(), ease),
		Muted: e.muted(s, f.signal, at),
	}}
}

// settle decides the moves of one brand and time, the brand's first if it has
// one. SKUs' incidents follow before their brand's, which goes on while they do,
// and tell after it, so that what it takes in does not speak in the minute in
// which it ends.
func (e *Engine) settle(moves []move, alerts []schemas.Alert) []schemas.Alert {
	if len(moves) == 0 {
		return alerts
	}
	whole := &moves[0].s.brand.incident
	before := whole.Told()
	for i := len(moves) - 1; i >= 0; i-- {
		m := &moves[i]
		if m.s.sku == "" {
			if m.inner = m.s.brand.inner(); m.inner != nil {
				m.in.Inner = m.inner.incident.Level
			}
		}
		e.follow(m)
	}
	for i := range moves {
		m := &moves[i]
		m.in.Within = m.s.sku != "" && (before || whole.Told())
		if a, ok := e.tell(m, moves); ok {
			alerts = append(alerts, a)
		}
	}
	return alerts
}

// inner is the gravest of the brand's SKUs with an open incident, of equals the
// first by name; nil if there is none.
func (b *brand) inner() (worst *subject) {
	for _, s := range b.hot {
		if s.incident.Open && (worst == nil || s.graver(worst)) {
			worst = s
		}
	}
	return worst
}

func (s *subject) graver(o *subject) bool {
	x, y := grade.Rank(s.incident.Level), grade.Rank(o.incident.Level)
	return x > y || x == y && s.sku < o.sku
}

// noteOf says what is known of a SKU whose incident decides how grave its
// brand's is.
func (e *Engine) noteOf(s *subject, moves []move) string {
	n := "; as grave as its SKU " + s.sku
	for i := range moves {
		if m := &moves[i]; m.s == s {
			n += ": " + e.describe(s, m.pane, m.f, m.g).Evidence.Note
		}
	}
	return n
}

// follow steps what is going on.
func (e *Engine) follow(m *move) {
	i, f := &m.s.incident, &m.f
	was := i.Open
	i.Follow(m.in)
	switch {
	case !was && i.Open:
		i.onset, i.signal, i.kind, i.made = f.onset, f.signal, f.kind, flood{}
		if earliest := paneStart(m.pane + 1 - m.g.window.panes); i.onset.IsZero() || i.onset.Before(earliest) {
			i.onset = earliest
		}
	case i.Open && signalRank[f.signal] > signalRank[i.signal]:
		i.signal, i.kind = f.signal, f.kind
	case was && !i.Open:
		i.ended = m.pane
	}
	if i.Open {
		i.remember(m.g.flood)
	}
	e.watch(m.s)
}

// tell describes the transition that is due, if one is.
func (e *Engine) tell(m *move, moves []move) (schemas.Alert, bool) {
	s, i := m.s, &m.s.incident
	state := i.Tell(m.in)
	e.watch(s)
	if state == "" {
		return schemas.Alert{}, false
	}
	a := e.describe(s, m.pane, m.f, m.g)
	a.State, a.Level, a.At, a.WindowEnd = state, i.Level, m.in.At, m.in.At
	switch {
	case m.in.Within && i.Open:
		a.Evidence.Note += "; goes on in the brand's incident " + s.brand.incident.id
	case i.Open && i.Level == m.in.Inner && grade.Rank(m.in.Inner) > grade.Rank(m.in.Level):
		a.Evidence.Note += e.noteOf(m.inner, moves)
	}
	s.identify(e.cfg.Run, &a)
	return a, true
}

// watch keeps the subject under watch while something is going on or has to be
// told.
func (e *Engine) watch(s *subject) {
	switch idle := s.incident.Idle(); {
	case idle && e.hot[s]:
		delete(e.hot, s)
		s.brand.hot = slices.DeleteFunc(s.brand.hot, func(x *subject) bool { return x == s })
	case !idle && !e.hot[s]:
		e.hot[s] = true
		if s.sku != "" {
			s.brand.hot = append(s.brand.hot, s)
		}
	}
}

// muted tells whether a silence keeps the subject's transitions back.
func (e *Engine) muted(s *subject, signal schemas.Signal, at time.Time) bool {
	if signal == "" {
		signal = s.incident.signal
	}
	for _, q := range e.cfg.Silences {
		if (q.Brand == "" || q.Brand == s.brand.ID) && (q.SKU == "" || q.SKU == s.sku) &&
			(q.Signal == "" || q.Signal == signal) && !at.Before(q.From) && at.Before(q.To) {
			return true
		}
	}
	return false
}
