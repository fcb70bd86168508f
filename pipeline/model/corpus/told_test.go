package corpus

import (
	"slices"
	"testing"
)

// Every type has enough complaints of many trades, and none stands twice.
func TestTold(t *testing.T) {
	for name, set := range map[string]struct {
		read func() ([]Example, error)
		each int
	}{"Chinese": {Told, 200}, "English": {ToldEnglish, 100}} {
		examples, err := set.read()
		if err != nil {
			t.Fatal(err)
		}
		seen, count, trades := map[string]bool{}, map[string]int{}, map[string]bool{}
		for _, e := range examples {
			if seen[e.Text] {
				t.Errorf("%s: twice: %s", name, e.Text)
			}
			seen[e.Text], trades[e.Domain] = true, true
			for _, typ := range e.Aspect {
				count[typ]++
			}
		}
		if len(count) != 10 || len(trades) < 15 {
			t.Errorf("%s: %d types in %d trades, want 10 in at least 15", name, len(count), len(trades))
		}
		for typ, n := range count {
			if n < set.each {
				t.Errorf("%s: %d complaints of %s, want at least %d", name, n, typ, set.each)
			}
		}
	}
}

// A heading says which types its lines complain of, or that none can be told.
func TestReadTold(t *testing.T) {
	got, err := readTold("# a comment\n[logistics+customer_service; food]\nlost\n\n[none; travel]\nbad\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || !slices.Equal(got[0].Aspect, []string{"logistics", "customer_service"}) || got[0].Domain != "food" || got[1].Aspect != nil {
		t.Errorf("got %+v", got)
	}
	if _, err := readTold("[logistics]\n"); err == nil {
		t.Error("a heading without a trade was accepted")
	}
}
