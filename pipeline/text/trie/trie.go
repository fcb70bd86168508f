// Package trie is a read-only trie over runes in one flat hash table: the
// matcher under the tokeniser's dictionary and the brand aliases. A step costs
// about one cache line, building costs one pass, and walking does not allocate.
//
// A double array was tried first. With an alphabet of 13,000 ideographs its
// sibling blocks spread so far that either building took seconds or nine of ten
// slots stayed empty.
//
// It imports only the standard library. It promises that a built Trie is
// immutable, so any number of goroutines may walk it.
package trie

import (
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// None is what Value returns where no key ends.
const None int32 = -1

// State is a position in the trie: a prefix of at least one key.
type State int32

// Root is the empty prefix.
const Root State = 0

// slot is a prefix: the one at parent, gone on by a rune. State s is slots[s-1].
type slot struct {
	parent State
	rune   int32 // plus one; 0 = free
	value  int32
	weight float32
}

// Trie maps keys (strings, walked rune by rune) to values with weights. The
// table is at most four fifths full, half full for a dictionary, where keys
// share prefixes, and probed one by one.
type Trie struct {
	slots  []slot
	firsts [plane / 64]uint64 // runes of the basic plane that begin a key
}

const plane = 1 << 16

// Entry is one key to build from.
type Entry struct {
	Key    string
	Value  int32   // >= 0
	Weight float32 // carried beside the value, such as a word's distance
}

// Build makes a Trie of entries, whose keys must be distinct and not empty.
func Build(entries []Entry) (*Trie, error) {
	runes := 0 // no fewer than prefixes
	for _, e := range entries {
		runes += utf8.RuneCountInString(e.Key)
	}
	t := &Trie{slots: make([]slot, runes+runes/4+1)}
	for _, e := range entries {
		if err := t.insert(e); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Trie) insert(e Entry) error {
	if e.Key == "" {
		return fmt.Errorf("trie: empty key with value %d", e.Value)
	}
	if e.Value < 0 {
		return fmt.Errorf("trie: key %q has the negative value %d", e.Key, e.Value)
	}
	s := Root
	for _, r := range e.Key {
		if s == Root && r < plane {
			t.firsts[r/64] |= 1 << (r % 64)
		}
		i := t.home(s, r)
		for t.slots[i].rune != 0 && (t.slots[i].rune != r+1 || t.slots[i].parent != s) {
			i = t.after(i)
		}
		if t.slots[i].rune == 0 {
			t.slots[i] = slot{parent: s, rune: r + 1, value: None}
		}
		s = State(i + 1)
	}
	last := &t.slots[s-1]
	if last.value != None {
		return fmt.Errorf("trie: key %q is there twice", e.Key)
	}
	last.value, last.weight = e.Value, e.Weight
	return nil
}

// home is where the search for r after s begins.
func (t *Trie) home(s State, r rune) int {
	h := (uint64(s)<<21 | uint64(uint32(r))) * 0x9E3779B97F4A7C15
	h ^= h >> 32
	hi, _ := bits.Mul64(h*0xD6E8FEB86659FD93, uint64(len(t.slots)))
	return int(hi)
}

func (t *Trie) after(i int) int {
	if i++; i == len(t.slots) {
		return 0
	}
	return i
}

// Begins is false for a rune that surely begins no key: where few runes do, it
// spares a text's others the step from Root.
func (t *Trie) Begins(r rune) bool {
	return uint32(r) >= plane || t.firsts[r/64]>>(r%64)&1 != 0
}

// Step follows r from s. Not ok means that no key goes on like this.
func (t *Trie) Step(s State, r rune) (next State, ok bool) {
	i := t.home(s, r)
	for {
		n := &t.slots[i]
		if n.rune == r+1 && n.parent == s {
			return State(i + 1), true
		}
		if n.rune == 0 {
			return Root, false
		}
		i = t.after(i)
	}
}

// Value returns the value and weight of the key that ends at s, or None.
func (t *Trie) Value(s State) (value int32, weight float32) {
	if s == Root {
		return None, 0
	}
	n := &t.slots[s-1]
	return n.value, n.weight
}

// Find returns the value of key, or None.
func (t *Trie) Find(key string) int32 {
	s := Root
	for _, r := range key {
		next, ok := t.Step(s, r)
		if !ok {
			return None
		}
		s = next
	}
	v, _ := t.Value(s)
	return v
}

// FindRunes is Find for runes.
func (t *Trie) FindRunes(key []rune) int32 {
	s := Root
	for _, r := range key {
		next, ok := t.Step(s, r)
		if !ok {
			return None
		}
		s = next
	}
	v, _ := t.Value(s)
	return v
}

// Bytes is the memory the trie holds.
func (t *Trie) Bytes() int { return len(t.slots) * 16 }
