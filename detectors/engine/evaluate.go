package engine

import (
	"slices"
	"time"

	"fenghuo/detectors/burst"
	"fenghuo/detectors/calibrate"
	"fenghuo/detectors/scan"
	"fenghuo/detectors/surge"
	"fenghuo/schemas"
)

// window is the sum of a subject's panes over the last so many.
type window struct {
	panes int64
	counts
	channels []channelCount
}

// widen is a longer window, of which w is the latest part.
func (w *window) widen(panes int64) window {
	x := window{panes, w.counts, slices.Clone(w.channels)}
	x.types, x.copies = slices.Clone(w.types), slices.Clone(w.copies)
	return x
}

func (w *window) merge(p *pane) {
	w.counts.merge(&p.counts)
	w.channels = mergeChannels(w.channels, p.evidence)
}

// finding is what all detectors together say of a subject's pane.
type finding struct {
	alarm    bool           // an alarm begins
	excess   bool           // an excess holds
	signal   schemas.Signal // the best one that holds
	kind     schemas.ComplaintType
	window   int64 // panes of the signal's most telling window
	severity float64
	learning bool
	onset    time.Time
	rate     float64 // expected mentions an hour, by the surge detector
	word     burst.Count
	expected float64 // of word
	event    string
	lift     float64
}

// The order in which signals are named when several hold: what is said before
// how much is said.
var signalRank = map[schemas.Signal]int{
	schemas.SignalComplaints: 5, schemas.SignalComplaintType: 4, schemas.SignalNegativeShare: 3,
	schemas.SignalMentions: 2, schemas.SignalKeyword: 1,
}

// hear takes one detector's word.
func (f *finding) hear(signal schemas.Signal, kind schemas.ComplaintType, alarm, active bool, severity float64, window int64, onset time.Time) {
	if !alarm && !active {
		return
	}
	f.alarm, f.excess = f.alarm || alarm, true
	f.severity = max(f.severity, severity)
	if !onset.IsZero() && (f.onset.IsZero() || onset.Before(f.onset)) {
		f.onset = onset
	}
	if r := signalRank[signal]; r > signalRank[f.signal] {
		f.signal, f.kind, f.window = signal, kind, window
	}
}

// evaluate closes pane p of a subject and adds what has to be decided of its
// incident, if anything is going on, to the engine's moves.
func (e *Engine) evaluate(s *subject, p int64) {
	spoke := s.cur != nil && s.cur.at == p
	if spoke {
		s.closePane(e)
	}
	s.forget(e, p)
	f := e.find(s, p, spoke)
	if s.sku == "" {
		s.brand.authors.closePane()
	}
	s.dirty = true
	if !s.incident.Idle() || f.alarm {
		e.moves = append(e.moves, e.move(s, p, paneStart(p+1), f))
	}
}

// find asks every detector about pane p.
func (e *Engine) find(s *subject, p int64, spoke bool) finding {
	f := finding{learning: p-s.born < learning}
	f.event, f.lift = s.brand.calendar.inForce(p)
	gap, _ := e.gaps.at(p, p+1)
	now := &pane{}
	if spoke {
		now = &s.panes[len(s.panes)-1]
		for _, t := range now.types {
			s.typeSeries(t.kind)
		}
	}
	for i, x := range s.series {
		e.weigh(s, x, p)
		n := now.of(x.signal, x.kind)
		if n == 0 && i > 0 && !s.incident.Open && !(spoke && x.signal == schemas.SignalComplaints && !x.canWait(&f, gap)) {
			continue
		}
		if x.surge != nil {
			e.findSurge(s, x, p, now.reports(x.signal, x.kind), gap, &f)
		} else if !gap {
			e.findCluster(s, x, p, (p+1)*paneSeconds, n, spoke, &f)
		}
	}
	if !gap {
		e.findOutcry(s, p, spoke, &f)
	}
	e.findMood(s, p, now, gap, &f)
	if s.sku == "" {
		e.findKeyword(s.brand, p, spoke && !gap, &f)
	}
	return f
}

const (
	// learning is how long a subject, or the engine, is new.
	learning = int64(7 * 24 * time.Hour / Pane)

	// deaf is how long after a brand is first heard only an outcry is told: until a
	// day has passed that was expected, every rhythm looks like a surge, and
	// until one is known, every brand sparse.
	deaf = int64(48 * time.Hour / Pane)

	// From denseRate mentions an hour (about one a day) a series has a
	// rhythm and daily maxima worth learning and is given to the surge
	// detector; under sparseRate to the cluster scan. A day of denseDay
	// mentions outside an incident makes dense at once.
	denseRate  = .04
	sparseRate = .02
	denseDay   = 24
)

// weigh decides whether a series is dense or sparse.
func (e *Engine) weigh(s *subject, x *series, p int64) {
	switch dense := s.dense(x, p); {
	case dense && x.surge == nil:
		x.thicken(p, s.budgets())
		day, rate := s.volume(x)
		x.surge.Borrow(s.borrow(x, max(rate, float64(day)/24)))
	case !dense:
		x.surge = nil
	}
}

// dense tells what a series is from pane p on: what it was, in an incident.
func (s *subject) dense(x *series, p int64) bool {
	if s.incident.Open {
		return x.surge != nil
	}
	day, rate := s.volume(x)
	known := p-s.born >= deaf
	if x.surge == nil {
		return day >= denseDay || rate >= denseRate && known
	}
	return day >= denseDay/4 || rate >= sparseRate || !known
}

// volume is what a series has counted in the last day, 0 of a type, which is dense
// by its rate alone, and what it usually counts in an hour.
func (s *subject) volume(x *series) (day uint32, rate float64) {
	if x.kind == "" {
		day = s.day().of(x.signal, x.kind)
	}
	return day, s.usual.signal(x.signal, x.kind) / max(1, s.usual.hours)
}

// borrow is the baseline of a series that has just become dense: its own rate
// with the rhythm of its brand's mentions, for what it is worth.
func (s *subject) borrow(x *series, rate float64) (b surge.Baseline) {
	if of := s.brand.series[0].surge; s.brand.subject.brand != nil && of != nil && of != x.surge {
		b = of.Baseline()
	}
	b.Level = rate
	return b
}

// findSurge asks for a surge of a dense series.
func (e *Engine) findSurge(s *subject, x *series, p int64, n float64, gap bool, f *finding) {
	v := x.step(p, n, f.lift, gap, &s.brand.calendar)
	if (v.Over || v.Active) && p-s.brand.heard.since >= deaf {
		f.hear(x.signal, x.kind, v.Over, v.Active, max(0, v.Severity()), int64(v.Window), v.Onset)
	}
	if x.signal != schemas.SignalMentions {
		return
	}
	f.learning = f.learning || v.Learning
	f.rate = v.Expected / (float64(v.Window) * Pane.Hours())
	if s.sku == "" && !gap {
		s.brand.calendar.learn(p, n, x.surge.Rate())
	}
}

// findCluster asks for a cluster of a sparse series.
func (e *Engine) findCluster(s *subject, x *series, p, at int64, n uint32, spoke bool, f *finding) {
	counts, may := s.cluster(x, p, n, spoke)
	past := scan.Past{Mentions: s.usual.signal(x.signal, x.kind), Hours: s.usual.hours}
	v := x.scan.Step(at, n > 0, may, counts[:len(s.recent)], e.cfg.Windows, past, e.budget(s, x.signal), e.excess.of(s, x.signal))
	if x.signal == schemas.SignalMentions {
		f.rate = v.Rate
	}
	panes := int64(e.cfg.Windows[v.Window] / Pane)
	f.hear(x.signal, x.kind, v.Alert, v.Active, v.Severity, panes, paneStart(p+1-panes))
}

// cluster is what a sparse series has counted in each window, n in pane p, and
// whether that may be a cluster, once its brand is heard for two days. A new SKU has
// no silence to compare with: in its first week only its complaints count.
func (s *subject) cluster(x *series, p int64, n uint32, spoke bool) (counts [scan.MaxWindows]uint32, may bool) {
	day := s.day()
	// fewer complaints are too few for a cluster of any type
	if x.kind == "" || s.incident.Open || day.complaints >= minCluster {
		for w := range s.recent {
			counts[w] = uint32(s.recent[w].reports(x.signal, x.kind))
		}
	}
	if x.kind != "" {
		counts[0] = max(counts[0], n)
	}
	may = spoke && p-s.brand.heard.since >= deaf && s.enough(x.signal) &&
		(x.signal != schemas.SignalMentions || s.sku == "" || p-s.born >= learning)
	return counts, may
}

// excesses is what sparse brands, and sparse SKUs, lend each other by signal.
type excesses [2][3]scan.Excess

func (x *excesses) of(s *subject, signal schemas.Signal) *scan.Excess {
	level := 0
	if s.sku != "" {
		level = 1
	}
	switch signal {
	case schemas.SignalMentions:
		return &x[level][0]
	case schemas.SignalComplaints:
		return &x[level][1]
	}
	return &x[level][2]
}

const (
	// minCluster is how many mentions in a day may be a cluster: two complaints
	// are no crisis,
	minCluster = 3
	// unless both report of a brand what is no brand's daily bread.
	minGrave = 2
)

// enough tells whether what was said in a day may be a cluster of a signal.
func (s *subject) enough(signal schemas.Signal) bool {
	day := s.day()
	return day.all >= minCluster || signal == schemas.SignalComplaints && s.sku == "" && day.grave() >= minGrave
}

// findMood asks for the negative share of a dense subject.
func (e *Engine) findMood(s *subject, p int64, now *pane, gap bool, f *finding) {
	s.mood.weigh(!s.sparse(), s.budgets())
	if s.mood.share == nil || now.all == 0 && !s.incident.Open {
		return
	}
	v := s.mood.step(p, now.negative, now.all, gap, &s.brand.calendar)
	if v.Active && p-s.brand.heard.since >= deaf {
		f.hear(schemas.SignalNegativeShare, "", v.Alert, true, max(0, v.Severity()), int64(v.Window), v.Onset)
	}
}

// findKeyword asks for rising keywords; they make an incident of their own
// only when nothing else holds and no known event explains them.
func (e *Engine) findKeyword(b *brand, p int64, spoke bool, f *finding) {
	if !spoke {
		return
	}
	word, expected, score := b.keywords.Rising(p * paneSeconds)
	severity := b.burst.Step(e.day(p), score)
	if severity < calibrate.Threshold(e.budget(&b.subject, schemas.SignalKeyword)) {
		return
	}
	f.word, f.expected = word, expected
	if f.event != "" {
		return // it brings its own words
	}
	f.hear(schemas.SignalKeyword, "", !f.excess, true, severity, risingPanes, paneStart(p+1-risingPanes))
}

// sum adds up the panes of every configured window that ends with pane p.
func (e *Engine) sum(s *subject, p int64) []window {
	ws := e.windows
	for i := range ws {
		ws[i] = window{panes: int64(e.cfg.Windows[i] / Pane)}
	}
	from := len(s.panes)
	for i := range ws {
		if i > 0 {
			ws[i] = ws[i-1].widen(ws[i].panes)
		}
		for from > 0 && s.panes[from-1].at > p-ws[i].panes {
			from--
			ws[i].merge(&s.panes[from])
		}
	}
	return ws
}
