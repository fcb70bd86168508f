package engine

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"fenghuo/detectors/grade"
	"fenghuo/detectors/lifecycle"
	"fenghuo/detectors/surge"
	"fenghuo/schemas"
)

// line is a business series of a brand or a SKU, with an incident of its own.
type line struct {
	book     *book
	sku      string
	rise     *surge.Detector // nil where a rise is no news
	fall     *surge.Detector // nil where a fall is none
	incident incident
	down     bool // the incident is a fall
}

func (k *book) addLine(e *Engine, sku string) *line {
	l := &line{book: k, sku: e.intern(sku)}
	if k.Bad != Down {
		l.rise = surge.New(k.brand.lineParams(e, lineKind{k.grain, false, sku != ""}))
	}
	if k.Bad != Up {
		l.fall = surge.New(k.brand.lineParams(e, lineKind{k.grain, true, sku != ""}))
	}
	k.lines[l.sku] = l
	k.brand.shareBusiness(e)
	k.brand.share(e)
	return l
}

// step shows a closed pane to the line's detectors and returns the transition
// to be told, if there is one. In its first week a line raises no alarm: it has
// seen no day of the week before.
func (k *book) step(e *Engine, l *line, value float64) (schemas.Alert, bool) {
	start, end := k.grain.start(k.pane, e.cfg.Location), k.grain.start(k.pane+1, e.cfg.Location)
	var v, best surge.Verdict
	alarm, active, down := false, false, l.down
	hear := func(w surge.Verdict, fall bool) {
		over := w.Active && w.Score >= w.Threshold && !w.Learning
		active = active || w.Active
		if over && (!alarm || w.Severity() > best.Severity()) {
			alarm, best = true, w
			if !l.incident.Open {
				down = fall
			}
		}
		if fall == down || l.rise == nil || l.fall == nil {
			v = w
		}
	}
	lift, event, disturbed := k.brand.calendar.given(start, end)
	if l.rise != nil {
		hear(l.rise.Step(start, value, lift, disturbed), false)
	}
	if l.fall != nil {
		hear(l.fall.Step(start, value, 1, false), true)
	}
	if l.incident.Idle() && !alarm {
		return schemas.Alert{}, false
	}
	l.down = down
	return l.follow(e, end, v, lifecycle.Input{At: end, Alarm: alarm, Excess: active, Muted: l.muted(e, end)}, event)
}

// given is the lift that known events have in their description, the name of
// the first one in force, and whether one without a given lift makes a rise
// unreadable.
func (c *calendar) given(start, end time.Time) (lift float64, name string, disturbed bool) {
	lift = 1
	from, to := paneOf(start.Unix()), paneOf(end.Unix()-1)+1
	for _, ev := range c.events {
		if ev.to <= from || ev.from >= to {
			continue
		}
		name = cmp.Or(name, ev.name)
		lift = max(lift, ev.given)
		disturbed = disturbed || ev.given == 0
	}
	return lift, name, disturbed
}

// muted tells whether a silence or the whole brand's incident in the same
// series keeps the line's transitions back.
func (l *line) muted(e *Engine, at time.Time) bool {
	k := l.book
	if whole := k.lines[""]; l.sku != "" && whole != nil && whole.incident.Told() {
		return true
	}
	return slices.ContainsFunc(e.cfg.Silences, func(q Silence) bool {
		return (q.Brand == "" || q.Brand == k.brand.ID) && (q.SKU == "" || q.SKU == l.sku) &&
			(q.Signal == "" || q.Signal == k.signal()) && !at.Before(q.From) && at.Before(q.To)
	})
}

func (k *book) signal() schemas.Signal { return schemas.SignalSeries + schemas.Signal(k.name) }

// follow steps the incident and describes the transition.
func (l *line) follow(e *Engine, end time.Time, v surge.Verdict, in lifecycle.Input, event string) (schemas.Alert, bool) {
	i, k := &l.incident, l.book
	if !i.Open {
		i.peak = 0
	}
	i.peak = max(i.peak, v.Severity())
	score, bad := 0., k.Bad != Both
	if in.Alarm { // the 24 hours that an alarm is held after the excess are no reason to grade
		score = l.score(v)
	}
	in.Level, in.Ease = grade.Of(score, bad, 1), grade.Of(score, bad, ease)
	begin := end.Add(-time.Duration(v.Window) * grainLengths[k.grain])
	was := i.Open
	tell := i.Step(in)
	if !was && i.Open {
		if i.onset = v.Onset; i.onset.IsZero() {
			i.onset = begin
		}
	}
	if i.Idle() {
		delete(e.business, l)
	} else {
		e.business[l] = true
	}
	if tell == "" {
		return schemas.Alert{}, false
	}
	a := l.describe(e, v, begin, end)
	a.Evidence.Event = event
	a.State, a.Level, a.At = tell, i.Level, in.At
	i.identify(e.cfg.Run, hash("series", k.brand.ID, l.sku, k.name), &a)
	return a, true
}

// score grades the move: how far it went the incident's way from what is usual,
// in numbers and in proportion. Reach, channels and kinds it has none, so that it is never red,
// and a series that is not known to be bad news never above blue.
func (l *line) score(v surge.Verdict) float64 {
	high, low := max(v.Observed, v.Expected), v.Expected
	if l.down {
		high, low = v.Expected, min(v.Observed, v.Expected)
	}
	return grade.Score(grade.Figures{
		Severity: l.incident.peak, Upset: high - low, Share: (high - low) / max(1, high), Lift: (high + 1) / (low + 1),
	})
}

func (l *line) describe(e *Engine, v surge.Verdict, begin, end time.Time) schemas.Alert {
	k, detector := l.book, "surge"
	if l.down {
		detector = "fall"
	}
	return schemas.Alert{
		Run: e.cfg.Run, Brand: k.brand.ID, BrandName: k.brand.Name, SKU: l.sku,
		Signal: k.signal(), CrisisType: k.Type, Severity: max(0, v.Severity()),
		WindowStart: begin, WindowEnd: end, Observed: v.Observed, Expected: v.Expected,
		Evidence: schemas.Evidence{
			Detector: detector, Odds: math.Pow(10, min(300, max(0, v.Severity()))), OnsetEstimate: l.incident.onset,
			Series: schemas.SeriesEvidence{Name: k.name, Bad: string(k.Bad), Down: l.down},
			Note:   l.note(v, end.Sub(begin)),
		},
	}
}

func (l *line) note(v surge.Verdict, window time.Duration) string {
	span := strings.TrimSuffix(strings.TrimSuffix(window.String(), "0s"), "0m")
	n := fmt.Sprintf("%s: %s in %s where %s are usual", l.book.name, figure(v.Observed), span, figure(v.Expected))
	if change := 100 * (v.Observed - v.Expected) / v.Expected; v.Expected > 0 && math.Abs(change) < 1e6 {
		n += fmt.Sprintf(", %+.0f %%", change)
	}
	return n
}

// figure writes a number with a decimal where it is small.
func figure(x float64) string {
	if x < 10 && x != math.Trunc(x) {
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(math.Round(x), 'f', -1, 64)
}

// silence is how long a series may say nothing, beyond two panes, before its
// incident is over: the source is out, and nothing more is known.
const silence = 48 * time.Hour

// Settle ends incidents of business series that have been silent, by the clock
// by which their values were taken: event time does not tell of a log that is filled with
// history faster than it passed. It returns their transitions.
func (e *Engine) Settle(clock time.Time) (alerts []schemas.Alert) {
	var over []*line
	for l := range e.business {
		if clock.Sub(l.book.taken) >= l.book.patience() {
			over = append(over, l)
		}
	}
	if len(over) == 0 {
		return nil
	}
	alerts = e.Decide()
	slices.SortFunc(over, func(x, y *line) int {
		return cmp.Or(cmp.Compare(x.book.brand.order, y.book.brand.order), strings.Compare(x.book.name, y.book.name), strings.Compare(x.sku, y.sku))
	})
	for _, l := range over {
		k := l.book
		k.dirty = true
		end := k.grain.start(k.pane+1, e.cfg.Location).Add(k.patience())
		a, ok := l.follow(e, end, surge.Verdict{}, lifecycle.Input{At: end}, "")
		if ok {
			a.Evidence.Note = k.name + ": no value since " + k.grain.start(k.pane, e.cfg.Location).Format(time.RFC3339)
			alerts = append(alerts, a)
		}
	}
	return alerts
}

func (k *book) patience() time.Duration { return silence + 2*grainLengths[k.grain] }
