package engine

import (
	"fmt"
	"slices"
	"time"

	"fenghuo/detectors/scan"
	"fenghuo/schemas"
)

// Mention is one row about a brand, as the detectors see it. Spam and late
// rows do not get here.
type Mention struct {
	Brand, SKU    string // SKU "" = none known
	Primary       bool   // true on one row of a (post, brand): brand figures count only those
	At            time.Time
	Channel       string
	PostID        string
	Kind          string
	Complaint     bool
	Types         []schemas.ComplaintType // scoring at least .5
	Polarity      schemas.Polarity
	Sentiment     float32 // -1..1
	Keywords      []string
	AuthorID      string
	Followers     int64
	Likes         int64
	Reposts       int64
	Comments      int64
	NearDuplicate bool // a near-duplicate of an earlier post
}

// Brand is a brand to watch.
type Brand struct {
	ID, Name, Category string   // a new brand borrows its mood from its category
	Competitors        []string // brand ids; they may be on other partitions and decide nothing here
	SKUs               []string // SKU ids known from the beginning; others are added as they appear
}

// Event is a known event with an expected lift of the volume.
type Event struct {
	Name     string
	From, To time.Time
	Brands   []string // brand ids; empty = all
	Lift     float64  // expected factor; 0 = learned from earlier events of the name
}

// Silence keeps matching alerts from being returned while it lasts. An empty
// field matches everything. What is still firing when it ends is returned then.
type Silence struct {
	Brand, SKU string
	Signal     schemas.Signal
	From, To   time.Time
}

// Config is all that decides besides the mentions. The zero value of a field
// means its default.
type Config struct {
	Run                     string
	Brands                  []Brand
	Channels                map[string]float64 // weight in an alert's level; default 1
	Windows                 []time.Duration    // whole multiples of Pane; default 15m, 1h, 6h, 24h
	FalseAlarmsPerBrandWeek float64            // over all series, windows and detectors of a brand; default 0.2
	Location                *time.Location     // where days and hours begin; default UTC
	Events                  []Event
	Silences                []Silence
	MaxSKUs                 int                               // SKUs watched per brand; default 10,000
	TypeWeights             map[schemas.ComplaintType]float64 // 0..1, overrides the built-in weight in the level
	Series                  map[string]Series                 // business series by name, beside those that are known

	panes []int64 // of each window
}

// Pane is the grain at which series are evaluated. Mentions are kept and
// closed per minute; an alert's time is the end of the pane that decided it, or,
// for a sparse subject's cluster, of the minute that completed it.
const Pane = 5 * time.Minute

// withDefaults checks c and fills what is zero.
func (c Config) withDefaults() (Config, error) {
	if len(c.Windows) == 0 {
		c.Windows = []time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}
	}
	for _, w := range c.Windows {
		if w < Pane || w%Pane != 0 || w > 24*time.Hour {
			return c, fmt.Errorf("window %v: must be a multiple of %v, at most 24h", w, Pane)
		}
	}
	if len(c.Windows) > scan.MaxWindows {
		return c, fmt.Errorf("%d windows: at most %d", len(c.Windows), scan.MaxWindows)
	}
	c.Windows = slices.Compact(slices.Sorted(slices.Values(c.Windows)))
	c.panes = make([]int64, len(c.Windows))
	for i, w := range c.Windows {
		c.panes[i] = int64(w / Pane)
	}
	if c.FalseAlarmsPerBrandWeek == 0 {
		c.FalseAlarmsPerBrandWeek = 0.2
	}
	if c.FalseAlarmsPerBrandWeek < 0 {
		return c, fmt.Errorf("false alarms per brand and week %v: must be positive", c.FalseAlarmsPerBrandWeek)
	}
	if c.Location == nil {
		c.Location = time.UTC
	}
	if c.MaxSKUs == 0 {
		c.MaxSKUs = 10_000
	}
	for _, e := range c.Events {
		if !e.From.Before(e.To) {
			return c, fmt.Errorf("event %q: from %v is not before to %v", e.Name, e.From, e.To)
		}
	}
	seen := make(map[string]bool, len(c.Brands))
	for _, b := range c.Brands {
		if b.ID == "" || seen[b.ID] {
			return c, fmt.Errorf("brand id %q: empty or given twice", b.ID)
		}
		seen[b.ID] = true
	}
	return c, nil
}
