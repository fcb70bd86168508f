package sentiment

import (
	_ "embed"
	"strings"
	"testing"

	"fenghuo/schemas"
)

//go:embed testdata/sense.tsv
var senseText string

// Plain short sentences are understood. A sentence counts when its polarity is
// the one written beside it.
func TestSense(t *testing.T) {
	const least = 0.90
	want := map[string]schemas.Polarity{"pos": schemas.Positive, "neg": schemas.Negative, "neu": schemas.Neutral}
	m := loaded(t)
	right, all := 0, 0
	for _, line := range strings.Split(senseText, "\n") {
		label, sentence, ok := strings.Cut(line, "\t")
		if !ok || line[0] == '#' {
			continue
		}
		d := prepared(t, sentence)
		score, pol := m.Score(d, whole(d), 0)
		all++
		if pol == want[label] {
			right++
		} else {
			t.Logf("%s: %q is %v (%.2f)", label, sentence, pol, score)
		}
	}
	if all < 60 || float64(right) < least*float64(all) {
		t.Errorf("%d of %d right, want %.0f %%", right, all, 100*least)
	}
}
