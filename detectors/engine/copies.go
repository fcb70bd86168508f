package engine

import (
	"fenghuo/detectors/state"
	"fenghuo/schemas"
)

// copiesPerReport is how many reposts of complaints count as one more
// report of it. Four people who pass one complaint on are no four accidents: of
// an ordinary thread of five posts the clusters see two, of a flood of forty
// still eleven.
const copiesPerReport = 4

// copies tells whether the mention passes another post on. What it is a
// near-duplicate of must decide nothing: which of two sources is read first is
// different in every run.
func (m *Mention) copies() bool { return m.Kind == kindRepost }

// copy notes a complaint that copies.
func (c *counts) copy(m *Mention) {
	if !m.copies() {
		return
	}
	c.copies = addType(c.copies, "", 1)
	for _, t := range m.Types {
		c.copies = addType(c.copies, t, 1)
	}
}

// kindRepost is the kind of a post that passes another one on.
const kindRepost = "repost"

// reports is the count of a signal without what repeats a report.
func (c *said) reports(signal schemas.Signal, kind schemas.ComplaintType) float64 {
	n := float64(c.of(signal, kind))
	if len(c.copies) == 0 || signal == schemas.SignalMentions {
		return n
	}
	const less = 1 - 1./copiesPerReport
	return n - less*float64(countOf(c.copies, kind))
}

// appendCopies writes the copies, if there are any, after a zero, and what was
// passed on after another: no pane that is kept is without mentions, so that
// panes without them are written as before they were counted.
func (c *counts) appendCopies(w *state.Writer) {
	if len(c.copies) == 0 && c.passed == 0 {
		return
	}
	w.Uint(0)
	appendTypes(w, c.copies)
	if c.passed > 0 {
		w.Uint(0)
		w.Uint(uint64(c.passed))
	}
}

func (c *counts) readCopies(r *state.Reader, intern func(string) string) {
	c.copies = readTypes(r, intern)
}

func appendTypes(w *state.Writer, list []typeCount) {
	w.Uint(uint64(len(list)))
	for _, t := range list {
		w.String(string(t.kind))
		w.Uint(uint64(t.n))
	}
}

func readTypes(r *state.Reader, intern func(string) string) (list []typeCount) {
	for range r.Len() {
		list = append(list, typeCount{schemas.ComplaintType(intern(r.String())), uint32(r.Uint())})
	}
	return list
}
