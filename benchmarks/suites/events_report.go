package suites

import (
	"slices"
	"strings"

	"fenghuo/schemas"
)

// StreamReport is what was said of a real stream.
type StreamReport struct {
	Stream string     `json:"stream"`
	Config string     `json:"config"`
	Budget float64    `json:"budget"` // false alarms a brand-week
	From   string     `json:"from"`   // day
	To     string     `json:"to"`     // day, not included
	Brands int        `json:"brands"`
	Posts  int64      `json:"posts"`
	Score  EventScore `json:"score"`
}

func (r *Report) streams(p *printer) {
	if len(r.Streams) == 0 {
		return
	}
	p.f("\n## Real streams through the whole pipeline\n\nEvery row is analysed and detected as `fenghuo backfill` would; nothing is stored. An alert belongs to a labelled event of its brand from an hour before the event's first title to a day after its end. Incidents that belong to none are counted as false, which is an upper bound: the lists of events are not complete.\n")
	p.f("\n| stream | budget a brand-week | posts | brands | crises graded yellow or worse | median delay h | other surges so graded | other incidents, yellow or worse, a brand-year | all other incidents over promised |\n|---|---|---|---|---|---|---|---|---|\n")
	for i := range r.Streams {
		s := &r.Streams[i]
		x := &s.Score
		found, delay, wrong := "-", "-", "-"
		if len(x.Crises) > 0 {
			found, delay = of(x.Found, len(x.Crises)), hours(x.DelayHours)
			wrong = of(x.Wrong, len(x.Surges))
		}
		p.f("| %s | %g | %d | %d | %s | %s | %s | %.2f | %d / %.1f = %.2f |\n", s.Stream, s.Budget, s.Posts, s.Brands, found, delay, wrong, x.Yellow, len(x.Other), x.Promised, x.Ratio)
	}
	for i := range r.Streams {
		r.Streams[i].details(p)
	}
}

// details are the events one by one, and the gravest other incidents.
func (s *StreamReport) details(p *printer) {
	x := &s.Score
	if len(x.Crises) > 0 {
		p.f("\n%s: hours from the first title to yellow or worse.\n\n| crisis | h | other surge | h |\n|---|---|---|---|\n", s.Stream)
		for i, c := range x.Crises {
			p.f("| %s | %s |", c.ID, c.said())
			if i < len(x.Surges) {
				p.f(" %s | %s |\n", x.Surges[i].ID, x.Surges[i].said())
			} else {
				p.f(" | |\n")
			}
		}
	}
	levels := map[schemas.Level]int{}
	for _, o := range x.Other {
		levels[o.Level]++
	}
	p.f("\n%s at budget %g, incidents of no labelled event: %d red, %d orange, %d yellow, %d blue. The gravest (all: detectors.json):\n\n",
		s.Stream, s.Budget, levels[schemas.Red], levels[schemas.Orange], levels[schemas.Yellow], levels[schemas.Blue])
	gravest := slices.Clone(x.Other)
	slices.SortStableFunc(gravest, func(a, b Incident) int { return rank[b.Level] - rank[a.Level] })
	for _, o := range gravest[:min(printed, len(gravest))] {
		p.f("- %s %s %s: %s\n", o.At.UTC().Format("2006-01-02 15:04"), strings.TrimSpace(o.Brand+" "+o.SKU), o.Level, o.Note)
	}
}

// printed is how many incidents are printed one by one.
const printed = 12

func (o EventOutcome) said() string {
	if !o.Graded {
		return "not"
	}
	return hours(max(0, o.DelayHours))
}
