package backfill

import (
	"context"
	"fmt"
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
	CrisisType string    `json:"crisis_type"`
	LeftAt     time.Time `json:"left_at,omitzero"`
	RightAt    time.Time `json:"right_at,omitzero"`
	LeftLevel  string    `json:"left_level,omitempty"`
	RightLevel string    `json:"right_level,omitempty"`
}

// incident is the first firing of one, with its worst level.
type incident struct {
	brand, sku, crisis, level string
	fired                     time.Time
	matched                   bool
}

// Compare pairs the incidents of two runs that concern the same brand and SKU
// within two days of each other, the nearest first come.
func Compare(ctx context.Context, s *store.Store, left, right string) ([]Difference, error) {
	for _, name := range []string{left, right} {
		if name == "live" {
			continue
		}
		if _, found, err := s.FindRun(ctx, name); err != nil || !found {
			return nil, firstError(err, fmt.Errorf("no run %q: fenghuo runs lists them", name))
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
	return pair(l, r), nil
}

func pair(left, right []*incident) (list []Difference) {
	for _, a := range left {
		d := Difference{Change: Lost, Brand: a.brand, SKU: a.sku, CrisisType: a.crisis, LeftAt: a.fired, LeftLevel: a.level}
		if b := nearest(a, right); b != nil {
			b.matched = true
			d.RightAt, d.RightLevel, d.Change = b.fired, b.level, Same
			if b.fired.Before(a.fired) {
				d.Change = Earlier
			} else if b.fired.After(a.fired) {
				d.Change = Later
			}
		}
		list = append(list, d)
	}
	for _, b := range right {
		if !b.matched {
			list = append(list, Difference{Change: Gained, Brand: b.brand, SKU: b.sku, CrisisType: b.crisis, RightAt: b.fired, RightLevel: b.level})
		}
	}
	return list
}

func nearest(a *incident, list []*incident) (best *incident) {
	for _, b := range list {
		if b.matched || b.brand != a.brand || b.sku != a.sku || b.fired.Sub(a.fired).Abs() > sameCrisis {
			continue
		}
		if best == nil || b.fired.Sub(a.fired).Abs() < best.fired.Sub(a.fired).Abs() {
			best = b
		}
	}
	return best
}

func incidents(ctx context.Context, s *store.Store, run string) (list []*incident, err error) {
	rows, err := s.Conn().Query(ctx, `SELECT any(brand), any(sku), argMin(crisis_type, (at, seq)),
			arrayElement(['red', 'orange', 'yellow', 'blue'], min(indexOf(['red', 'orange', 'yellow', 'blue'], level))), min(fired_at) AS fired
		FROM alerts WHERE run = ? GROUP BY incident ORDER BY fired, incident`, run)
	if err != nil {
		return nil, fmt.Errorf("incidents of run %q: %w", run, err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var i incident
		if err := rows.Scan(&i.brand, &i.sku, &i.crisis, &i.level, &i.fired); err != nil {
			return nil, err
		}
		list = append(list, &i)
	}
	return list, rows.Err()
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
