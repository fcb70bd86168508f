package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fenghuo/schemas"
)

// name is the measure for people, as counted things.
func (m Measure) name() string {
	switch m.Name {
	case measureUpset:
		return "upset posts"
	case measureType:
		return "complaints of " + lowerFirst(typeName(m.Type))
	}
	return "mentions"
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func (r *Report) clock(t time.Time) string { return t.In(r.zone).Format("2 Jan 2006 15:04") }

// Summary tells the report in a few sentences.
func (r *Report) Summary() string {
	var s []string
	say := func(format string, args ...any) { s = append(s, fmt.Sprintf(format, args...)) }
	say("The posts that grew into this began on %s.", r.clock(r.FirstSign.At))
	if a := r.Alert; a == nil {
		say("No alert fired.")
	} else {
		say("%s alert fired %s, %s the fullest hour.", article(a.Level), distance(a.AfterSignHours, "later", "earlier"), a.beforePeak())
		if t := r.named(); t != nil {
			say("It named %s first on %s, %s.", lowerFirst(typeName(r.Measure.Type)), r.clock(t.At), distance(t.At.Sub(r.FirstSign.At).Hours(), "after the first sign", "before the first sign"))
		}
		if a.Worst != a.Level {
			say("It rose to %s on %s.", a.Worst, r.clock(a.WorstAt))
		}
	}
	were := "were"
	if r.Peak.Count == 1 {
		were = "was"
	}
	say("At the peak there %s %s within %s, from %s on.", were, counted(r.Peak.Count, r.Measure.name()), lasting(r.Peak.To.Sub(r.Peak.From).Hours()), r.clock(r.Peak.From))
	switch back := r.Decay.ReturnedAt; {
	case back == nil:
		say("It was not back to the usual within the span.")
	case len(r.Decay.Flares) > 0:
		say("It was back to the usual on %s, and flared up again later.", r.clock(*back))
	default:
		say("It was back to the usual on %s.", r.clock(*back))
	}
	return strings.Join(s, " ")
}

// named is the transition that first names the type that the crisis is told on,
// where the alert fired over something else.
func (r *Report) named() *Transition {
	if r.Measure.Name != measureType || r.Alert.Transitions[0].CrisisType == r.Measure.Type {
		return nil
	}
	for i, t := range r.Alert.Transitions {
		if t.CrisisType == r.Measure.Type {
			return &r.Alert.Transitions[i]
		}
	}
	return nil
}

// InPeak tells whether the alert fired within the fullest hour.
func (a *Alert) InPeak() bool { return a.LeadHours <= 0 && a.LeadHours > -1 }

// beforePeak says how far from the fullest hour the alert fired.
func (a *Alert) beforePeak() string {
	if a.InPeak() {
		return "within"
	}
	return distance(-a.LeadHours, "after", "before")
}

// article is a level at the begin of a sentence.
func article(l schemas.Level) string {
	if l == schemas.Orange {
		return "An orange"
	}
	return "A " + string(l)
}

// distance is a length of time with the word for its sign.
func distance(hours float64, positive, negative string) string {
	if hours < 0 {
		return lasting(hours) + " " + negative
	}
	return lasting(hours) + " " + positive
}

// momentsShown bounds the numbers on the chart.
const momentsShown = 14

// moments are what the chart marks, in order of time, and how many transitions
// of alerts it has no room for.
func (r *Report) moments() (list []moment, unmarked int) {
	list = []moment{
		{Kind: "sign", At: r.FirstSign.At, Name: "First sign", Detail: "the excess that leads to the peak begins"},
		{Kind: "peak", At: r.Peak.At, Name: "Peak", Detail: fmt.Sprintf("%s within %s", counted(r.Peak.Count, r.Measure.name()), lasting(r.Peak.To.Sub(r.Peak.From).Hours()))},
	}
	if t := r.Decay.ReturnedAt; t != nil {
		list = append(list, moment{Kind: "calm", At: *t, Name: "Back to the usual", Detail: "24 usual hours begin"})
	}
	for _, x := range r.Responses {
		list = append(list, moment{Kind: "response", At: x.At, Name: "The brand spoke", Detail: "see below"})
	}
	if r.Alert != nil {
		var told []moment
		told, unmarked = r.warnings(max(0, momentsShown-len(list)))
		list = append(list, told...)
	}
	slices.SortStableFunc(list, func(a, b moment) int { return a.At.Compare(b.At) })
	for i := range list {
		list[i].Number = i + 1
	}
	return list, unmarked
}

// warnings are the transitions worth a mark, at most so many: firings and
// escalations before the others; left is the number of those without one.
func (r *Report) warnings(most int) (list []moment, left int) {
	var rest []moment
	for _, t := range r.Alert.Transitions {
		if t.At.Before(r.From) || !t.At.Before(r.To) {
			continue
		}
		m := moment{Kind: string(t.Level), At: t.At, Name: "Alert " + string(t.State), Detail: strings.TrimSpace(r.subject(t) + ". " + t.Note)}
		if t.State == schemas.Firing || t.State == schemas.Escalated {
			list = append(list, m)
		} else {
			rest = append(rest, m)
		}
	}
	list = append(list, rest...)
	shown := min(most, len(list))
	return list[:shown], len(list) - shown
}

// subject says at which level a transition was, of what and on which product:
// colours alone would be lost in print.
func (r *Report) subject(t Transition) string {
	of := string(t.Level)
	if t.CrisisType != "" && t.CrisisType != schemas.Unspecified {
		of += ", " + lowerFirst(typeName(t.CrisisType))
	}
	if t.SKU != "" {
		of += ", product " + r.productLabel(t.SKU)
	}
	return of
}

// productLabel is the name of a product, its id where none of its posts are in
// the report.
func (r *Report) productLabel(id string) string {
	for _, p := range r.Products {
		if p.Name == id {
			return p.Label
		}
	}
	return id
}
