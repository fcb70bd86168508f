package rules

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"fenghuo/pipeline/config"
	"fenghuo/schemas"
)

// State is what a rule remembers between ticks.
type State struct {
	Series   map[string]*Series   `json:"series"`   // by fingerprint
	Resolved map[string]time.Time `json:"resolved"` // fingerprints with a record on the state topic
}

// Series is a row that holds, or held until lately.
type Series struct {
	Row      Row
	Level    schemas.Level
	Since    time.Time // first tick at which it held
	Seen     time.Time // last tick at which it held
	Fired    time.Time // tick of the firing; zero while pending
	Incident string
}

// NewState remembers nothing.
func NewState() *State {
	return &State{Series: map[string]*Series{}, Resolved: map[string]time.Time{}}
}

// Step takes the rows of a tick and returns the transitions: pending becomes
// firing after rule.For, and resolved when the row has been away for
// rule.KeepFiringFor. A muted series keeps what it has to tell to itself, but
// for the end of what was told.
func (s *State) Step(r *config.Rule, run string, tick time.Time, rows []Row, muted func(*Row) bool) (alerts []schemas.Alert) {
	held := make(map[string]bool, len(rows))
	for i := range rows {
		fingerprint := rows[i].fingerprint(r.Name)
		held[fingerprint] = true
		x := s.Series[fingerprint]
		if x == nil {
			x = &Series{Since: tick, Level: r.Level}
			s.Series[fingerprint] = x
		}
		x.Row, x.Seen = rows[i], tick
		if x.Fired.IsZero() && tick.Sub(x.Since) >= r.For.Std() && !muted(&rows[i]) {
			x.Fired = tick
			x.Incident = hash("incident", run, fingerprint, unix(tick))
			delete(s.Resolved, fingerprint)
			alerts = append(alerts, x.alert(r, run, fingerprint, schemas.Firing, tick))
		}
	}
	for fingerprint, x := range s.Series {
		switch {
		case held[fingerprint]:
		case x.Fired.IsZero():
			delete(s.Series, fingerprint)
		case tick.Sub(x.Seen) >= r.KeepFiringFor.Std():
			delete(s.Series, fingerprint)
			s.Resolved[fingerprint] = tick
			alerts = append(alerts, x.alert(r, run, fingerprint, schemas.Resolved, tick))
		}
	}
	slices.SortFunc(alerts, func(a, b schemas.Alert) int {
		return cmp.Or(cmp.Compare(a.Brand, b.Brand), cmp.Compare(a.SKU, b.SKU), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return alerts
}

// Expire forgets what was resolved longer ago than kept and returns its
// fingerprints.
func (s *State) Expire(tick time.Time, kept time.Duration) (fingerprints []string) {
	for fingerprint, at := range s.Resolved {
		if tick.Sub(at) > kept {
			delete(s.Resolved, fingerprint)
			fingerprints = append(fingerprints, fingerprint)
		}
	}
	slices.Sort(fingerprints)
	return fingerprints
}

func (x *Series) alert(r *config.Rule, run, fingerprint string, state schemas.State, tick time.Time) schemas.Alert {
	labels := maps.Clone(x.Row.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, r.Labels)
	kind := schemas.ComplaintType(x.Row.Type)
	if kind == "" {
		kind = schemas.Unspecified
	}
	return schemas.Alert{
		ID:       hash("transition", run, fingerprint, string(state), unix(tick)),
		Incident: x.Incident, Fingerprint: fingerprint, Run: run,
		Brand: x.Row.Brand, BrandName: x.Row.Brand, SKU: x.Row.SKU, Signal: signal(r.Name), CrisisType: kind,
		State: state, Level: x.Level, At: tick, FiredAt: x.Fired,
		WindowStart: x.Since.Add(-r.Every.Std()), WindowEnd: x.Seen,
		Severity: severity[x.Level], Observed: x.Row.Value, Expected: x.Row.Expected,
		Evidence: schemas.Evidence{Detector: "rule", OnsetEstimate: x.Since, Note: x.Row.Summary, Labels: labels},
	}
}

// severity of a rule's alerts, whose SQL gives no probability, by what their
// level claims: 1 in 1,000 quiet days for blue, and 1,000 times less for each
// level above.
var severity = map[schemas.Level]float64{schemas.Blue: 3, schemas.Yellow: 6, schemas.Orange: 9, schemas.Red: 12}

func signal(rule string) schemas.Signal { return schemas.SignalRule + schemas.Signal(rule) }

// fingerprint is the same for a series in every run.
func (r *Row) fingerprint(rule string) string {
	parts := []string{"rule", rule, r.Brand, r.SKU, r.Type}
	for _, name := range slices.Sorted(maps.Keys(r.Labels)) {
		parts = append(parts, name, r.Labels[name])
	}
	return hash(parts...)
}

// hash names something by its parts: 128 bits of SHA-256.
func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
