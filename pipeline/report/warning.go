package report

import (
	"slices"
	"strings"
	"time"

	"fenghuo/pipeline/look"
	"fenghuo/schemas"
)

// warn finds the alert that warned of the peak: the first incident, of the
// brand or a product, that was open between the first sign and the peak, or
// else the first one after.
func (b *builder) warn() {
	begin := b.FirstSign.At.Add(-24 * time.Hour)
	ends := map[string]time.Time{}
	for _, a := range b.incidents {
		if a.State == schemas.Resolved {
			ends[a.Incident] = a.At
		}
	}
	var since []schemas.Alert // transitions of the incidents since the sign
	for _, a := range b.incidents {
		end, over := ends[a.Incident]
		if a.FiredAt.Before(b.to) && a.At.Before(b.to) && a.FiredAt.After(begin) && (!over || end.After(b.FirstSign.At)) {
			since = append(since, a)
		}
	}
	if len(since) == 0 {
		return
	}
	slices.SortStableFunc(since, func(x, y schemas.Alert) int { return x.At.Compare(y.At) })
	first := since[0]
	w := &Alert{
		Incident: first.Incident, SKU: first.SKU, FiredAt: first.FiredAt.UTC(), Level: first.Level, Worst: first.Level, WorstAt: first.At.UTC(),
		AfterSignHours: first.FiredAt.Sub(b.FirstSign.At).Hours(), LeadHours: b.Peak.At.Sub(first.FiredAt).Hours(), Learning: first.Learning,
	}
	for _, a := range since {
		if worse(a.Level, w.Worst) {
			w.Worst, w.WorstAt = a.Level, a.At.UTC()
		}
		if on := suspicion(a); on != "" && !w.Attack {
			at := a.At.UTC()
			w.Attack, w.AttackNote, w.AttackAt = true, on, &at
		}
		w.Transitions = append(w.Transitions, Transition{
			ID: a.ID, Incident: a.Incident, SKU: a.SKU, At: a.At.UTC(), State: a.State, Level: a.Level, Signal: a.Signal, CrisisType: a.CrisisType,
			Observed: a.Observed, Expected: a.Expected, Note: a.Evidence.Note,
		})
	}
	b.Alert = w
}

// suspicion is what a transition rests a suspected attack on, that of a product
// that it tells of included; "" where it suspects none.
func suspicion(a schemas.Alert) string {
	if _, on, found := strings.Cut(a.Evidence.Note, "suspected attack: "); found {
		on, _, _ = strings.Cut(on, ";")
		return on
	}
	if a.SuspectedAttack {
		return "a flood of near-duplicates or of unknown accounts"
	}
	return ""
}

func worse(a, b schemas.Level) bool {
	return slices.Index(look.Levels, a) > slices.Index(look.Levels, b)
}
