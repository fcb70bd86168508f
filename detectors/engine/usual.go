package engine

import (
	"math"
	"time"

	"fenghuo/detectors/state"
	"fenghuo/schemas"
)

// usualHalfLife is how fast a subject's usual figures forget.
const usualHalfLife = 14 * 24 * time.Hour

// ballast is the number of mentions that a borrowed share weighs.
const ballast = 10

// usual is what a subject is like when nothing is going on. It learns from
// panes that are a day old, so that a crisis is not its own baseline, and
// ignores those of an incident.
type usual struct {
	at         int64   // pane up to which it has learned
	hours      float64 // forgetting sum of hours seen
	all        float64
	complaints float64
	negative   float64
	upset      float64
	duplicates float64 // reposts left out
	unknown    float64
	types      []typeRate
	byHour     *[24]float32 // mentions by local hour; brands only
}

type typeRate struct {
	kind schemas.ComplaintType
	n    float64
}

var hoursPerLife = usualHalfLife.Hours() / math.Ln2

// pass lets the time up to pane p go by.
func (u *usual) pass(p int64) {
	if p <= u.at {
		return
	}
	f := math.Exp2(-float64(p-u.at) * Pane.Hours() / usualHalfLife.Hours())
	u.at = p
	u.hours = u.hours*f + hoursPerLife*(1-f)
	for _, x := range []*float64{&u.all, &u.complaints, &u.negative, &u.upset, &u.duplicates, &u.unknown} {
		*x *= f
	}
	for i := range u.types {
		u.types[i].n *= f
	}
	if u.byHour != nil {
		for i := range u.byHour {
			u.byHour[i] *= float32(f)
		}
	}
}

// learn adds a pane that is a day old.
func (u *usual) learn(p *pane, loc *time.Location) {
	u.pass(p.at)
	u.all += float64(p.all)
	u.complaints += float64(p.complaints)
	u.negative += float64(p.negative)
	u.upset += float64(p.upset)
	u.duplicates += float64(p.duplicates - p.passed)
	u.unknown += float64(p.unknown)
	for _, t := range p.types {
		u.addType(t.kind, float64(t.n))
	}
	if u.byHour != nil {
		u.byHour[paneStart(p.at).In(loc).Hour()] += float32(p.all)
	}
}

func (u *usual) addType(kind schemas.ComplaintType, n float64) {
	for i := range u.types {
		if u.types[i].kind == kind {
			u.types[i].n += n
			return
		}
	}
	u.types = append(u.types, typeRate{kind, n})
}

// kind is the forgetting sum of complaints of a type.
func (u *usual) kind(t schemas.ComplaintType) float64 {
	for _, r := range u.types {
		if r.kind == t {
			return r.n
		}
	}
	return 0
}

// rhythm is the mean factor of the panes from..to-1 against an average hour.
func (u *usual) rhythm(from, to int64, loc *time.Location) float64 {
	if u.byHour == nil || to <= from {
		return 1
	}
	sum := float32(0)
	for _, n := range u.byHour {
		sum += n
	}
	mean := float64(sum)/24 + 1 // one mention an hour of ballast
	total, n := 0.0, 0
	for p := from; p < to; p += 12 {
		total += (float64(u.byHour[paneStart(p).In(loc).Hour()]) + 1) / mean
		n++
	}
	return total / float64(n)
}

// signal is the forgetting sum of a signal's count.
func (u *usual) signal(signal schemas.Signal, kind schemas.ComplaintType) float64 {
	switch signal {
	case schemas.SignalMentions:
		return u.all
	case schemas.SignalComplaints:
		return u.complaints
	}
	return u.kind(kind)
}

// quality is a kind of mention whose share of all is watched.
type quality int

const (
	complaintsOf quality = iota
	negativeOf
	upsetOf
)

func (u *usual) of(q quality) float64 {
	switch q {
	case complaintsOf:
		return u.complaints
	case negativeOf:
		return u.negative
	}
	return u.upset
}

// usualShare is the usual share of a quality among the subject's mentions,
// steadied by what it borrows: a SKU from its brand, a brand from its category,
// a category from all brands.
func (e *Engine) usualShare(s *subject, q quality) float64 {
	var prior float64
	if s.sku != "" {
		prior = e.usualShare(&s.brand.subject, q)
	} else {
		prior = e.commonShare(s.brand, q)
	}
	return (s.usual.of(q) + ballast*prior) / (s.usual.all + ballast)
}

func (u *usual) append(w *state.Writer) {
	w.Int(u.at)
	for _, x := range []float64{u.hours, u.all, u.complaints, u.negative, u.upset, u.duplicates, u.unknown} {
		w.Float64(x)
	}
	w.Uint(uint64(len(u.types)))
	for _, t := range u.types {
		w.String(string(t.kind))
		w.Float64(t.n)
	}
	w.Bool(u.byHour != nil)
	if u.byHour != nil {
		for _, x := range u.byHour {
			w.Float32(x)
		}
	}
}

func (u *usual) read(r *state.Reader, intern func(string) string) {
	u.at = r.Int()
	for _, x := range []*float64{&u.hours, &u.all, &u.complaints, &u.negative, &u.upset, &u.duplicates, &u.unknown} {
		*x = r.Float64()
	}
	for range r.Len() {
		u.types = append(u.types, typeRate{schemas.ComplaintType(intern(r.String())), r.Float64()})
	}
	if r.Bool() {
		u.byHour = new([24]float32)
		for i := range u.byHour {
			u.byHour[i] = r.Float32()
		}
	}
}
