package engine

// recent is the sum of a subject's panes over one window, kept up to date as
// panes come and leave, so that a pane costs the same however many there are.
// It follows from the panes and is no part of the state.
type recent struct {
	from int // index of the first pane in it
	said
}

func (r *recent) enter(p *pane) {
	r.all += p.all
	r.complaints += p.complaints
	for _, t := range p.types {
		r.types = addType(r.types, t.kind, t.n)
	}
	for _, t := range p.copies {
		r.copies = addType(r.copies, t.kind, t.n)
	}
}

func (r *recent) leave(p *pane) {
	r.all -= p.all
	r.complaints -= p.complaints
	for _, t := range p.types {
		r.types = addType(r.types, t.kind, -t.n)
	}
	for _, t := range p.copies {
		r.copies = addType(r.copies, t.kind, -t.n)
	}
}

// slide moves the windows on, to end with pane p.
func (s *subject) slide(e *Engine, p int64) {
	if s.recent == nil {
		s.recent = make([]recent, len(e.cfg.Windows))
		for i := range s.panes {
			s.enter(&s.panes[i])
		}
	}
	for i := range s.recent {
		r, first := &s.recent[i], p-e.cfg.panes[i]
		for r.from < len(s.panes) && s.panes[r.from].at <= first {
			r.leave(&s.panes[r.from])
			r.from++
		}
	}
}

func (s *subject) enter(p *pane) {
	for i := range s.recent {
		s.recent[i].enter(p)
	}
}

func (s *subject) leave(p *pane) {
	for i := range s.recent {
		s.recent[i].leave(p)
	}
}

// day is the longest window.
func (s *subject) day() *recent { return &s.recent[len(s.recent)-1] }
