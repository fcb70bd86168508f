package report

import (
	"testing"
	"time"

	"fenghuo/schemas"
)

// An hour is usual unless some incident of the whole brand is open; those of
// trend rules and of products do not count, and one that ends leaves others open.
func TestBusyHours(t *testing.T) {
	at := func(h int) time.Time { return start.Add(time.Duration(h) * time.Hour) }
	transition := func(h int, incident string, state schemas.State, signal schemas.Signal, sku string) schemas.Alert {
		return schemas.Alert{Incident: incident, State: state, Signal: signal, SKU: sku, At: at(h)}
	}
	b := &builder{incidents: []schemas.Alert{
		transition(0, "rule", schemas.Firing, "rule:negative-half", ""),
		transition(5, "product", schemas.Firing, schemas.SignalComplaints, "x1"),
		transition(10, "long", schemas.Firing, schemas.SignalComplaints, ""),
		transition(12, "short", schemas.Firing, schemas.SignalKeyword, ""),
		transition(14, "short", schemas.Resolved, schemas.SignalKeyword, ""),
		transition(20, "long", schemas.Resolved, schemas.SignalComplaints, ""),
	}}
	for hour, want := range map[int]bool{2: false, 7: false, 11: true, 16: true, 22: false} {
		if got := b.busy(at(hour)); got != want {
			t.Errorf("hour %d: busy is %v", hour, got)
		}
	}
}

// What a suspected attack rests on is quoted, also where a product's flood is
// told by its brand's alert.
func TestSuspicion(t *testing.T) {
	for want, a := range map[string]schemas.Alert{
		"of 13 mentions in 6h near-duplicates 54 %": {SuspectedAttack: true, Evidence: schemas.Evidence{
			Note: "5 mentions in 15m; suspected attack: of 13 mentions in 6h near-duplicates 54 %; a move of its own"}},
		"of 11 mentions in 15m":                             {Evidence: schemas.Evidence{Note: "as grave as its SKU x1: 9 mentions; suspected attack: of 11 mentions in 15m"}},
		"a flood of near-duplicates or of unknown accounts": {SuspectedAttack: true},
		"": {Evidence: schemas.Evidence{Note: "5 mentions in 15m"}},
	} {
		if got := suspicion(a); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
