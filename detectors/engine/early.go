package engine

import (
	"time"

	"fenghuo/detectors/burst"
	"fenghuo/schemas"
)

// early looks at the sparse subjects that spoke in a minute before their pane
// ends: a cluster is complete with its last mention, and there are few of
// them. Incidents that are open already wait for the pane.
func (e *Engine) early(b *brand, minute int64, alerts []schemas.Alert) []schemas.Alert {
	e.due = e.due[:0]
	for _, s := range b.touched {
		if s.minute == minute && s.sparse() && s.incident.Idle() {
			e.due = append(e.due, s)
		}
	}
	sortSubjects(e.due)
	for _, s := range e.due {
		alerts = e.evaluateEarly(s, minute, alerts)
	}
	return alerts
}

// evaluateEarly is evaluate for the pane as it stands after a minute.
func (e *Engine) evaluateEarly(s *subject, minute int64, alerts []schemas.Alert) []schemas.Alert {
	p, at := s.cur.at, (minute+1)*60
	if gap, _ := e.gaps.at(p, p+1); gap {
		return alerts
	}
	s.forget(e, p)
	now := pane{at: p, counts: s.cur.counts}
	s.panes = append(s.panes, now)
	s.enter(&now)
	defer func() {
		s.leave(&now)
		s.panes = s.panes[:len(s.panes)-1]
	}()

	f := finding{learning: p-s.born < learning}
	f.event, f.lift = s.brand.calendar.inForce(p)
	for _, x := range s.series[:2] { // mentions and complaints
		if x.surge == nil {
			e.findCluster(s, x, p, at, now.of(x.signal, x.kind), true, &f)
		}
	}
	if !f.alarm {
		return alerts
	}
	s.panes[len(s.panes)-1].evidence = e.pack(s.cur, burst.Top(s.saying(), skuWords))
	s.brand.at, e.at = max(s.brand.at, p-1), max(e.at, p-1)
	return e.settle([]move{e.move(s, p, time.Unix(at, 0).UTC(), f)}, alerts)
}
