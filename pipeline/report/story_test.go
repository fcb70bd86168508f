package report

import (
	"testing"

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
