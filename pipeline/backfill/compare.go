package backfill

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"fenghuo/pipeline/store"
)

// Change is how an incident of one run stands to one of another.
type Change string

// The changes, seen from the left run.
const (
	Gained  Change = "gained"
	Lost    Change = "lost"
	Earlier Change = "earlier"
	Later   Change = "later"
	Same    Change = "same"
)

// sameCrisis is how far apart two runs may fire for one crisis.
const sameCrisis = 48 * time.Hour

// Difference is an incident in one run or both.
type Difference struct {
	Change     Change    `json:"change"`
	Brand      string    `json:"brand"`
	SKU        string    `json:"sku"`
	Rule       string    `json:"rule,omitempty"`   // that told it; empty for the detectors
	Series     string    `json:"series,omitempty"` // the business series it is about; empty for posts
	CrisisType string    `json:"crisis_type"`
	LeftAt     time.Time `json:"left_at,omitzero"`
	RightAt    time.Time `json:"right_at,omitzero"`
	Hours      float64   `json:"hours,omitempty"` // from left to right, less than 0 for an earlier one
	LeftLevel  string    `json:"left_level,omitempty"`
	RightLevel string    `json:"right_level,omitempty"`
}

// at is the time of the left firing, or of the right one where there is none.
func (d Difference) at() time.Time {
	if d.LeftAt.IsZero() {
		return d.RightAt
	}
	return d.LeftAt
}

// incident is the first firing of one, with its worst level.
type incident struct {
	subject
	crisis, level string
	fired         time.Time
	other         *incident // its counterpart in the other run
}

// subject is what an incident is about.
type subject struct{ brand, sku, rule, series string }

func (i *incident) difference(c Change) Difference {
	return Difference{Change: c, Brand: i.brand, SKU: i.sku, Rule: i.rule, Series: i.series, CrisisType: i.crisis}
}

// Compare pairs the incidents of two runs that concern the same brand and SKU
// within two days of each other, the nearest first; those of a rule, or of
// a business series, with those of the same. What was lost or gained comes first, then what moved,
// the farthest first.
func Compare(ctx context.Context, s *store.Store, left, right string) ([]Difference, error) {
	for _, name := range []string{left, right} {
		if err := Exists(ctx, s, name); err != nil {
			return nil, err
		}
	}
	l, err := incidents(ctx, s, left)
	if err != nil {
		return nil, err
	}
	r, err := incidents(ctx, s, right)
	if err != nil {
		return nil, err
	}
	list := pair(l, r)
	order := []Change{Lost, Gained, Later, Earlier, Same}
	slices.SortStableFunc(list, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Change), slices.Index(order, b.Change)),
			cmp.Compare(math.Abs(b.Hours), math.Abs(a.Hours)), a.at().Compare(b.at()))
	})
	return list, nil
}

// Summary counts the differences of two runs.
type Summary struct {
	Counts      map[Change]int `json:"counts"`
	MedianHours float64        `json:"median_hours"` // by which what moved or stayed is later
	Higher      int            `json:"higher"`       // incidents of both whose worst level is graver on the right
	Lower       int            `json:"lower"`
}

// Summarize counts differences.
func Summarize(list []Difference) Summary {
	s := Summary{Counts: map[Change]int{Gained: 0, Lost: 0, Earlier: 0, Later: 0, Same: 0}}
	var hours []float64
	for _, d := range list {
		s.Counts[d.Change]++
		if d.Change == Gained || d.Change == Lost {
			continue
		}
		hours = append(hours, d.Hours)
		switch l, r := slices.Index(levels, d.LeftLevel), slices.Index(levels, d.RightLevel); {
		case r < l:
			s.Higher++
		case r > l:
			s.Lower++
		}
	}
	if slices.Sort(hours); len(hours) > 0 {
		s.MedianHours = (hours[(len(hours)-1)/2] + hours[len(hours)/2]) / 2
	}
	return s
}

// levels begin with the gravest.
var levels = []string{"red", "orange", "yellow", "blue"}

func pair(left, right []*incident) (list []Difference) {
	match(left, right)
	for _, a := range left {
		d := a.difference(Lost)
		d.LeftAt, d.LeftLevel = a.fired, a.level
		if b := a.other; b != nil {
			d.RightAt, d.RightLevel, d.Change = b.fired, b.level, Same
			d.Hours = b.fired.Sub(a.fired).Hours()
			if b.fired.Before(a.fired) {
				d.Change = Earlier
			} else if b.fired.After(a.fired) {
				d.Change = Later
			}
		}
		list = append(list, d)
	}
	for _, b := range right {
		if b.other == nil {
			d := b.difference(Gained)
			d.RightAt, d.RightLevel = b.fired, b.level
			list = append(list, d)
		}
	}
	return list
}

// match gives incidents of both runs each other, the nearest first.
func match(left, right []*incident) {
	type couple struct{ a, b *incident }
	apart := func(c couple) time.Duration { return c.b.fired.Sub(c.a.fired).Abs() }
	var couples []couple
	for _, a := range left {
		for _, b := range right {
			if c := (couple{a, b}); a.subject == b.subject && apart(c) <= sameCrisis {
				couples = append(couples, c)
			}
		}
	}
	slices.SortStableFunc(couples, func(c, d couple) int { return cmp.Compare(apart(c), apart(d)) })
	for _, c := range couples {
		if c.a.other == nil && c.b.other == nil {
			c.a.other, c.b.other = c.b, c.a
		}
	}
}

func incidents(ctx context.Context, s *store.Store, run string) (list []*incident, err error) {
	rows, err := s.Conn().Query(ctx, `SELECT any(brand), any(sku), if(startsWith(any(signal), 'rule:'), substring(any(signal), 6), ''),
			if(startsWith(any(signal), 'series:'), substring(any(signal), 8), ''), argMin(crisis_type, (at, seq)),
			arrayElement(['red', 'orange', 'yellow', 'blue'], min(indexOf(['red', 'orange', 'yellow', 'blue'], level))), min(fired_at) AS fired
		FROM alerts WHERE run = ? GROUP BY incident ORDER BY fired, incident`, run)
	if err != nil {
		return nil, fmt.Errorf("incidents of run %q: %w", run, err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var i incident
		if err := rows.Scan(&i.brand, &i.sku, &i.rule, &i.series, &i.crisis, &i.level, &i.fired); err != nil {
			return nil, err
		}
		list = append(list, &i)
	}
	return list, rows.Err()
}

// Exists tells whether a run is there; live always is.
func Exists(ctx context.Context, s *store.Store, run string) error {
	if run == "live" {
		return nil
	}
	r, found, err := s.FindRun(ctx, run)
	if err == nil && (!found || r.State == store.RunDropped) {
		err = errNoRun(run)
	}
	return err
}

func errNoRun(name string) error {
	return fmt.Errorf("no run %q: fenghuo runs lists them", name)
}
