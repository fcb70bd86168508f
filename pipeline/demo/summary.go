package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fenghuo/schemas"
)

// account is a row of intake_totals, with what else has to agree with it.
type account struct {
	Read, Stored, Unattributed, Duplicates, Dead uint64
	Distinct, Rows, Unique                       uint64 // of mentions
	Alerts                                       uint64 // rows of table alerts
}

func (p *play) account(ctx context.Context) (a account, err error) {
	err = p.store.Conn().QueryRow(ctx, `SELECT toUInt64(sum(read)), toUInt64(sum(stored)), toUInt64(sum(unattributed)),
		toUInt64(sum(duplicates)), toUInt64(sum(dead)) FROM intake_totals WHERE run = 'live'`).
		Scan(&a.Read, &a.Stored, &a.Unattributed, &a.Duplicates, &a.Dead)
	if err != nil {
		return a, fmt.Errorf("demo: %w", err)
	}
	err = p.store.Conn().QueryRow(ctx, `SELECT uniqExact(channel, post_id), count(), uniqExact(channel, post_id, brand, sku),
		(SELECT count() FROM alerts WHERE run = 'live') FROM mentions WHERE run = 'live'`).
		Scan(&a.Distinct, &a.Rows, &a.Unique, &a.Alerts)
	if err != nil {
		return a, fmt.Errorf("demo: %w", err)
	}
	return a, nil
}

// summarize prints what came of the stream, and fails when it is not what has
// to come of it.
func (p *play) summarize(ctx context.Context) error {
	a, err := p.account(ctx)
	if err != nil {
		return err
	}
	truth := p.sim.Truth()
	fmt.Fprintf(p.Out, "\nSummary (read back from ClickHouse and topic %s)\n", p.config.Kafka.Topics.Events)
	fmt.Fprintf(p.Out, "  posts read     %d = %d stored + %d unattributed + %d duplicates + %d dead\n",
		a.Read, a.Stored, a.Unattributed, a.Duplicates, a.Dead)
	fmt.Fprintf(p.Out, "  mentions       %d rows, each once, of %d distinct posts\n", a.Rows, a.Distinct)
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("demo: "+format, args...))
		}
	}
	check(a.Read == a.Stored+a.Unattributed+a.Duplicates+a.Dead && int(a.Read) == truth.Counts.Records,
		"the account does not balance: %d records were sent", truth.Counts.Records)
	check(a.Distinct == a.Stored, "%d posts were stored but mentions hold %d", a.Stored, a.Distinct)
	check(a.Rows == a.Unique, "%d mentions are there twice", a.Rows-a.Unique)
	alerts := p.alerts.all()
	check(uint64(len(alerts)) == a.Alerts, "%d transitions on the topic, %d in table alerts", len(alerts), a.Alerts)
	check(p.tellCrisis(alerts), "the crisis was not warned of")
	p.tellFalseAlarms(alerts)
	fmt.Fprintf(p.Out, "  took           %s, %.0f posts/s\n", time.Since(p.began).Round(time.Second),
		float64(a.Read)/time.Since(p.began).Seconds())
	return errors.Join(errs...)
}

// tellCrisis prints when the crisis began, was warned of and peaked; it
// reports whether it was warned of.
func (p *play) tellCrisis(alerts []schemas.Alert) bool {
	c := p.sim.Truth().Crisis
	if c == nil {
		return true
	}
	fmt.Fprintf(p.Out, "  the crisis     %s %s, %s\n", c.BrandName, c.SKUName, c.Type)
	fmt.Fprintf(p.Out, "    first post   %s\n", p.at(c.FirstPost))
	warning, found := schemas.Alert{}, false
	for _, a := range alerts {
		if p.isCrisis(a) && grave(a.Level) && (a.State == schemas.Firing || a.State == schemas.Escalated) {
			warning, found = a, true
			break
		}
	}
	if !found {
		fmt.Fprintf(p.Out, "    peak         %s, no warning\n", p.at(c.Peak))
		return false
	}
	fmt.Fprintf(p.Out, "    warned       %s (%s, %s), %s after the first post\n", p.at(warning.At), warning.Level, warning.CrisisType,
		hours(warning.At.Sub(c.FirstPost)))
	fmt.Fprintf(p.Out, "    peak         %s, %s after the warning\n", p.at(c.Peak), hours(c.Peak.Sub(warning.At)))
	return true
}

// isCrisis tells whether an alert speaks of the hidden crisis.
func (p *play) isCrisis(a schemas.Alert) bool {
	c := p.sim.Truth().Crisis
	return c != nil && a.Brand == c.Brand && !a.At.Before(c.Start) && a.FiredAt.Before(c.End.Add(24*time.Hour))
}

// tellFalseAlarms counts incidents of yellow or worse that are not the crisis.
func (p *play) tellFalseAlarms(alerts []schemas.Alert) {
	crises, others, notes := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, a := range alerts {
		switch {
		case p.isCrisis(a):
			crises[a.Incident] = true
		case grave(a.Level):
			others[a.Incident] = true
		default:
			notes[a.Incident] = true
		}
	}
	for incident := range others {
		delete(notes, incident)
	}
	truth := p.sim.Truth()
	weeks := truth.End.Sub(truth.Start).Hours() / (7 * 24) * float64(len(p.config.Brands))
	fmt.Fprintf(p.Out, "  false alarms   %d of yellow or worse in %.0f brand-weeks (budget %.1f), %d blue\n", len(others), weeks,
		weeks*p.config.Detection.FalseAlarmsPerBrandWeek, len(notes))
}

func grave(l schemas.Level) bool {
	return l == schemas.Red || l == schemas.Orange || l == schemas.Yellow
}

func hours(d time.Duration) string {
	if d < 0 {
		return "-" + hours(-d)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}
