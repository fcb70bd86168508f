package report

import (
	"strings"
	"testing"
	"time"

	"fenghuo/schemas"
)

// A transition is named in words, since a page printed in black and white has
// no colours.
func TestSubjectOfATransition(t *testing.T) {
	var r Report
	r.Products = []Arrival{{Name: "x1", Label: "Phone X1"}}
	for want, x := range map[string]Transition{
		"red, product safety 安全隐患, product Phone X1": {Level: schemas.Red, CrisisType: schemas.ProductSafety, SKU: "x1"},
		"orange, pricing, product gone":              {Level: schemas.Orange, CrisisType: "pricing", SKU: "gone"},
		"blue":                                       {Level: schemas.Blue, CrisisType: schemas.Unspecified},
	} {
		if got := r.subject(x); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The summary owns up to an alert that fired over something else before the
// first sign, and to one that fired within the fullest hour.
func TestSummaryOfTheAlert(t *testing.T) {
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	r := &Report{
		Measure: Measure{Name: measureType, Type: schemas.ProductSafety}, zone: time.UTC, FirstSign: FirstSign{At: at(120)},
		Alert: &Alert{Level: schemas.Blue, Worst: schemas.Blue, AfterSignHours: -2, LeadHours: 5, Transitions: []Transition{
			{At: at(0), CrisisType: schemas.Logistics}, {At: at(150), CrisisType: schemas.ProductSafety}, {At: at(160), CrisisType: schemas.ProductSafety},
		}},
	}
	expect := func(parts ...string) {
		t.Helper()
		for _, part := range parts {
			if s := r.Summary(); !strings.Contains(s, part) {
				t.Errorf("%q does not say %q", s, part)
			}
		}
	}
	expect("A blue alert fired 2 h earlier, 5 h before the fullest hour.", "It named product safety 安全隐患 first on 1 Mar 2026 18:30, 30 min after the first sign.")
	r.Alert.Transitions = r.Alert.Transitions[1:]
	r.Alert.AfterSignHours, r.Alert.LeadHours = .005, -.4
	expect("fired under a minute later, within the fullest hour. At the peak")
	r.Alert.LeadHours = -1.5 // from the begin of that hour
	expect("1 h 30 min after the fullest hour")
}
