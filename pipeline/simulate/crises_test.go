package simulate

import (
	"testing"

	"fenghuo/pipeline/analyzer"
	"fenghuo/schemas"
)

// crisisOf simulates a crisis of a type.
func crisisOf(t *testing.T, kind schemas.ComplaintType) *Simulator {
	t.Helper()
	o := small
	o.Crisis.Type = kind
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What is said in a crisis speaks of its type more often than of any other,
// and hardly of injuries where nobody is hurt.
func TestCrisesSpeakOfTheirType(t *testing.T) {
	text, err := analyzer.New(analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	scratch := new(analyzer.Scratch)
	const posts = 400
	for _, kind := range schemas.ComplaintTypes {
		s := crisisOf(t, kind)
		c := s.story.crisis
		count := map[schemas.ComplaintType]int{}
		for i := range posts {
			about := topic{brand: c.brand, sku: c.sku, channel: i % len(channels), mood: negative, occasion: inCrisis}
			for _, score := range text.Analyze(s.compose(about, c.start), scratch).Complaints {
				if score.Score >= .5 {
					count[score.Type]++
				}
			}
		}
		t.Logf("%s: %v", kind, count)
		if count[kind] < posts/2 {
			t.Errorf("%s: %d of %d posts speak of it", kind, count[kind], posts)
		}
		for other, n := range count {
			if other != kind && 3*n > 2*count[kind] {
				t.Errorf("%s: %d posts speak of it and %d of %s", kind, count[kind], n, other)
			}
		}
		if n := count[schemas.ProductSafety]; kind != schemas.ProductSafety && n > posts/10 {
			t.Errorf("%s: %d of %d posts speak of injuries", kind, n, posts)
		}
	}
}
