package benchmarks

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fenghuo/benchmarks/suites"
	"fenghuo/pipeline/config"
	"fenghuo/schemas"
)

// dataFile is a file of the data folder; without it the test is skipped.
func dataFile(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("FENGHUO_DATA")
	if root == "" {
		root = "../../shared/data"
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no %s: set FENGHUO_DATA to the folder with the data", path)
	}
	return path
}

func TestStreamConfigs(t *testing.T) {
	for _, s := range Streams {
		if _, err := s.Config(); err != nil {
			t.Error(err)
		}
	}
}

// The brands of the labelled events are in the config of their stream.
func TestEventBrandsAreConfigured(t *testing.T) {
	events, err := suites.ReadEvents(dataFile(t, "streams", "weibo_hot_events.json"))
	if err != nil {
		t.Fatal(err)
	}
	eventBrands(t, Streams["weibo_hot"], events)
}

func TestOwnEventBrandsAreConfigured(t *testing.T) {
	for _, name := range []string{"weibo_hot_others", "weibo_hot_third"} {
		s := Streams[name]
		events, err := s.Events()
		if err != nil {
			t.Fatal(err)
		}
		if len(events) < 60 {
			t.Errorf("%s: %d events", name, len(events))
		}
		eventBrands(t, s, events)
	}
}

// No brand is in two of the sets: each is a check of its own.
func TestSetsShareNoBrand(t *testing.T) {
	in := map[string]string{}
	for _, name := range []string{"weibo_hot", "weibo_hot_others", "weibo_hot_third"} {
		c, err := Streams[name].Config()
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range c.Brands {
			for _, n := range append([]string{b.Name}, b.Aliases...) {
				if other := in[n]; other != "" && other != name {
					t.Errorf("%s is in %s and in %s", n, other, name)
				}
				in[n] = name
			}
		}
	}
}

func eventBrands(t *testing.T, s Stream, events []suites.Event) {
	t.Helper()
	c, err := s.Config()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if !slices.ContainsFunc(c.Brands, func(b config.Brand) bool { return b.Name == e.Brand || slices.Contains(e.Aliases, b.Name) }) {
			t.Errorf("event %s: no brand is called %s", e.ID, e.Brand)
		}
	}
}

// Nearly all rows of the streams are posts under their mapping: what is not
// lacks a time.
func TestStreamMappings(t *testing.T) {
	for _, s := range Streams {
		source, err := s.open(t.Context(), filepath.Dir(dataFile(t, "streams", s.File)))
		if err != nil {
			t.Fatal(err)
		}
		rows, bad := 0, 0
		for r, err := range source.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			rows++
			if _, reason, detail := schemas.DecodePost(r.Value, time.Now()); reason != "" {
				bad++
				if reason != schemas.ReasonNoTime {
					t.Errorf("%s: %s is %s: %s", s.File, r.Value, reason, detail)
				}
			}
		}
		if rows < 9000 || bad*100 > rows {
			t.Errorf("%s: %d of %d rows are no posts", s.File, bad, rows)
		}
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The nine days of the airlines go through the whole pipeline; at a budget of
// one a week US Airways, whose lines broke down on the 22nd, is warned of.
func TestAirlineReplay(t *testing.T) {
	dir := filepath.Dir(dataFile(t, "streams", Streams["airline"].File))
	alerts, _, err := Streams["airline"].Replay(t.Context(), dir, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(alerts, func(a schemas.Alert) bool {
		return a.Brand == "us-airways" && a.State == schemas.Firing && a.At.Format(time.DateOnly) == "2015-02-22"
	}) {
		t.Errorf("%d transitions, none of US Airways on the 22nd", len(alerts))
	}
}
