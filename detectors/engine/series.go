package engine

import (
	"fmt"

	"fenghuo/detectors/scan"
	"fenghuo/detectors/state"
	"fenghuo/detectors/surge"
	"fenghuo/schemas"
)

// series is one signal of a subject. While it is sparse the cluster scan
// watches it, when dense the surge detector. It is stepped when its pane saw
// something or its subject is under watch; the quiet time in between is made
// up for when it is needed.
type series struct {
	signal schemas.Signal
	kind   schemas.ComplaintType // with SignalComplaintType
	scan   scan.Detector
	surge  *surge.Detector // nil when sparse
	next   int64           // pane that surge reads next
}

// newSeries begins a sparse series whose silence is known from pane born on.
func newSeries(signal schemas.Signal, kind schemas.ComplaintType, born int64) *series {
	return &series{signal: signal, kind: kind, scan: *scan.New(born * paneSeconds)}
}

// thicken gives the series to the surge detector, from pane p on.
func (s *series) thicken(p int64, b *budgets) { s.surge, s.next = surge.New(b.of(s.signal)), p }

// step reads pane p with its count, after the quiet time before it.
func (s *series) step(p int64, count, lift float64, gap bool, quiet *calendar) surge.Verdict {
	s.catchUp(p, quiet)
	s.next = p + 1
	return s.surge.Step(paneStart(p), count, lift, gap)
}

// canWait tells whether a pane of zero says the same when it is made up for
// later: outside known events and outages, whose lift may be learnt until then,
// and with no alarm open. A cluster scan forgets step by step.
func (s *series) canWait(f *finding, gap bool) bool {
	return s.surge != nil && !s.surge.Active() && f.event == "" && !gap
}

// catchUp reads the panes before p as zeros, as missing in gaps.
func (s *series) catchUp(p int64, quiet *calendar) {
	for s.next < p {
		span := quiet.span(s.next, p)
		switch {
		case span.gap:
			s.surge.Step(paneStart(span.to-1), 0, 1, true) // what is missing before it is a gap, too
		case s.surge.Next().IsZero(): // a step begins it
			s.surge.Step(paneStart(s.next), 0, span.lift, false)
			span.to = s.next + 1
		default:
			s.surge.SkipLifted(int(span.to-s.next), span.lift)
		}
		s.next = span.to
	}
}

func (s *series) append(w *state.Writer) {
	w.String(string(s.signal))
	w.String(string(s.kind))
	s.scan.Append(w)
	w.Bool(s.surge != nil)
	if s.surge != nil {
		b, _ := s.surge.MarshalBinary() // it cannot fail
		w.Int(s.next)
		w.Bytes(b)
	}
}

func readSeries(r *state.Reader, intern func(string) string, b *budgets) (*series, error) {
	s := &series{signal: schemas.Signal(intern(r.String())), kind: schemas.ComplaintType(intern(r.String()))}
	s.scan.Read(r)
	if r.Bool() {
		s.thicken(r.Int(), b)
		if err := s.surge.UnmarshalBinary(r.Bytes()); err != nil {
			return nil, fmt.Errorf("series %s %s: %w", s.signal, s.kind, err)
		}
	}
	return s, r.Err()
}
