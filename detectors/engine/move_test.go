package engine

import (
	"fmt"
	"testing"
	"time"

	"fenghuo/detectors/grade"
	"fenghuo/schemas"
)

// struck is five weeks of a brand with SKUs that are struck again and again, for
// hours or days, alone, together or with the whole brand.
func struck(seed uint64) (Config, []Mention) {
	c := oneBrand(2)
	c.Silences = []Silence{
		{Brand: "acme", Signal: schemas.SignalComplaints, From: start.Add(20 * dayLong), To: start.Add(21 * dayLong)},
		{Brand: "acme", SKU: "s1", From: start.Add(15 * dayLong), To: start.Add(16 * dayLong)},
	}
	w := newWorld(seed)
	var all []Mention
	emit := func(m Mention) { all = append(all, m) }
	for h := range 21 * 24 {
		hour := start.Add(time.Duration(h) * time.Hour)
		for i := range 4 {
			w.quiet("acme", fmt.Sprint("s", i), hour, []float64{4, 1, .2, .02}[i], emit)
		}
		if h < 8*24 || w.IntN(30) > 0 {
			continue
		}
		sku, span, n := fmt.Sprint("s", w.IntN(4)), 2+w.IntN(60), 1+w.IntN(8)
		for i := range span {
			w.crowd("acme", sku, hour.Add(time.Duration(i)*time.Hour), time.Hour, n, w.IntN(5) > 0, emit)
			if i < 5 && n > 4 {
				w.crowd("acme", fmt.Sprint("s", w.IntN(4)), hour.Add(time.Duration(i)*time.Hour), time.Hour, 5*n, w.IntN(3) > 0, emit)
			}
		}
	}
	return c, all
}

// A crisis is one story: never two open alerts of a brand and its SKU, never one
// that ends in the minute in which the other begins anew, and never a SKU that is
// graver than blue while nobody says so.
func TestBrandAndSKUTellOneStory(t *testing.T) {
	kept, takenIn := 0, 0
	for seed := range uint64(6) {
		c, mentions := struck(seed)
		watch := func(e *Engine) *Engine {
			b := e.brands["acme"]
			worst := b.inner()
			for s := range e.hot {
				if s.sku == "" || !s.incident.Open || grade.Rank(s.incident.Level) < grade.Rank(schemas.Yellow) {
					continue
				}
				if told := b.incident.Told() || s.incident.Told(); !told && !e.muted(s, s.incident.signal, e.Now()) {
					t.Errorf("seed %d: %s is %s at %v, and nobody says so", seed, s.sku, s.incident.Level, e.Now())
				}
			}
			if b.incident.Told() && !b.excessive() {
				kept++
			}
			if b.incident.Told() && worst != nil && grade.Rank(b.incident.Level) < grade.Rank(worst.incident.Level) {
				t.Errorf("seed %d: the brand is %s while %s is %s", seed, b.incident.Level, worst.sku, worst.incident.Level)
			}
			return e
		}
		open, ended := map[string]bool{}, time.Time{} // by SKU; the brand's last end
		for _, a := range play(t, mustNew(t, c), mentions, steadily(Pane), watch) {
			switch a.State {
			case schemas.Firing:
				if open[a.SKU] {
					t.Errorf("seed %d: %q fires while open", seed, a.SKU)
				}
				open[a.SKU] = true
				if open[""] && a.SKU != "" {
					t.Errorf("seed %d: %s fires within the brand's incident at %v", seed, a.SKU, a.At)
				}
				if a.SKU != "" && a.At.Equal(ended) {
					t.Errorf("seed %d: %s fires at %v, when the brand's incident ends", seed, a.SKU, a.At)
				}
			case schemas.Resolved:
				if !open[a.SKU] {
					t.Errorf("seed %d: %q resolved without firing", seed, a.SKU)
				}
				delete(open, a.SKU)
				if a.SKU == "" {
					ended = a.At
				} else if open[""] {
					takenIn++
				}
			default:
				if !open[a.SKU] {
					t.Errorf("seed %d: %q %s without firing", seed, a.SKU, a.State)
				}
			}
		}
		if len(open) > 0 {
			t.Errorf("seed %d: never resolved: %v", seed, open)
		}
	}
	// an hour of hold-down for each incident is no sign that one was kept open
	t.Logf("%d incidents taken in; brands' went on for %d panes without an excess of their own", takenIn, kept)
	if takenIn < 5 || kept < 500 {
		t.Error("the test tests little")
	}
}

// excessive tells whether a detector of the brand holds an alarm.
func (b *brand) excessive() bool {
	at := b.usual.at + memoryPanes // the pane evaluated last
	for _, x := range b.series {
		if x.surge != nil && x.surge.Active() || x.surge == nil && x.scan.Active(at*paneSeconds) {
			return true
		}
	}
	return b.mood.share != nil && b.mood.share.Active()
}
