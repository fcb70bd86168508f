package schemas

import (
	"math"
	"time"
)

// State is where an incident stands in its lifecycle.
type State string

// The states that are published. A pending incident is not.
const (
	Firing      State = "firing"
	Escalated   State = "escalated"
	Deescalated State = "de-escalated"
	Resolved    State = "resolved"
)

// Level grades an alert: 特别重大, 重大, 较大, 一般.
type Level string

// The levels, worst first.
const (
	Red    Level = "red"    // I 特别重大
	Orange Level = "orange" // II 重大
	Yellow Level = "yellow" // III 较大
	Blue   Level = "blue"   // IV 一般
)

// Signal is what of a series is watched.
type Signal string

// The signals. A trend rule's alerts carry SignalRule and its name, those of a
// business series SignalSeries and its name.
const (
	SignalMentions      Signal = "mentions"
	SignalComplaints    Signal = "complaints"
	SignalComplaintType Signal = "complaint_type" // with Alert.CrisisType
	SignalNegativeShare Signal = "negative_share"
	SignalKeyword       Signal = "keyword"
	SignalSeries        Signal = "series:" // a prefix
	SignalRule          Signal = "rule:"   // a prefix
)

// Alert is one transition of an incident: the data of the CloudEvents on
// alerts.events, a row of table alerts, a line of `fenghuo alerts --json`.
type Alert struct {
	ID              string        `json:"id"`          // hash(run, fingerprint, transition, tick); the CloudEvents id
	Incident        string        `json:"incident"`    // constant over a lifecycle
	Fingerprint     string        `json:"fingerprint"` // constant over the series' life
	Run             string        `json:"run"`
	Brand           string        `json:"brand"`
	BrandName       string        `json:"brand_name"`
	SKU             string        `json:"sku"`
	Signal          Signal        `json:"signal"`
	CrisisType      ComplaintType `json:"crisis_type"`
	State           State         `json:"state"`
	Level           Level         `json:"level"`
	Severity        float64       `json:"severity"` // -log10 p
	At              time.Time     `json:"at"`       // event time of this transition
	FiredAt         time.Time     `json:"fired_at"` // event time of the first firing
	WindowStart     time.Time     `json:"window_start"`
	WindowEnd       time.Time     `json:"window_end"`
	Observed        float64       `json:"observed"`
	Expected        float64       `json:"expected"`
	Channels        []string      `json:"channels"`
	Learning        bool          `json:"learning"` // the baseline is still borrowed
	SuspectedAttack bool          `json:"suspected_attack"`
	Evidence        Evidence      `json:"evidence"`
}

// Evidence is what an alert rests on; every figure and id is from the data.
type Evidence struct {
	Detector       string            `json:"detector"`                 // which detector spoke
	Odds           float64           `json:"odds"`                     // 1/p under the calibrated baseline
	OnsetEstimate  time.Time         `json:"onset_estimate"`           // when the excess seems to have begun
	Mentions       int64             `json:"mentions"`                 // in the window, spam left out
	Complaints     int64             `json:"complaints"`               // in the window
	Negative       int64             `json:"negative"`                 // in the window
	NegativeShare  float64           `json:"negative_share"`           // 0..1
	BaselineShare  float64           `json:"baseline_negative_share"`  // 0..1, expected
	Reach          int64             `json:"reach"`                    // summed followers of authors
	Speed          float64           `json:"speed"`                    // mentions an hour in the window
	Acceleration   float64           `json:"acceleration"`             // speed over the speed of the window before
	NearDuplicates float64           `json:"near_duplicate_share"`     // 0..1
	YoungAccounts  float64           `json:"unknown_or_young_share"`   // 0..1, authors unseen before or without followers
	Keywords       []KeywordEvidence `json:"keywords"`                 // most unusual first
	Complaint      []TypeEvidence    `json:"complaint_types"`          // most frequent first
	Channels       []ChannelEvidence `json:"channels"`                 // in order of arrival
	Posts          []PostRef         `json:"posts"`                    // the most telling ones, those of the crisis type first
	Event          string            `json:"calendar_event,omitempty"` // known event in force
	Peers          []PeerEvidence    `json:"peers,omitempty"`          // annotation, competitors in the same window
	Move           MoveEvidence      `json:"move,omitzero"`            // annotation, whether others moved, too
	Series         SeriesEvidence    `json:"series,omitzero"`          // the business series that moved
	Labels         map[string]string `json:"labels,omitempty"`         // of a trend rule and its series
	Note           string            `json:"note,omitempty"`           // one sentence on what the figures say
}

// KeywordEvidence compares a keyword's count with its baseline.
type KeywordEvidence struct {
	Word     string  `json:"word"`
	Observed int64   `json:"observed"`
	Expected float64 `json:"expected"`
	Score    float64 `json:"score"` // log-likelihood ratio
}

// TypeEvidence counts a complaint type in the window.
type TypeEvidence struct {
	Type     ComplaintType `json:"type"`
	Observed int64         `json:"observed"`
	Expected float64       `json:"expected"`
}

// ChannelEvidence counts a channel in the window.
type ChannelEvidence struct {
	Channel string    `json:"channel"`
	Count   int64     `json:"count"`
	FirstAt time.Time `json:"first_at"`
}

// PostRef names a post.
type PostRef struct {
	Channel string    `json:"channel"`
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
}

// SeriesEvidence says which business series moved.
type SeriesEvidence struct {
	Name string `json:"name"`
	Bad  string `json:"bad"`  // which way is bad news: up, down or both
	Down bool   `json:"down"` // it fell
}

// PeerEvidence is a competitor's movement in the alert's window.
type PeerEvidence struct {
	Brand    string  `json:"brand"`
	Observed float64 `json:"observed"`
	Expected float64 `json:"expected"`
}

// MoveKind says who moves with a brand.
type MoveKind string

// Kinds of moves.
const (
	OwnMove      MoveKind = "own"      // nobody: competitors, or brands at large, have their usual
	IndustryMove MoveKind = "industry" // its competitors
	PlatformMove MoveKind = "platform" // brands at large, on one channel only
	GeneralMove  MoveKind = "general"  // brands at large
)

// MoveEvidence holds an alert against what other brands did in its window.
type MoveEvidence struct {
	Kind    MoveKind `json:"kind"`
	Rise    float64  `json:"rise"`              // times the usual, of the middle one of these brands
	Brands  int64    `json:"brands"`            // how many were looked at
	Channel string   `json:"channel,omitempty"` // of a platform
}

// Finite replaces figures that JSON cannot carry: not-a-number by 0, an
// infinity by the greatest number of its sign. A detector should not make any,
// but if one does, an alert with a wrong figure is better than none.
func (a *Alert) Finite() {
	e := &a.Evidence
	for _, f := range []*float64{
		&a.Severity, &a.Observed, &a.Expected, &e.Odds, &e.NegativeShare, &e.BaselineShare,
		&e.Speed, &e.Acceleration, &e.NearDuplicates, &e.YoungAccounts,
	} {
		finite(f)
	}
	finite(&e.Move.Rise)
	for i := range e.Keywords {
		finite(&e.Keywords[i].Expected)
		finite(&e.Keywords[i].Score)
	}
	for i := range e.Complaint {
		finite(&e.Complaint[i].Expected)
	}
	for i := range e.Peers {
		finite(&e.Peers[i].Observed)
		finite(&e.Peers[i].Expected)
	}
}

func finite(f *float64) {
	if math.IsNaN(*f) {
		*f = 0
	}
	*f = max(-math.MaxFloat64, min(math.MaxFloat64, *f))
}
