package report

import (
	"time"

	"fenghuo/schemas"
)

// Report is one crisis of one brand. Counts leave spam out and count a post
// once; times are UTC; spans do not include their To.
type Report struct {
	Run       string     `json:"run"`
	Brand     string     `json:"brand"`
	BrandName string     `json:"brand_name"`
	From      time.Time  `json:"from"`
	To        time.Time  `json:"to"`
	Timezone  string     `json:"timezone"` // in which the page shows times
	Totals    Totals     `json:"totals"`
	Baseline  Baseline   `json:"baseline"`
	Measure   Measure    `json:"measure"`
	FirstSign FirstSign  `json:"first_sign"`
	Alert     *Alert     `json:"alert"` // nil when none fired
	Peak      Peak       `json:"peak"`
	Decay     Decay      `json:"decay"`
	Series    Series     `json:"series"`
	Types     []Arrival  `json:"complaint_types"` // in order of arrival, as the next three
	Channels  []Arrival  `json:"channels"`
	Keywords  []Arrival  `json:"keywords"`
	Products  []Arrival  `json:"products"`
	Phases    []Phase    `json:"phases"` // before, during, after
	Responses []Response `json:"responses"`
	Business  []Business `json:"business"` // series of the brand beside the posts; empty when there are none
	Peers     []Peer     `json:"competitors"`
	Repeats   Repeats    `json:"near_duplicates"`
	Influence []Post     `json:"most_influential"`
	Typical   []Post     `json:"most_typical"`
	Notes     []string   `json:"notes"` // where the data is thin
	Compared  []*Report  `json:"compared,omitempty"`
	hours     *hours     // by the hour, for the charts
	zone      *time.Location
}

// Totals count the whole span.
type Totals struct {
	Mentions      int64   `json:"mentions"`
	Complaints    int64   `json:"complaints"`
	Negative      int64   `json:"negative"`
	Upset         int64   `json:"upset"` // complaining or negative
	NegativeShare float64 `json:"negative_share"`
	Spam          int64   `json:"spam"`
	Reach         int64   `json:"reach"`            // summed followers of every mention's author
	Authors       int64   `json:"authors"`          // distinct, of mentions that name one
	Audience      int64   `json:"author_reach"`     // summed followers, each author once
	Reactions     int64   `json:"reactions"`        // likes, reposts and comments
	Channels      int64   `json:"channels"`         // distinct
	Unfollowed    float64 `json:"unfollowed_share"` // 0..1, mentions by authors without followers
}

// Baseline is what was usual before the span.
type Baseline struct {
	Basis         string    `json:"basis"` // in words
	From          time.Time `json:"from"`
	To            time.Time `json:"to"`
	Hours         int       `json:"hours"` // that count; those within incidents do not
	PerDay        float64   `json:"mentions_per_day"`
	MeasurePerDay float64   `json:"measure_per_day"`
	Band          float64   `json:"measure_usual_at_most"` // 24 hours hold at most so many, 19 times of 20
}

// Measure is the count that shows the crisis most clearly against the usual.
// Sign, peak, half-life and return are told on it.
type Measure struct {
	Name string                `json:"name"` // mentions, upset or complaint_type
	Type schemas.ComplaintType `json:"complaint_type,omitempty"`
}

// FirstSign is where the excess that leads to the peak begins.
type FirstSign struct {
	At    time.Time `json:"at"`
	Posts []Post    `json:"posts"` // the first ones of the measure
}

// Alert is how the brand was warned.
type Alert struct {
	Incident       string        `json:"incident"`
	SKU            string        `json:"sku"`
	FiredAt        time.Time     `json:"fired_at"`
	Level          schemas.Level `json:"level"` // at first
	Worst          schemas.Level `json:"worst_level"`
	WorstAt        time.Time     `json:"worst_at"`
	AfterSignHours float64       `json:"after_first_sign_hours"`
	LeadHours      float64       `json:"lead_over_peak_hours"`            // to the fullest hour; negative: it came later
	Attack         bool          `json:"suspected_attack"`                // said by any transition
	AttackNote     string        `json:"suspected_attack_note,omitempty"` // what the first of them rests it on
	AttackAt       *time.Time    `json:"suspected_attack_at,omitempty"`
	Learning       bool          `json:"learning"`
	Transitions    []Transition  `json:"transitions"`
}

// Transition is one step of an incident of the brand within the span.
type Transition struct {
	ID         string                `json:"id"`
	Incident   string                `json:"incident"`
	SKU        string                `json:"sku"`
	At         time.Time             `json:"at"`
	State      schemas.State         `json:"state"`
	Level      schemas.Level         `json:"level"`
	Signal     schemas.Signal        `json:"signal"`
	CrisisType schemas.ComplaintType `json:"crisis_type"`
	Observed   float64               `json:"observed"`
	Expected   float64               `json:"expected"`
	Note       string                `json:"note,omitempty"`
}

// Peak is the shortest window of 1, 3, 6, 12 or 24 hours that holds ten of the
// measure, and of those of its length the fullest; the fullest 24 hours where
// there are not that many. Empty hours at its ends are cut.
type Peak struct {
	At       time.Time `json:"at"` // its fullest hour
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Count    int64     `json:"count"`    // of the measure
	Mentions int64     `json:"mentions"` // of all kinds
}

// Decay is how the crisis ended. A nil means not within the span.
type Decay struct {
	HottestFrom  time.Time   `json:"hottest_day_from"` // of the fullest 24 hours
	HottestCount int64       `json:"hottest_day_count"`
	HalfLife     *float64    `json:"half_life_hours"` // until 24 hours held half the excess of the fullest
	ReturnedAt   *time.Time  `json:"returned_at"`     // 24 usual hours begin
	Flares       []time.Time `json:"flared_again_at"` // 24 unusual hours begin again
}

// Series are counts by step from the report's From on.
type Series struct {
	StepHours  int     `json:"step_hours"`
	Mentions   []int64 `json:"mentions"`
	Complaints []int64 `json:"complaints"`
	Negative   []int64 `json:"negative"`
	Upset      []int64 `json:"upset"`
	Reach      []int64 `json:"reach"`
}

// Arrival is a channel, complaint type, keyword or product over time.
type Arrival struct {
	Name   string    `json:"name"`
	Label  string    `json:"label"`  // for people: a product's name, a whole word; else as Name
	Count  int64     `json:"count"`  // in the span
	Usual  float64   `json:"usual"`  // in as long a time at the usual rate
	At     time.Time `json:"at"`     // since its excess began: the first of three posts within 12 hours, of keywords 24
	Few    bool      `json:"few"`    // never three so close; at is the first post
	Counts []int64   `json:"counts"` // by the step of Series
}

// Post is a stored post, as it was written.
type Post struct {
	Channel   string           `json:"channel"`
	ID        string           `json:"id"`
	SKU       string           `json:"sku"`
	At        time.Time        `json:"at"`
	Text      string           `json:"text"`
	Polarity  schemas.Polarity `json:"polarity"`
	Types     []string         `json:"complaint_types"`
	Followers int64            `json:"followers"`
	Reactions int64            `json:"reactions"`
	Copies    int64            `json:"near_duplicates"` // of it, in the span
}

// Phase is the mood before, during or after the crisis.
type Phase struct {
	Name       string    `json:"name"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	Hours      int       `json:"hours"`
	Mentions   int64     `json:"mentions"`
	Complaints int64     `json:"complaints"`
	Negative   int64     `json:"negative"`
	Neutral    int64     `json:"neutral"`
	Positive   int64     `json:"positive"`
	Sentiment  float64   `json:"sentiment"` // mean, -1..1
	Thin       bool      `json:"thin"`      // fewer than 30 mentions
}

// Response is what happened around a statement of the brand.
type Response struct {
	At      time.Time  `json:"at"`
	Windows []Interval `json:"windows"` // a day before, a day after, the day after that
}

// Interval counts one stretch of time.
type Interval struct {
	Name          string    `json:"name"`
	From          time.Time `json:"from"`
	To            time.Time `json:"to"`
	Whole         bool      `json:"whole"` // false: data or span end within it
	Mentions      int64     `json:"mentions"`
	Negative      int64     `json:"negative"`
	Complaints    int64     `json:"complaints"`
	NegativeShare float64   `json:"negative_share"`
	Channels      int64     `json:"channels"`
	Authors       int64     `json:"authors"`
	Reach         int64     `json:"reach"`
	Reposts       int64     `json:"reposts"` // mentions that are reposts or near-duplicates
}

// Peer is a competitor in the same days.
type Peer struct {
	Brand         string  `json:"brand"`
	Name          string  `json:"name"`
	Mentions      int64   `json:"mentions"`
	Usual         float64 `json:"usual"` // in as long a time
	Complaints    int64   `json:"complaints"`
	NegativeShare float64 `json:"negative_share"`
	Incidents     int64   `json:"incidents"` // that fired in the span
	Counts        []int64 `json:"counts"`    // by the step of Series
}

// Repeats are near-duplicates: copies, reposts without words, floods.
type Repeats struct {
	Share      float64  `json:"share"`       // of the span's mentions, 0..1
	UsualShare float64  `json:"usual_share"` // before
	Groups     []Repeat `json:"groups"`      // the largest
}

// Repeat is a text that came again and again.
type Repeat struct {
	Text    string    `json:"text"` // of its first copy in the span
	Count   int64     `json:"count"`
	Authors int64     `json:"authors"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"` // of the last
}
