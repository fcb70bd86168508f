package engine

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/schemas"
)

// watched is a running engine, fed hour by hour.
type watched struct {
	t *testing.T
	*world
	e     *Engine
	now   time.Time
	state map[string]string
}

func newWatched(t *testing.T, seed uint64, c Config) *watched {
	return &watched{t: t, world: newWorld(seed), e: mustNew(t, c), now: start, state: map[string]string{}}
}

// live lets days pass, hour by hour, and returns what was told.
func (s *watched) live(days int, hour func()) (told []schemas.Alert) {
	for range days * 24 {
		hour()
		s.now = s.now.Add(time.Hour)
		told = append(told, s.e.Advance(s.now)...)
	}
	return told
}

func (s *watched) quiet(brand, sku string, rate float64) {
	s.world.quiet(brand, sku, s.now, rate, func(m Mention) { s.e.Observe(&m) })
}

// restart goes on with another config, as a process does that is restarted.
func (s *watched) restart(c Config) {
	s.t.Helper()
	err := s.e.Snapshot(false, func(key string, value []byte) error {
		if len(value) == 0 {
			delete(s.state, key)
			return nil
		}
		s.state[key] = string(value)
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.e = mustNew(s.t, c)
	for key, value := range s.state {
		if err := s.e.Restore(key, []byte(value)); err != nil {
			s.t.Fatal(err)
		}
	}
}

func firings(told []schemas.Alert, brand, sku string) (n int) {
	for _, a := range told {
		if a.Brand == brand && a.SKU == sku && a.State == schemas.Firing {
			n++
		}
	}
	return n
}

// A brand that is added to the config of a running system was spoken of before,
// but not heard: its first posts are no surge.
func TestBrandAddedLaterIsNoSurge(t *testing.T) {
	early, all := 0, 0
	for seed := range uint64(3) {
		c := oneBrand(.1)
		c.Brands = []Brand{{ID: "a", Name: "A", Category: "food"}, {ID: "b", Name: "B", Category: "food"}}
		s := newWatched(t, seed, c)
		s.live(21, func() { s.quiet("a", "", 10); s.quiet("b", "", 10) })
		c.Brands = append(c.Brands, Brand{ID: "c", Name: "C", Category: "food"})
		s.restart(c)
		everyone := func() { s.quiet("a", "", 10); s.quiet("b", "", 10); s.quiet("c", "", 10) }
		early += firings(s.live(2, everyone), "c", "")
		s.restart(c) // it is remembered since when c is heard
		all += firings(s.live(19, everyone), "c", "")
	}
	if early > 0 {
		t.Errorf("%d incidents in the first two days, want none", early)
	}
	if all > 6 { // this noise is rougher than most; taken for a surge it fires in each world at once, and again and again
		t.Errorf("%d incidents in 3 times 19 days, want about two a world at most", all)
	}
}

// A brand that was there from the start and silent does surge when it is
// suddenly spoken of.
func TestBrandSilentSinceTheStartSurges(t *testing.T) {
	c := oneBrand(.1)
	c.Brands = []Brand{{ID: "a", Name: "A"}, {ID: "b", Name: "B"}}
	s := newWatched(t, 1, c)
	s.live(21, func() { s.quiet("a", "", 10) })
	s.restart(c)
	told := s.live(1, func() { s.quiet("a", "", 10); s.quiet("b", "", 10) })
	if firings(told, "b", "") == 0 {
		t.Error("10 mentions an hour after three weeks of silence are no surge")
	}
}

// A SKU that comes into the config later is as new as one that was never
// named there.
func TestSKUAddedLaterWasNotHeard(t *testing.T) {
	c := oneBrand(.1)
	c.Brands = []Brand{{ID: "a", Name: "A", SKUs: []string{"old"}}}
	s := newWatched(t, 1, c)
	s.live(21, func() { s.quiet("a", "", 5) })
	c.Brands = []Brand{{ID: "a", Name: "A", SKUs: []string{"new", "old"}}}
	s.restart(c)
	s.live(1, func() { s.quiet("a", "new", 5); s.quiet("a", "old", 5) })
	b := s.e.brands["a"]
	if got, want := b.skuAt(s.e, "new", paneOf(s.now.Unix())).born, paneOf(start.Add(21*dayLong).Unix()); got != want {
		t.Errorf("the new SKU is heard since pane %d, want %d", got, want)
	}
	if got := b.skuAt(s.e, "old", paneOf(s.now.Unix())).born; got != s.e.origin {
		t.Errorf("the old SKU is heard since pane %d, want the origin %d", got, s.e.origin)
	}
}

// A SKU that leaves the config is forgotten there, the others keep their time.
func TestListenForgetsSKUsThatLeft(t *testing.T) {
	b := brand{Brand: Brand{ID: "a", SKUs: []string{"x", "y"}}}
	b.listen(10)
	b.SKUs = []string{"y", "z"}
	b.listen(20)
	if diff := cmp.Diff(map[string]int64{"y": 10, "z": 20}, b.heard.skus); diff != "" || b.heard.since != 10 {
		t.Errorf("heard since %d, SKUs %s", b.heard.since, diff)
	}
}

// A brand that leaves the config and comes back begins anew: nobody listened
// in between.
func TestBrandThatComesBackIsNew(t *testing.T) {
	both := oneBrand(.1)
	both.Brands = []Brand{{ID: "a", Name: "A"}, {ID: "b", Name: "B", SKUs: []string{"x"}}}
	alone := both
	alone.Brands = both.Brands[:1]
	s := newWatched(t, 1, both)
	s.live(10, func() { s.quiet("a", "", 10); s.quiet("b", "x", 1) })
	s.restart(alone)
	s.live(10, func() { s.quiet("a", "", 10) })
	s.restart(both)
	for key := range s.state {
		if key == brandKey("b") || key == skuKey("b", "x") || key == heardKey("b") {
			t.Errorf("%s is still kept", key)
		}
	}
	told := s.live(2, func() { s.quiet("a", "", 10); s.quiet("b", "x", 10) })
	if n := firings(told, "b", ""); n > 0 {
		t.Errorf("%d incidents of a brand that came back", n)
	}
}

// A state from before it was kept since when brands are heard goes on.
func TestStateWithoutHeardGoesOn(t *testing.T) {
	c := oneBrand(.1)
	c.Brands = []Brand{{ID: "a", Name: "A"}, {ID: "b", Name: "B"}}
	s := newWatched(t, 1, c)
	s.live(10, func() { s.quiet("a", "", 10) })
	s.restart(c)
	maps.DeleteFunc(s.state, func(key, _ string) bool { return key == heardKey("a") || key == heardKey("b") })
	s.e = mustNew(t, c)
	for key, value := range s.state {
		if err := s.e.Restore(key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	s.live(1, func() { s.quiet("a", "", 10) })
	for id, b := range s.e.brands {
		if b.heard.since != s.e.origin {
			t.Errorf("brand %s is heard since pane %d, want the origin %d", id, b.heard.since, s.e.origin)
		}
	}
}

// A new brand knows the rhythm of its category before it has lived a day.
func TestNewBrandBorrowsTheRhythmOfItsCategory(t *testing.T) {
	c := oneBrand(.1)
	c.Brands = []Brand{{ID: "a", Name: "A", Category: "food"}, {ID: "b", Name: "B", Category: "food"}, {ID: "car", Name: "Car", Category: "car"}}
	s := newWatched(t, 1, c)
	s.live(21, func() { s.quiet("a", "", 10); s.quiet("b", "", 10); s.quiet("car", "", 10) })
	c.Brands = append(c.Brands, Brand{ID: "n", Name: "New", Category: "food"}, Brand{ID: "o", Name: "Other", Category: "toys"})
	s.restart(c)
	s.live(1, func() { s.quiet("n", "", 10); s.quiet("o", "", 10) })
	hours := func(brand string) [24]float64 { return s.e.brands[brand].series[0].surge.Baseline().Hour }
	// quiet is loudest at 15:00 and lowest at 3:00
	if got := hours("n")[15] / hours("n")[3]; got < 2 {
		t.Errorf("a new brand expects %.1f times as much at 15:00 as at 3:00, want the rhythm of its category", got)
	}
	if got := hours("o")[15] / hours("o")[3]; got > 2 {
		t.Errorf("a new brand of a category of its own expects %.1f times as much at 15:00 as at 3:00", got)
	}
}
