package engine

import (
	"slices"
	"time"

	"fenghuo/detectors/burst"
	"fenghuo/detectors/state"
	"fenghuo/schemas"
)

// subject is what incidents are about: a brand, or one SKU of it.
type subject struct {
	brand    *brand
	sku      string   // "" for the brand
	last     int64    // pane of the latest mention
	cur      *current // pane in progress, nil when it saw nothing
	minute   int64    // of the latest mention, while the minute is closed
	panes    []pane   // of the last 24 hours, oldest first
	recent   []recent // sums of them by window; nil = not yet made
	usual    usual
	born     int64     // pane from which on its silence is known
	series   []*series // when dense: mentions, complaints, then types in order of appearance
	mood     mood
	incident incident
	dirty    bool // changed since the last snapshot
}

// brand is a configured brand with its SKUs and what they share.
type brand struct {
	Brand
	subject
	order       int // by id
	heard       heard
	keywords    burst.Baseline
	burst       burst.Detector
	risingFrom  int64 // pane from which on its keywords are watched
	authors     authors
	calendar    calendar
	skus        map[string]*sku
	hot         []*subject // SKUs with an open incident
	touched     []*subject // with the pane in progress
	at          int64      // pane evaluated last
	waits       bool       // is among the engine's active brands
	queue       []queued   // mentions of minutes that are not decided
	counted     int        // of them
	halt        halt       // where pane `at` waits for the brand's turn
	found       finding    // of it
	budgets     *budgets   // of the brand's own series
	skuBudgets  *budgets
	period      int64 // fortnight in progress
	speaking    int   // SKUs that spoke in it
	spokeBefore int   // and in the one before
	swept       int64 // local day of the last search for forgotten SKUs
	business    business
}

// queued is a mention with its minute.
type queued struct {
	minute int64
	*Mention
}

// sku is a SKU's subject, awake, or asleep as the bytes of a snapshot.
type sku struct {
	awake  *subject
	asleep []byte
	dirty  bool  // asleep, and changed since the last snapshot
	period int64 // fortnight in which it spoke last
	last   int64 // pane in which it spoke last
}

const (
	risingPanes = int64(6 * time.Hour / Pane) // keywords are watched over six hours
	periodPanes = int64(14 * 24 * time.Hour / Pane)
)

// newSubject begins a brand or a SKU whose silence is known since pane p. A
// brand is taken for dense until it is known to be sparse, a SKU the other way
// round.
func (e *Engine) newSubject(b *brand, sku string, p int64) subject {
	s := subject{brand: b, sku: sku, born: p}
	if sku == "" {
		s.usual.byHour = new([24]float32)
	}
	s.usual.at = s.born
	for _, signal := range []schemas.Signal{schemas.SignalMentions, schemas.SignalComplaints} {
		x := newSeries(signal, "", s.born)
		if sku == "" {
			x.thicken(s.born, s.budgets())
		}
		s.series = append(s.series, x)
	}
	return s
}

// budgets are the parameters of the subject's series.
func (s *subject) budgets() *budgets {
	if s.sku == "" {
		return s.brand.budgets
	}
	return s.brand.skuBudgets
}

// moment is a minute with its pane.
type moment struct{ minute, pane int64 }

// count adds a mention, whose keywords' hashes e.hashes are, to the pane in
// progress. Of a SKU only the words of
// upset mentions are kept: they are evidence, not watched.
func (s *subject) count(e *Engine, m *Mention, at moment, weight float32, unknown, repeat bool) {
	if s.cur == nil {
		s.cur = e.takePane()
		s.cur.begin(at.pane)
		s.brand.touched = append(s.brand.touched, s)
	}
	s.last, s.minute, s.dirty = at.pane, at.minute, true
	s.cur.add(m, weight, unknown, repeat)
	switch {
	case m.copies(): // its words are those of one post, however often it is passed on
	case s.sku == "":
		s.brand.keywords.Count(m.Keywords, e.hashes)
	case m.upset():
		for i, h := range e.hashes {
			s.cur.words.Add(m.Keywords[i], h)
		}
	}
}

// closePane moves the pane in progress to the past ones, with its most telling
// words; the brand's keywords learn all of them.
func (s *subject) closePane(e *Engine) {
	c := s.cur
	var words []burst.Count
	if s.sku == "" {
		words = s.brand.keywords.Teach(&e.taught, c.at*paneSeconds, int(c.all), brandWords)
	} else {
		words = burst.Top(c.words.Words(), skuWords)
	}
	p := pane{c.at, c.counts, e.pack(c, words)}
	p.types, p.copies = slices.Clone(c.types), slices.Clone(c.copies)
	s.panes = append(s.panes, p)
	s.enter(&p)
	e.free, s.cur = append(e.free, c), nil
}

// pack is a pane's evidence.
func (e *Engine) pack(c *current, words []burst.Count) evidence {
	w := state.Writer{B: e.packed[:0]}
	appendEvidence(&w, c.channels, c.posts, words)
	e.packed = w.B
	return slices.Clone(evidence(w.B))
}

// saying is the words of the pane in progress.
func (s *subject) saying() []burst.Count {
	if s.sku == "" {
		return s.brand.keywords.Pane()
	}
	return s.cur.words.Words()
}

// readSaying takes back the words of the pane in progress.
func (s *subject) readSaying(words []burst.Count) {
	for _, c := range words {
		if s.sku == "" {
			s.brand.keywords.Put(c)
		} else {
			s.cur.words.Put(c)
		}
	}
}

// forget drops panes that are a day old at pane p; they become usual.
func (s *subject) forget(e *Engine, p int64) {
	s.slide(e, p)
	if s.sku == "" {
		s.brand.slideRising(p)
	}
	n := 0
	for n < len(s.panes) && s.panes[n].at <= p-memoryPanes {
		old := &s.panes[n]
		if !s.incident.hides(old.at) {
			s.usual.learn(old, e.cfg.Location)
			if s.sku == "" {
				e.lessons.add(e.turn, old)
			}
		}
		n++
	}
	if n > 0 {
		clear(s.panes[:n])
		s.panes = s.panes[n:] // append makes room in front when it needs some
		for i := range s.recent {
			s.recent[i].from -= n
		}
	}
	s.usual.pass(p - memoryPanes)
}

// typeSeries makes the series of a complaint type when it is first seen.
func (s *subject) typeSeries(kind schemas.ComplaintType) {
	if !s.knows(kind) {
		s.series = append(s.series, newSeries(schemas.SignalComplaintType, kind, s.born))
	}
}

// knows tells whether a complaint type has a series.
func (s *subject) knows(kind schemas.ComplaintType) bool {
	for _, x := range s.series[2:] {
		if x.kind == kind {
			return true
		}
	}
	return false
}

func (s *subject) append(w *state.Writer) {
	w.Int(s.last)
	w.Int(s.born)
	w.Bool(s.cur != nil)
	if s.cur != nil {
		s.cur.append(w)
		appendWords(w, s.saying())
	}
	w.Uint(uint64(len(s.panes)))
	for i := range s.panes {
		s.panes[i].append(w)
	}
	s.usual.append(w)
	w.Uint(uint64(len(s.series)))
	for _, x := range s.series {
		x.append(w)
	}
	s.mood.append(w)
	s.incident.append(w)
}

func (s *subject) read(r *state.Reader, e *Engine) error {
	s.last, s.born = r.Int(), r.Int()
	if r.Bool() {
		s.cur = new(current)
		s.cur.read(r, e.intern)
		s.readSaying(readWords(r))
	}
	n := r.Len()
	s.panes = make([]pane, n)
	for i := range s.panes {
		s.panes[i].read(r, e.intern)
	}
	s.usual.read(r, e.intern)
	s.series = nil
	for range r.Len() {
		x, err := readSeries(r, e.intern, s.budgets())
		if err != nil {
			return err
		}
		s.series = append(s.series, x)
	}
	if err := s.mood.read(r, s.budgets()); err != nil {
		return err
	}
	s.incident.read(r, e.intern)
	return r.Err()
}
