package suites

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"fenghuo/schemas"
)

// Event is a labelled event of a brand: a crisis, or a surge that is none.
type Event struct {
	ID      string    `json:"id"`
	Brand   string    `json:"brand"`
	Aliases []string  `json:"aliases"`
	Kind    string    `json:"kind"`           // crisis, or another kind
	First   time.Time `json:"first_title_at"` // when the first relevant post was seen
	Ends    string    `json:"ends"`           // day
}

// crisis is the kind of events that deserve yellow or worse.
const crisis = "crisis"

// ReadEvents reads a file of labelled events.
func ReadEvents(file string) ([]Event, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return ParseEvents(file, data)
}

// ParseEvents reads labelled events from the bytes of a file of that name; those
// without a first post are left out.
func ParseEvents(name string, data []byte) ([]Event, error) {
	var events []Event
	if err := json.Unmarshal(data, &events); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return slices.DeleteFunc(events, func(e Event) bool { return e.First.IsZero() }), nil
}

// EventScore is how alerts fit labelled events.
type EventScore struct {
	Crises     []EventOutcome `json:"crises"`
	Surges     []EventOutcome `json:"other_surges"`
	Found      int            `json:"crises_found"` // graded yellow or worse
	DelayHours float64        `json:"median_delay_h"`
	Wrong      int            `json:"surges_graded_as_crisis"`
	BrandYears float64        `json:"brand_years"`
	Other      []Incident     `json:"other_incidents"`       // that belong to no event, of any level
	Yellow     float64        `json:"other_per_brand_year"`  // of them yellow or worse: an upper bound, the list of events is not complete
	Quiet      float64        `json:"quiet_brand_weeks"`     // away from labelled events
	Promised   float64        `json:"promised_false_alarms"` // in them
	Ratio      float64        `json:"observed_over_promised"`
}

// EventOutcome is what was said of an event.
type EventOutcome struct {
	ID         string  `json:"id"`
	Graded     bool    `json:"graded_yellow"`
	DelayHours float64 `json:"delay_h"` // of the first yellow or worse after the first post; -1 without
}

// Incident is an incident that belongs to no event.
type Incident struct {
	Brand string        `json:"brand"`
	SKU   string        `json:"sku,omitempty"`
	At    time.Time     `json:"fired_at"`
	Level schemas.Level `json:"worst_level"`
	Note  string        `json:"note"`
}

const (
	// before and after an event's span, an alert still belongs to it.
	eventLead = time.Hour
	eventTail = 48 * time.Hour // from the beginning of its last day
)

// span is when alerts belong to the event.
func (e *Event) span(loc *time.Location) (from, to time.Time, err error) {
	ends, err := time.ParseInLocation(time.DateOnly, e.Ends, loc)
	return e.First.Add(-eventLead), ends.Add(eventTail), err
}

func (e *Event) concerns(a *schemas.Alert) bool {
	return slices.ContainsFunc(append(e.Aliases, e.Brand), func(n string) bool { return n == a.Brand || n == a.BrandName })
}

// ScoreEvents scores the alerts of a stream from its first day to its last (not
// included) in loc, over so many brands at a budget a week. An alert belongs to
// an event of its brand when it fires or escalates from an hour before the
// first post to a day after the event's end.
func ScoreEvents(events []Event, alerts []schemas.Alert, from, to time.Time, loc *time.Location, brands int, budget float64) (EventScore, error) {
	s := EventScore{BrandYears: float64(brands) * to.Sub(from).Hours() / 24 / 365.25}
	s.Quiet = s.BrandYears * 365.25 / 7
	taken := map[string]bool{} // incidents that belong to an event
	var delays []float64
	for i := range events {
		e := &events[i]
		first, last, err := e.span(loc)
		if err != nil {
			return s, fmt.Errorf("event %q: %w", e.ID, err)
		}
		if e.First.Before(from) || !e.First.Before(to) {
			continue
		}
		s.Quiet -= last.Sub(first).Hours() / 24 / 7
		o := EventOutcome{ID: e.ID, DelayHours: -1}
		for j := range alerts {
			a := &alerts[j]
			if !worsens(a) || !e.concerns(a) || a.At.Before(first) || a.At.After(last) {
				continue
			}
			taken[a.Incident] = true
			if d := a.At.Sub(e.First).Hours(); a.Level != schemas.Blue && (!o.Graded || d < o.DelayHours) {
				o.Graded, o.DelayHours = true, d
			}
		}
		switch {
		case e.Kind != crisis:
			s.Surges = append(s.Surges, o)
			if o.Graded {
				s.Wrong++
			}
			continue
		case o.Graded:
			s.Found++
			delays = append(delays, o.DelayHours)
		}
		s.Crises = append(s.Crises, o)
	}
	s.DelayHours = median(delays)
	s.Other = others(alerts, taken)
	graded := 0
	for _, i := range s.Other {
		if i.Level != schemas.Blue {
			graded++
		}
	}
	s.Yellow = float64(graded) / s.BrandYears
	s.Promised = s.Quiet * budget
	s.Ratio = float64(len(s.Other)) / s.Promised
	return s, nil
}

func worsens(a *schemas.Alert) bool { return a.State == schemas.Firing || a.State == schemas.Escalated }

// others are the incidents that belong to no event, by time.
func others(alerts []schemas.Alert, taken map[string]bool) []Incident {
	by := map[string]*Incident{}
	for i := range alerts {
		a := &alerts[i]
		if !worsens(a) || taken[a.Incident] {
			continue
		}
		x := by[a.Incident]
		if x == nil {
			x = &Incident{Brand: a.Brand, SKU: a.SKU, At: a.FiredAt, Level: a.Level, Note: a.Evidence.Note}
			by[a.Incident] = x
		}
		if rank[a.Level] > rank[x.Level] {
			x.Level, x.Note = a.Level, a.Evidence.Note
		}
	}
	list := make([]Incident, 0, len(by))
	for _, x := range by {
		list = append(list, *x)
	}
	slices.SortFunc(list, func(x, y Incident) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Brand, y.Brand), cmp.Compare(x.SKU, y.SKU))
	})
	return list
}

var rank = map[schemas.Level]int{schemas.Blue: 1, schemas.Yellow: 2, schemas.Orange: 3, schemas.Red: 4}
