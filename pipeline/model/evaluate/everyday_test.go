package evaluate

import (
	"slices"
	"strings"
	"testing"

	"fenghuo/schemas"
)

// The whole analysis understands most everyday sentences, and every class of
// the file is known.
func TestEveryday(t *testing.T) {
	sentences, err := readEveryday()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sentences {
		for typ := range strings.SplitSeq(s.complaint, ",") {
			if !slices.Contains([]string{"-", "+", "?"}, typ) && !slices.Contains(schemas.ComplaintTypes, schemas.ComplaintType(typ)) {
				t.Errorf("%q: no such complaint type: %s", s.text, typ)
			}
		}
	}
	e := &evaluation{progress: func(string) {}}
	if err := e.everyday(); err != nil {
		t.Fatal(err)
	}
	for _, set := range e.report.Sets {
		t.Logf("%s: %d, %.3f right", set.Name, set.Model.N, set.Model.Accuracy)
		if set.Model.N < 50 || set.Model.Accuracy < 0.6 {
			t.Errorf("%s: %.3f of %d right, want 0.6", set.Name, set.Model.Accuracy, set.Model.N)
		}
	}
}
