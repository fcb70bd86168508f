package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// throng is a fortnight of dense brands without products, which go on alone most of
// the time, among a few that are sparse or have products, with crises.
func throng(seed uint64) (Config, []Mention) {
	c := Config{Run: "test", FalseAlarmsPerBrandWeek: 2}
	w := newWorld(seed)
	var all []Mention
	emit := func(m Mention) { all = append(all, m) }
	for i := range 12 {
		c.Brands = append(c.Brands, Brand{ID: fmt.Sprint("b", i), Category: []string{"food", "cars", ""}[i%3]})
	}
	for h := range 14 * 24 {
		hour := start.Add(time.Duration(h) * time.Hour)
		for i, b := range c.Brands {
			switch rate := []float64{4, 2, 1, .3}[i%4]; {
			case i < 10:
				w.quiet(b.ID, "", hour, rate, emit)
			case i == 10:
				w.quiet(b.ID, "", hour, .02, emit)
			default:
				w.quiet(b.ID, fmt.Sprint("s", w.IntN(3)), hour, 1, emit)
			}
		}
		if w.IntN(40) == 0 {
			w.crowd(c.Brands[w.IntN(12)].ID, "", hour, time.Duration(1+w.IntN(6))*time.Hour, 10+w.IntN(60), w.IntN(3) > 0, emit)
		}
	}
	return c, all
}

// A brand that has gone ahead of another is not heard by it: however many minutes
// are decided at once, the alerts and the state are the same.
func TestBrandsGoOnAloneAsTogether(t *testing.T) {
	c, mentions := throng(7)
	dump := func(e *Engine) map[string]string {
		e.Advance(start.Add(30 * dayLong)) // all end at one time
		m := map[string]string{}
		if err := e.Snapshot(true, func(k string, v []byte) error { m[k] = string(v); return nil }); err != nil {
			t.Fatal(err)
		}
		return m
	}
	e := mustNew(t, c)
	want := play(t, e, mentions, steadily(time.Minute), nil)
	if len(want) < 20 {
		t.Fatalf("only %d transitions: the test tests little", len(want))
	}
	state := dump(e)
	r := rand.New(rand.NewPCG(1, 2))
	for name, step := range map[string]func() time.Duration{
		"hours":     steadily(time.Hour),
		"days":      steadily(dayLong),
		"at random": func() time.Duration { return time.Duration(r.IntN(50_000)) * time.Second },
	} {
		e := mustNew(t, c)
		if diff := cmp.Diff(want, play(t, e, mentions, step, nil)); diff != "" {
			t.Fatalf("%s: %s", name, diff)
		}
		if diff := cmp.Diff(state, dump(e)); diff != "" {
			t.Fatalf("%s: %s", name, diff)
		}
	}
}
