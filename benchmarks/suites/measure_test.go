package suites

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"fenghuo/detectors/surge"
)

func group(t *testing.T, name string) Group {
	t.Helper()
	for _, g := range Groups() {
		if g.Name() == name {
			return g
		}
	}
	t.Fatalf("no group is called %q", name)
	return Group{}
}

// The grid crosses every condition with every other, once.
func TestGrid(t *testing.T) {
	seen := map[string]bool{}
	plain := 0
	for _, g := range Groups() {
		if seen[g.Name()] {
			t.Errorf("%s is there twice", g.Name())
		}
		seen[g.Name()] = true
		if g.Plain() {
			plain++
		}
	}
	if want := len(Rates) * len(Noises) * len(Rhythms) * len(Promotions) * len(Outages); len(seen) != want || want != 252 {
		t.Errorf("%d groups, want %d", len(seen), want)
	}
	if plain != len(Rates)*len(Noises) {
		t.Errorf("%d plain groups", plain)
	}
	full := Full()
	if full.Weeks < 2000 || full.Portfolio.Brands*full.Portfolio.SKUs != 20_000 {
		t.Errorf("the full size is %+v", full)
	}
}

// Alarms that the rig tells at several budgets, reading zeros together, are
// those of detectors with these budgets that read every row; so are those of a
// fork.
func TestRigIsTheDetector(t *testing.T) {
	for _, name := range []string{"usual 0.5/h, promotions, outages", "bursty 10/h, strong rhythm", "even 0.05/h"} {
		budgets := []float64{1, 10}
		s, r := NewStream(group(t, name), Step, 7, 0), newRig(budgets)
		var plain []*surge.Detector
		for _, b := range budgets {
			p := surge.Defaults(Step)
			p.Budget = b
			plain = append(plain, surge.New(p))
		}
		alarms := 0
		for row := range 20 * 2016 {
			if row == 5*2016+100 {
				r = r.fork()
			}
			x := s.Next()
			r.step(x)
			for i, d := range plain {
				v := d.Step(x.At, x.Count, x.Lift, x.Gap)
				if x.At.Before(epoch.Add(Warmup)) {
					continue
				}
				if v.Alert != r.watches[i].began {
					t.Fatalf("%s row %d: alarm %v, by the rig %v", name, row, v.Alert, r.watches[i].began)
				}
				if v.Alert {
					alarms++
				}
			}
		}
		if alarms < 2 {
			t.Errorf("%s: %d alarms test nothing", name, alarms)
		}
	}
}

// A fork of a stream draws what the stream goes on to draw.
func TestFork(t *testing.T) {
	s := NewStream(group(t, "bursty 10/h, outages"), Step, 3, 4)
	for range 5000 {
		s.Next()
	}
	c := s.Fork()
	for range 1000 {
		if a, b := s.Next(), c.Next(); a != b {
			t.Fatalf("%+v, the fork %+v", a, b)
		}
	}
}

// The published methods' scores are those of their formulas on the hours, and
// an hour without its source has none.
func TestMethodScores(t *testing.T) {
	var p past
	x := func(i int) float64 { return float64(10 + i*i%7 + i%24/4) }
	var s *scores
	for i := range warmHours + 50 {
		s = p.score(&hour{count: x(i)})
		if (s == nil) != (i < warmHours) {
			t.Fatalf("hour %d has scores: %v", i, s != nil)
		}
	}
	last := warmHours + 49
	sum := 0.0
	for k := range weekHours {
		sum += x(last - 1 - k)
	}
	mean := sum / weekHours
	square := 0.0
	for k := range weekHours {
		square += (x(last-1-k) - mean) * (x(last-1-k) - mean)
	}
	if want := (x(last) - mean) / math.Sqrt(square/(weekHours-1)); math.Abs(float64(s[3])-want) > 1e-5 {
		t.Errorf("mean + k sd scores %v, want %v", s[3], want)
	}
	s = p.score(&hour{count: 0, gap: true})
	for m := 1; m <= 3; m++ {
		if !math.IsInf(float64(s[m]), -1) {
			t.Errorf("%s scores %v without its source", Methods[m], s[m])
		}
	}
	if got, want := p.hours[last+1], x(last+1-dayHours); got != want {
		t.Errorf("the missing hour stands for %v, want %v", got, want)
	}
}

// The lowest threshold within the budget is found, with the hold-down.
func TestWithin(t *testing.T) {
	hours := make([]scores, weekHours)
	hours[10][3], hours[11][3], hours[60][3], hours[120][3] = 5, 9, 7, 3
	threshold, observed := newQuietScores([][]scores{hours}, 3).within(2)
	if threshold != 3 || observed != 2 {
		t.Errorf("threshold %v raises %v a week, want 3 and 2", threshold, observed)
	}
}

// Two shapes of four series: found 1,1,1,0 and 1,1,0,0 against 1,0,0,0 and
// 0,0,0,0; series differ by 1/2+..., so the mean is .5 and the error that of
// the four differences .5, 1, .5, 0.
func TestMargin(t *testing.T) {
	ours := [][]delay{{1, 2, 0, missed}, {3, 4, missed, leftOut}}
	theirs := [][]delay{{1, missed, missed, missed}, {missed, missed, missed, missed}}
	m := margin(ours, theirs)
	if want := math.Sqrt(.5 / 4 / 3); m.Mean != .5 || math.Abs(float64(m.Error)-want) > 1e-12 {
		t.Errorf("%+v, want .5 and %v", m, want)
	}
	if m.below() || !(Margin{-.5, .2}).below() || (Margin{-.3, .2}).below() {
		t.Error("below is two standard errors under")
	}
}

// A small run has every part: quiet weeks and their ratio near the promise,
// all shapes, all methods at no more than the same false alarms, and bigger
// crises found at least as often as smaller ones. The wide limits are what
// 100 weeks can tell; the figures are in benchmarks/results/detectors.md.
func TestMeasure(t *testing.T) {
	r := Measure(group(t, "usual 2/h"), Size{Weeks: 100, Crises: 12})
	for i, q := range r.Quiet {
		if q.Budget != Budgets[i] || q.Weeks != 100 || float64(q.Ratio) != float64(q.Alarms)/(q.Budget*float64(q.Weeks)) {
			t.Errorf("%+v", q)
		}
	}
	if q := r.Quiet[1]; q.Ratio < .5 || q.Ratio > 1.6 {
		t.Errorf("observed over promised %.2f at a budget of 1", q.Ratio)
	}
	for k, s := range Shapes() {
		if r.Crises[k].Shape != s.Name {
			t.Fatalf("shape %d is %q, want %q", k, r.Crises[k].Shape, s.Name)
		}
	}
	for ramp := range 3 {
		for size := 1; size < 4; size++ {
			small, large := r.Crises[4*ramp+size-1], r.Crises[4*ramp+size]
			if large.Found[0] < small.Found[0] {
				t.Errorf("%s is found less than %s: %v, %v", large.Shape, small.Shape, large.Found, small.Found)
			}
		}
	}
	if s := r.Crises[3]; s.Found[0] < .9 || s.DelayHours[0] > 8 {
		t.Errorf("a step to x6: %+v", s)
	}
	for i, e := range r.Equal {
		if len(e.Observed) != len(Methods) || len(e.Shapes) != len(Shapes()) {
			t.Fatalf("%d methods, %d shapes", len(e.Observed), len(e.Shapes))
		}
		for m, o := range e.Observed {
			if float64(o) > crisisBudgets[i] {
				t.Errorf("%s raises %v a week, over %v", Methods[m], o, crisisBudgets[i])
			}
		}
		if e.Over[0].Mean != 0 || e.Over[1].Mean < -.1 {
			t.Errorf("ours over itself %+v, over EARS %+v", e.Over[0], e.Over[1])
		}
	}
}

// Groups that are known are not measured again, and stay in their place.
func TestMeasureGroupsGoesOn(t *testing.T) {
	size := Size{Groups: []Group{group(t, "even 0.05/h"), group(t, "usual 0.05/h")}, Weeks: 20, Crises: 2}
	known := []GroupReport{{Group: "another"}, {Group: "usual 0.05/h", Rate: 42}}
	groups := MeasureGroups(t.Context(), size, known, func(int) {})
	if len(groups) != 2 || groups[0].Group != "even 0.05/h" || groups[0].Quiet == nil || groups[1].Rate != 42 {
		t.Errorf("measured %+v", groups)
	}
}

// Figures of another detector are told, and not mixed with new ones.
func TestReportTellsAnotherDetector(t *testing.T) {
	for detector, want := range map[string]bool{Fingerprint(): false, "another": true} {
		r := Report{Groups: []GroupReport{{}}, Runs: map[string]Run{"simulated": {Detector: detector}}}
		known, err := r.Known()
		if (err != nil) != want || (len(known) == 0) != want {
			t.Errorf("%s: %d groups are known, %v", detector, len(known), err)
		}
		r.Groups = nil
		var b strings.Builder
		if err := r.Markdown(&b); err != nil || strings.Contains(b.String(), "before the last change") != want {
			t.Errorf("%s: %v, %s", detector, err, b.String())
		}
	}
}

// A report of few groups is written with its tables, plots and figures; what a
// stop left out is named.
func TestReport(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	size := Size{Groups: []Group{group(t, "usual 2/h")}, Weeks: 20, Crises: 2}
	for range runtime.GOMAXPROCS(0) { // the last is not begun before the stop
		size.Groups = append(size.Groups, group(t, "usual 2/h, outages"))
	}
	groups := MeasureGroups(ctx, size, nil, func(done int) {
		if done == 1 {
			stop()
		}
	})
	if len(groups) == 0 || len(groups) == len(size.Groups) || !slices.ContainsFunc(groups, func(g GroupReport) bool { return g.Group == "usual 2/h" }) {
		t.Fatalf("%d groups after a stop", len(groups))
	}
	dir := t.TempDir()
	r := Report{Size: "full", Seed: Seed, Groups: groups, Runs: map[string]Run{"simulated": {Command: "test", Missing: "some groups"}}}
	if err := r.Save(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "detectors.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"not measured: some groups", "| usual 2/h |", "Farrington", "### 0.1 a week", "detectors-size.svg"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	back, err := Load(dir, "full")
	if err != nil || len(back.Groups) != len(groups) || back.Groups[0].Quiet[0].Weeks != 20 || back.Runs["simulated"] != r.Runs["simulated"] {
		t.Errorf("read back: %v, %+v", err, back)
	}
	if other, err := Load(dir, "quick"); err != nil || len(other.Groups) != 0 {
		t.Errorf("another size: %v, %d groups", err, len(other.Groups))
	}
	for _, name := range []string{"budget", "delay", "size"} {
		if _, err := os.Stat(filepath.Join(dir, "detectors-"+name+".svg")); err != nil {
			t.Error(err)
		}
	}
}

// The same seed measures the same.
func TestMeasureIsSeeded(t *testing.T) {
	g, size := group(t, "usual 10/h"), Size{Weeks: 20, Crises: 2}
	a, b := Report{Groups: []GroupReport{Measure(g, size)}}, Report{Groups: []GroupReport{Measure(g, size)}}
	x, err := a.JSON()
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if string(x) != string(y) {
		t.Error("two runs of one seed differ")
	}
}

// A small portfolio: incidents near the promise, crises found, one open
// incident for each.
func TestPortfolio(t *testing.T) {
	p := Portfolio{Brands: 15, SKUs: 30, Weeks: 2}
	done := 0.0
	r, err := MeasurePortfolio(t.Context(), p, 1, func(share float64) { done = max(done, share) })
	if err != nil {
		t.Fatal(err)
	}
	if r.SKUs != 450 || r.BrandWeeks != 30 || r.Mentions < 30_000 || done < .99 {
		t.Errorf("%d SKUs, %d brand-weeks, %d mentions, done %.2f", r.SKUs, r.BrandWeeks, r.Mentions, done)
	}
	if r.Ratio > 2 {
		t.Errorf("observed over promised %.2f", r.Ratio)
	}
	crises := 0
	for _, b := range r.Blows {
		crises += b.Crises
		if b.Found < .7 {
			t.Errorf("%+v", b)
		}
		if b.Both > 0 {
			t.Errorf("%s: %d crises with two incidents open at once", b.Kind, b.Both)
		}
	}
	if crises < 6 || !slices.ContainsFunc(r.Blows, func(b BlowReport) bool { return strings.HasPrefix(b.Kind, "one SKU") }) {
		t.Errorf("%d crises: %+v", crises, r.Blows)
	}
}
