// Package trie is a read-only double-array trie over runes: the matcher under
// the tokeniser's dictionary and the brand aliases. A step costs one table
// look-up for the rune and one cache line for the node, and nothing allocates.
//
// It imports only the standard library. It promises that a built Trie is
// immutable, so any number of goroutines may walk it.
package trie

import (
	"fmt"
	"slices"
)

// None is what Value returns where no key ends.
const None int32 = -1

// State is a position in the trie: a prefix of at least one key.
type State int32

// Root is the empty prefix.
const Root State = 0

// node is one slot of the double array. A child by code c of the node at s
// lives at nodes[s].base+c and has check s.
type node struct {
	base   int32
	check  int32 // parent slot, -1 = free
	value  int32
	weight float32
}

// Trie maps keys (strings, walked rune by rune) to values with weights.
type Trie struct {
	nodes []node
	codes []uint16       // rune -> code for the basic plane, 0 = in no key
	rare  map[rune]int32 // the same for the planes above
}

// Entry is one key to build from.
type Entry struct {
	Key    string
	Value  int32   // >= 0
	Weight float32 // carried beside the value, such as a word's distance
}

// Build makes a Trie of entries, whose keys must be distinct and not empty.
// It sorts entries in place.
func Build(entries []Entry) (*Trie, error) {
	b := newBuilder(entries)
	slices.SortFunc(entries, func(x, y Entry) int { return b.compare(x.Key, y.Key) })
	if err := check(entries); err != nil {
		return nil, err
	}
	b.layOut(entries)
	return b.finish(), nil
}

// check refuses what a double array cannot hold.
func check(entries []Entry) error {
	for i, e := range entries {
		if e.Key == "" {
			return fmt.Errorf("trie: empty key with value %d", e.Value)
		}
		if e.Value < 0 {
			return fmt.Errorf("trie: key %q has the negative value %d", e.Key, e.Value)
		}
		if i > 0 && entries[i-1].Key == e.Key {
			return fmt.Errorf("trie: key %q is there twice", e.Key)
		}
	}
	return nil
}

// Step follows r from s. Not ok means that no key goes on like this.
func (t *Trie) Step(s State, r rune) (next State, ok bool) {
	var c int32
	if uint32(r) < uint32(len(t.codes)) {
		c = int32(t.codes[r])
	} else {
		c = t.rare[r]
	}
	i := t.nodes[s].base + c
	if c == 0 || uint32(i) >= uint32(len(t.nodes)) || t.nodes[i].check != int32(s) {
		return Root, false
	}
	return State(i), true
}

// Value returns the value and weight of the key that ends at s, or None.
func (t *Trie) Value(s State) (value int32, weight float32) {
	n := &t.nodes[s]
	return n.value, n.weight
}

// Find returns the value of key, or None.
func (t *Trie) Find(key string) int32 {
	s, ok := Root, key != ""
	for _, r := range key {
		if s, ok = t.Step(s, r); !ok {
			return None
		}
	}
	if !ok {
		return None
	}
	v, _ := t.Value(s)
	return v
}

// FindRunes is Find for runes.
func (t *Trie) FindRunes(key []rune) int32 {
	s, ok := Root, len(key) > 0
	for _, r := range key {
		if s, ok = t.Step(s, r); !ok {
			return None
		}
	}
	if !ok {
		return None
	}
	v, _ := t.Value(s)
	return v
}

// Bytes is the memory the trie holds.
func (t *Trie) Bytes() int { return len(t.nodes)*16 + len(t.codes)*2 + len(t.rare)*16 }
