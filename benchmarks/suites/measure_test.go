package suites

import "testing"

// A small draw of the promise: false alarms near the budget, a tripling found.
// The wide limits are what 160 weeks can tell; the figures are in
// benchmarks/results/detectors.md.
func TestPromise(t *testing.T) {
	for _, g := range Groups() {
		if g.Name != "usual 10/h" && g.Name != "usual 0.5/h" {
			continue
		}
		if q := MeasureQuiet(g, 1, 160); q.Ratio < .6 || q.Ratio > 1.5 {
			t.Errorf("%s: %+v", g.Name, q)
		}
		if s := MeasureCrises(g, Shapes()[0], 40); s.Found < .7 {
			t.Errorf("%s: %+v", g.Name, s)
		}
	}
}

// At equal false alarms the detector finds at least what the mean of seven
// days finds.
func TestCompare(t *testing.T) {
	for _, g := range Groups() {
		if g.Name != "usual 2/h" {
			continue
		}
		peers := Compare(g, .5, 32, 20)
		ours := peers[0]
		for _, p := range peers {
			if p.Observed > .5 {
				t.Errorf("%s raises %.2f a week, over .5", p.Method, p.Observed)
			}
			if p.Method == "7-day mean + k sd" && p.Found > ours.Found+.15 {
				t.Errorf("ours finds %.2f, %s %.2f", ours.Found, p.Method, p.Found)
			}
		}
	}
}
