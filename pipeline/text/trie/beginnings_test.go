package trie

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Every place has the states that Step gives, also at the edges of what is looked
// up together and when the room was used by a longer text.
func TestBeginningsAreSteps(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	alphabet := []rune("ab好坏的不了是统一我们")
	draw := func(n int) []rune {
		r := make([]rune, n)
		for i := range r {
			r[i] = alphabet[rng.IntN(len(alphabet))]
		}
		return r
	}
	var keys []string
	for len(keys) < 300 {
		if w := string(draw(1 + rng.IntN(4))); !slices.Contains(keys, w) {
			keys = append(keys, w)
		}
	}
	tr := build(t, keys...)
	var b Beginnings
	found := 0
	for _, n := range []int{200, 0, 1, 2, 3, together - 1, together, together + 1, together + 2, 2*together + 1} {
		runes := draw(n)
		b.Find(tr, runes)
		for i := range runes {
			two, three := Root, Root
			if s, ok := tr.Step(Root, runes[i]); ok && i+1 < n {
				two, _ = tr.Step(s, runes[i+1])
			}
			if two != Root && i+2 < n {
				three, _ = tr.Step(two, runes[i+2])
			}
			if b.At[i].Two.State != two || b.At[i].Three.State != three {
				t.Fatalf("%d of %q: states %d and %d, want %d and %d", i, string(runes), b.At[i].Two.State, b.At[i].Three.State, two, three)
			}
			for _, p := range []Prefix{b.At[i].Two, b.At[i].Three} {
				if p.State != Root && p.Value != tr.Value(p.State) {
					t.Fatalf("%d of %q: the value %d, want %d", i, string(runes), p.Value, tr.Value(p.State))
				}
			}
			if three != Root {
				found++
			}
		}
	}
	if found == 0 {
		t.Error("no prefix of three runes stood in the texts")
	}
}
