package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/look"
	"fenghuo/schemas"
)

// RefusedError is a request that cannot be answered, with what to do instead.
type RefusedError string

func (e RefusedError) Error() string { return string(e) }

func refuse(format string, args ...any) error { return RefusedError(fmt.Sprintf(format, args...)) }

// Request says what to report on. Brand is an id; From and To are widened to
// whole hours.
type Request struct {
	Run       string
	Brand     string
	From, To  time.Time
	Responses []time.Time // when the brand spoke

	// Types, if there are any, are the complaint types of which one may be the
	// measure: those that the alert names.
	Types []schemas.ComplaintType

	// Upset leaves the count of all mentions out of the measures: a product was
	// complained of, which a busy day of its whole brand must not hide.
	Upset bool
}

// longest is the longest span: a year and its shoulders.
const longest = 400 * 24 * time.Hour

// check refuses what cannot be reported on.
func (r *Request) check() error {
	switch {
	case r.Brand == "":
		return refuse("name the brand: --brand, or an alert: --alert")
	case r.From.IsZero() || r.To.IsZero():
		return refuse("name the span: --from and --to")
	case !r.From.Before(r.To):
		return refuse("--from %s is not before --to %s", stamp(r.From), stamp(r.To))
	case r.To.Sub(r.From) > longest:
		return refuse("the span from %s to %s is longer than 400 days: choose a shorter one", stamp(r.From), stamp(r.To))
	}
	for _, at := range r.Responses {
		if at.Before(r.From) || !at.Before(r.To) {
			return refuse("response at %s is not within the span from %s to %s", stamp(at), stamp(r.From), stamp(r.To))
		}
	}
	r.From = r.From.UTC().Truncate(time.Hour)
	r.To = r.To.UTC().Add(time.Hour - 1).Truncate(time.Hour)
	slices.SortFunc(r.Responses, time.Time.Compare)
	return nil
}

func stamp(t time.Time) string { return t.Format(time.RFC3339) }

// What an alert's report shows around its incident, and after the last news of
// one that is still open; the span ends with the data.
const (
	margin = 48 * time.Hour
	open   = 60 * 24 * time.Hour
)

// ForAlert finds the brand, run, span and complaint types of an alert or incident by its id:
// whole days in loc from two days before its onset to two days after its end,
// or to the end of the data. A product's incident that went on in its brand's
// ends with that.
func ForAlert(ctx context.Context, db driver.Conn, id string, loc *time.Location) (Request, error) {
	var r Request
	var incident string
	rows, err := db.Query(ctx, `SELECT run, brand, incident FROM alert_log WHERE id = ? OR incident = ? LIMIT 1`, id, id)
	if err != nil {
		return r, err
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	if !rows.Next() {
		return r, cmp.Or(rows.Err(), refuse("no alert or incident %q: fenghuo alerts --json lists them", id))
	}
	if err := rows.Scan(&r.Run, &r.Brand, &incident); err != nil {
		return r, err
	}
	list, err := look.Alerts(ctx, db, look.AlertQuery{Run: r.Run, Brand: r.Brand})
	if err != nil {
		return r, err
	}
	r.From, r.To = spanOf(list, incident)
	r.Types, r.Upset = typesOf(list, incident), ofComplaints(list, incident)
	r.From, r.To = day(r.From.Add(-margin), loc), day(r.To.Add(margin), loc).AddDate(0, 0, 1)
	return r, nil
}

// isRule tells whether an alert is of a trend rule.
func isRule(a *schemas.Alert) bool {
	return strings.HasPrefix(string(a.Signal), string(schemas.SignalRule))
}

// spanOf is from the onset of an incident to its end.
func spanOf(transitions []schemas.Alert, incident string) (from, to time.Time) {
	product := ""
	for _, a := range transitions {
		if a.Incident != incident {
			continue
		}
		if begin := begins(a); from.IsZero() || begin.Before(from) {
			from = begin
		}
		to, product = ends(a), a.SKU
	}
	if product == "" {
		return from, to
	}
	brand := map[string]schemas.Alert{} // the last transition of each incident of the brand
	for _, a := range transitions {
		if a.SKU == "" && !isMove(&a) && !isRule(&a) {
			brand[a.Incident] = a
		}
	}
	own := to
	for _, a := range brand {
		if end := ends(a); !a.FiredAt.After(own) && end.After(to) {
			to = end
		}
	}
	return from, to
}

// typesOf are the complaint types that an incident was said to be of.
func typesOf(transitions []schemas.Alert, incident string) (types []schemas.ComplaintType) {
	for _, a := range transitions {
		if a.Incident == incident && a.CrisisType != "" && a.CrisisType != schemas.Unspecified && !slices.Contains(types, a.CrisisType) {
			types = append(types, a.CrisisType)
		}
	}
	return types
}

// ofComplaints tells whether an incident is of complaints about a product.
func ofComplaints(transitions []schemas.Alert, incident string) bool {
	return slices.ContainsFunc(transitions, func(a schemas.Alert) bool {
		return a.Incident == incident && a.SKU != "" && (a.Signal == schemas.SignalComplaints || a.Signal == schemas.SignalComplaintType)
	})
}

// ends is when an incident was over, by its last transition.
func ends(last schemas.Alert) time.Time {
	if last.State == schemas.Resolved {
		return last.At
	}
	return last.At.Add(open)
}

// begins is when an incident's excess seems to have begun.
func begins(a schemas.Alert) time.Time {
	if at := a.Evidence.OnsetEstimate; !at.IsZero() && at.Before(a.FiredAt) {
		return at
	}
	return a.FiredAt
}

func day(t time.Time, loc *time.Location) time.Time {
	y, m, d := t.In(loc).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, loc)
}

// nameOf is a brand's name for people.
func nameOf(c *config.Config, id string) string {
	if b := brandOf(c, id); b != nil && b.Name != "" {
		return b.Name
	}
	return id
}

func brandOf(c *config.Config, id string) *config.Brand {
	for i := range c.Brands {
		if c.Brands[i].ID == id {
			return &c.Brands[i]
		}
	}
	return nil
}

// makerOf is the brand that has a product of this name.
func makerOf(c *config.Config, product string) *config.Brand {
	for i, b := range c.Brands {
		for _, s := range b.SKUs {
			if product == s.ID || product == s.Name || slices.Contains(s.Aliases, product) {
				return &c.Brands[i]
			}
		}
	}
	return nil
}
