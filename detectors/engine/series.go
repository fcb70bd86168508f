package engine

import (
	"fmt"

	"fenghuo/detectors/state"
	"fenghuo/detectors/surge"
	"fenghuo/schemas"
)

// series is one signal of a subject under the surge detector. It is stepped
// when its pane saw something or its subject is under watch; the quiet time in
// between is made up for when it is needed.
type series struct {
	signal schemas.Signal
	kind   schemas.ComplaintType // with SignalComplaintType
	begun  int64                 // pane at which its history starts
	next   int64                 // pane to be read next
	det    *surge.Detector
}

// newSeries begins a series whose history starts at pane origin.
func newSeries(signal schemas.Signal, kind schemas.ComplaintType, p *surge.Params, origin int64) *series {
	return &series{signal: signal, kind: kind, begun: origin, next: origin, det: surge.New(p)}
}

// step reads pane p with its count, after the quiet time before it.
func (s *series) step(p int64, count, lift float64, gap bool, quiet *calendar) surge.Verdict {
	s.catchUp(p, quiet)
	s.next = p + 1
	return s.det.Step(paneStart(p), count, lift, gap)
}

// catchUp reads the panes before p as zeros: at once where nothing is special,
// as missing in gaps, one by one under a known event.
func (s *series) catchUp(p int64, quiet *calendar) {
	for s.next < p {
		span := quiet.span(s.next, p)
		switch {
		case span.gap:
			s.det.Step(paneStart(span.to-1), 0, 1, true) // what is missing before it is a gap, too
		case span.lift != 1 || s.det.Next().IsZero():
			s.det.Step(paneStart(s.next), 0, span.lift, false)
			span.to = s.next + 1
		default:
			s.det.Skip(int(span.to - s.next))
		}
		s.next = span.to
	}
}

func (s *series) append(w *state.Writer) {
	b, _ := s.det.MarshalBinary() // it cannot fail
	w.String(string(s.signal))
	w.String(string(s.kind))
	w.Int(s.begun)
	w.Int(s.next)
	w.Bytes(b)
}

func readSeries(r *state.Reader, intern func(string) string, params func(schemas.Signal) *surge.Params) (*series, error) {
	signal, kind := schemas.Signal(intern(r.String())), schemas.ComplaintType(intern(r.String()))
	begun, next, b := r.Int(), r.Int(), r.Bytes()
	if r.Err() != nil {
		return nil, r.Err()
	}
	s := newSeries(signal, kind, params(signal), begun)
	s.next = next
	if err := s.det.UnmarshalBinary(b); err != nil {
		return nil, fmt.Errorf("series %s %s: %w", signal, kind, err)
	}
	return s, nil
}
