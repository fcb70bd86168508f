package analyzer

import (
	"testing"

	"fenghuo/pipeline/complaint"
	"fenghuo/schemas"
)

// A Chinese complaint that is clearly displeased is negative, also where the
// sentiment model alone says neutral; a milder one may stay neutral.
func TestComplaintsAreNotNeutral(t *testing.T) {
	sentences, err := complaint.Sentences()
	if err != nil {
		t.Fatal(err)
	}
	a, s := shared(), NewScratch()
	turned := 0
	for _, x := range sentences {
		r := a.Analyze(&schemas.Post{Text: x.Text}, s)
		alone, polarity := a.sentiment.Score(&s.doc, [2]int32{0, int32(len(s.doc.Runes))}, 0)
		displeased := r.Lang == "zh" && r.Complaint && alone < aggrieved
		if displeased && r.Polarity != schemas.Negative {
			t.Errorf("%q: %v with sentiment %.2f", x.Text, r.Polarity, alone)
		}
		if r.Polarity != polarity {
			if !displeased || polarity != schemas.Neutral {
				t.Errorf("%q: %v, the model says %v (%.2f)", x.Text, r.Polarity, polarity, alone)
			}
			turned++
		}
	}
	if turned == 0 {
		t.Error("no sentence needed the rule")
	}
}
