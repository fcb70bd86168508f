package report

import (
	"math"
	"testing"
	"time"

	"go.uber.org/zap"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/ingest"
	"fenghuo/pipeline/simulate"
)

// A crisis whose truth is known, through the real analyzers and detectors: the
// report finds its brand's first sign, peak, type and way through the channels.
func TestReportTellsTheTruth(t *testing.T) {
	sim, err := simulate.New(simulate.Options{Seed: 3, Days: 8, Brands: 4, SKUs: 12, PostsPerDay: 2500})
	if err != nil {
		t.Fatal(err)
	}
	c := sim.Config()
	s, db := openStore(t)
	c.ClickHouse = db
	text, err := analyzer.New(analyzer.Options{Brands: c.Brands})
	if err != nil {
		t.Fatal(err)
	}
	_, err = backfill.Run(t.Context(), backfill.Options{
		Config: c, Analyzer: text, Store: s, Run: "sim", Source: "test", Identity: "1", Workers: 2, Log: zap.NewNop(),
		Rows: func(yield func(ingest.Row, error) bool) {
			for r := range sim.Records() {
				if !yield(ingest.Row{At: r.At, Value: r.Raw}, nil) {
					return
				}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	truth := sim.Truth().Crisis
	r := build(t, s.Conn(), c, Request{Run: "sim", Brand: truth.Brand, From: truth.Start.Add(-36 * time.Hour), To: sim.End()})

	if late := r.FirstSign.At.Sub(truth.FirstPost); late < -12*time.Hour || late > 6*time.Hour {
		t.Errorf("first sign %s, first post of the crisis %s", r.FirstSign.At, truth.FirstPost)
	}
	if off := r.Peak.At.Sub(truth.Peak); off.Abs() > 5*time.Hour {
		t.Errorf("peak %s, in truth %s", r.Peak.At, truth.Peak)
	}
	if len(r.Types) == 0 || r.Measure.Type != "" && r.Measure.Type != truth.Type {
		t.Errorf("measured in %+v, though the crisis is of %s", r.Measure, truth.Type)
	}
	if r.Alert == nil || r.Alert.LeadHours <= 0 || r.Alert.FiredAt.Before(truth.Start) {
		t.Errorf("alert %+v; want one between %s and the peak", r.Alert, truth.Start)
	}
	arrived := map[string]time.Time{}
	for _, a := range r.Channels {
		arrived[a.Name] = a.At
	}
	for _, want := range truth.Channels {
		at, ok := arrived[want.Channel]
		if late := at.Sub(want.At).Hours(); !ok || math.Abs(late) > 9 {
			t.Errorf("channel %s at %s, in truth %s", want.Channel, at, want.At)
		}
	}
	if first, last := truth.Channels[0].Channel, truth.Channels[len(truth.Channels)-1].Channel; !arrived[first].Before(arrived[last]) {
		t.Errorf("%s came after %s", first, last)
	}
	if b, d := r.Phases[0], r.Phases[1]; share(d.Negative, d.Mentions) <= share(b.Negative, b.Mentions) {
		t.Errorf("the mood did not darken: %+v, %+v", b, d)
	}
	if len(r.Influence) != quoted || len(r.Typical) != quoted || len(r.FirstSign.Posts) != quoted {
		t.Errorf("%d influential, %d typical and %d first posts", len(r.Influence), len(r.Typical), len(r.FirstSign.Posts))
	}
	if found := r.Products[0].Name; found != truth.SKU {
		t.Logf("the first product to come is %s, the crisis is of %s", found, truth.SKU)
	}
}
