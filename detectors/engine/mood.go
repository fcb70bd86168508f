package engine

import (
	"fmt"

	"fenghuo/detectors/share"
	"fenghuo/detectors/state"
)

// mood watches the negative share of a dense subject. Panes without mentions
// say nothing of a share and are passed over when the next one is read.
type mood struct {
	share *share.Detector // nil when sparse
	next  int64           // pane that is read next, 0 before the first
}

// weigh begins and ends with the subject's density.
func (m *mood) weigh(dense bool, b *budgets) {
	switch {
	case dense && m.share == nil:
		m.share = share.New(&b.share)
	case !dense:
		*m = mood{}
	}
}

// step reads pane p after the quiet time before it.
func (m *mood) step(p int64, negative, all uint32, gap bool, quiet *calendar) share.Verdict {
	for m.next != 0 && m.next < p {
		span := quiet.span(m.next, p)
		if span.gap {
			m.share.Step(paneStart(span.to-1), 0, 0, true)
		} else {
			m.share.Skip(int(span.to - m.next))
		}
		m.next = span.to
	}
	m.next = p + 1
	return m.share.Step(paneStart(p), float64(negative), float64(all), gap)
}

func (m *mood) append(w *state.Writer) {
	w.Bool(m.share != nil)
	if m.share != nil {
		b, _ := m.share.MarshalBinary() // it cannot fail
		w.Int(m.next)
		w.Bytes(b)
	}
}

func (m *mood) read(r *state.Reader, b *budgets) error {
	if !r.Bool() {
		return r.Err()
	}
	m.next, m.share = r.Int(), share.New(&b.share)
	if err := m.share.UnmarshalBinary(r.Bytes()); err != nil {
		return fmt.Errorf("negative share: %w", err)
	}
	return r.Err()
}
