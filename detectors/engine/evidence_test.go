package engine

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fenghuo/detectors/state"
	"fenghuo/schemas"
)

// What an alert shows first are posts that complain of its type, the most
// telling of them before the others; an alert of no type shows the most telling.
func TestPostsOfTheAlertsTypeComeFirst(t *testing.T) {
	pack := func(at int64, posts ...post) pane {
		var w state.Writer
		appendEvidence(&w, nil, posts, nil)
		return pane{at: at, evidence: evidence(w.B)}
	}
	logistics, safety, own := kindsOf(schemas.Logistics), kindsOf(schemas.Logistics, schemas.ProductSafety), kindsOf("pricing")
	s := &subject{panes: []pane{
		pack(1, post{id: "famous", weight: 9}, post{id: "late", weight: 8, kinds: logistics}),
		pack(2, post{id: "burnt", weight: 3, kinds: safety}, post{id: "dear", weight: 2, kinds: own}),
		pack(3, post{id: "calm", weight: 1}), // written without kinds, as before there were any
		pack(4, post{id: "fire", weight: 4, kinds: safety}),
	}}
	for kind, want := range map[schemas.ComplaintType][]string{
		schemas.ProductSafety: {"fire", "burnt", "famous", "late", "dear"},
		schemas.Logistics:     {"late", "fire", "burnt", "famous", "dear"},
		"pricing":             {"dear", "famous", "late", "fire", "burnt"},
		schemas.Unspecified:   {"famous", "late", "fire", "burnt", "dear"},
	} {
		var got []string
		for _, x := range s.topPosts(4, &window{panes: 4}, kind) {
			got = append(got, x.id)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", kind, d)
		}
	}
}

// Evidence is read as it was written, with kinds and without, and what follows
// it is left.
func TestEvidenceSurvives(t *testing.T) {
	for _, posts := range [][]post{nil, {{"weibo", "a", 7, 1.5, 0}}, {{"weibo", "a", 7, 1.5, 0}, {"news", "b", 8, -2, kindsOf(schemas.BrandImage)}}} {
		var w state.Writer
		appendEvidence(&w, []channelCount{{"weibo", 2, 7}}, posts, nil)
		w.String("next")
		r := state.NewReader(w.B)
		v := readEvidence(r)
		if d := cmp.Diff(posts, slices.Collect(v.posts()), cmp.AllowUnexported(post{})); d != "" {
			t.Error(d)
		}
		if next := r.String(); next != "next" || r.Done() != nil {
			t.Errorf("%q follows, %v", next, r.Done())
		}
	}
}
