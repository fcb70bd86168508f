// Package trie is a read-only trie over runes in one flat hash table of eight
// bytes a prefix: the matcher under the tokeniser's dictionary and the brand
// aliases. A step costs about one cache line, building costs one pass, and
// walking does not allocate.
//
// The table is a Bonsai tree (J. Darragh, J. Cleary, I. Witten, "Bonsai: a
// compact representation of trees", Software: Practice and Experience 23,
// 1993): a prefix is hashed by its parent's place and its last character with
// a function that can be turned round, so a slot keeps only what its own place
// does not tell. A double array was tried first. With an alphabet of 13,000
// ideographs its sibling blocks spread so far that either building took
// seconds or nine of ten slots stayed empty.
//
// It imports pipeline/hugepage and nothing else of the project. It promises that a built Trie is
// immutable, so any number of goroutines may walk it.
package trie

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"fenghuo/pipeline/hugepage"
)

// None is what Value returns where no key ends.
const None int32 = -1

// State is a position in the trie: a prefix of at least one key.
type State int32

// Root is the empty prefix.
const Root State = 0

// Trie maps keys (strings, walked rune by rune) to values. Inside, a key is a
// sequence of UTF-16 units. A state is the index of its slot: the first units
// have their own, the longer prefixes share a hash table behind them.
type Trie struct {
	slots  []uint64
	ones   *[units]uint64     // the first of slots
	bits   uint               // log2 of the size of the hash table
	spread                    // of its hashes
	free   int                // how many prefixes it may still take
	first  [units / 64]uint64 // the units that begin a key, a bit each: near where the slots are far
	twos   []uint64           // the homes of prefixes of two units, a bit each: nearer than the slots
}

// A slot: the value that ends here plus one, 0 = none; a bit for each 16th of
// the units that follow; whether a prefix whose home this is had to go on; how
// far the slot is from its home plus one, 0 = a free slot; and the rest of the
// hash that the home does not tell.
const (
	valueBits  = 23
	followBits = 16
	farBits    = 7
	restBits   = 17

	followFrom = valueBits
	spillAt    = followFrom + followBits
	farFrom    = spillAt + 1
	restFrom   = farFrom + farBits

	valueMask = 1<<valueBits - 1
	nameMask  = (1<<(farBits+restBits) - 1) << farFrom // far and rest
)

const (
	units    = 1 << 16 // slots of the first units
	minBits  = 16      // so that a state and a unit fit bits + restBits
	maxBits  = 29
	farthest = 1<<farBits - 2
	fullest  = .55 // share of slots in use
)

// Entry is one key to build from.
type Entry struct {
	Key   string
	Value int32 // >= 0 and below 8 million
}

// Build makes a Trie of entries, whose keys must be distinct and not empty.
func Build(entries []Entry) (*Trie, error) {
	inner := 0 // keys of two units and more: no more than there will be prefixes of that length
	for _, e := range entries {
		switch {
		case e.Key == "":
			return nil, fmt.Errorf("trie: empty key with value %d", e.Value)
		case e.Value < 0 || e.Value >= valueMask:
			return nil, fmt.Errorf("trie: key %q has the value %d, not one of 0 to %d", e.Key, e.Value, valueMask-1)
		}
		if _, first := utf8.DecodeRuneInString(e.Key); first < len(e.Key) {
			inner++
		}
	}
	size := uint(minBits)
	for inner > room(size) {
		size++
	}
	for ; size <= maxBits; size++ {
		width := size + restBits
		t := &Trie{slots: hugepage.Slice[uint64](units + 1<<size), bits: size, spread: spread{(width + 1) / 2, 1<<width - 1}, twos: make([]uint64, 1<<size/64)}
		t.ones = (*[units]uint64)(t.slots)
		ok, err := t.insertAll(entries)
		if err != nil {
			return nil, err
		}
		if ok {
			hugepage.Collapse(t.slots)
			return t, nil
		}
	}
	return nil, fmt.Errorf("trie: %d keys are too many", len(entries))
}

// room is how many prefixes a hash table of 1<<size slots may hold.
func room(size uint) int { return int(fullest * float64(int(1)<<size)) }

// insertAll is not ok when the table is too small.
func (t *Trie) insertAll(entries []Entry) (ok bool, err error) {
	t.free = room(t.bits)
	for _, e := range entries {
		s := Root
		for _, r := range e.Key {
			if r >= units {
				high, low := utf16.EncodeRune(r)
				if s, ok = t.grow(s, uint16(high)); !ok {
					return false, nil
				}
				r = low
			}
			if s, ok = t.grow(s, uint16(r)); !ok {
				return false, nil
			}
		}
		if t.slots[s]&valueMask != 0 {
			return false, fmt.Errorf("trie: key %q is there twice", e.Key)
		}
		t.slots[s] |= uint64(e.Value + 1)
	}
	return true, nil
}

// grow is step, which adds what is missing.
func (t *Trie) grow(s State, u uint16) (next State, ok bool) {
	if s == Root {
		t.slots[u] |= 1 << farFrom
		t.first[u/64] |= 1 << (u % 64)
		return State(u), true
	}
	if next, ok = t.step(s, u); ok {
		return next, true
	}
	if t.free--; t.free < 0 {
		return Root, false
	}
	home, rest := t.home(s, u)
	if s < units {
		t.twos[home/64] |= 1 << (home % 64)
	}
	for far := range farthest {
		at := units + (home+far)&(1<<t.bits-1)
		if t.slots[at]&nameMask == 0 {
			t.slots[at] |= name(far, rest)
			t.slots[s] |= followBit(u)
			if far > 0 {
				t.slots[units+home] |= 1 << spillAt
			}
			return State(at), true
		}
	}
	return Root, false
}

// name is what a slot holds of a hash, or of the rest of it: the home is shifted
// out.
func name(far int, hash uint64) uint64 { return uint64(far+1)<<farFrom | hash<<restFrom }

func followBit(u uint16) uint64 { return 1 << followAt(u) }

func followAt(u uint16) uint { return followFrom + uint(u*0x9E37>>12) }

// home is the slot in the hash table where the prefix at s gone on by u should
// be, and what else tells it from others.
func (t *Trie) home(s State, u uint16) (home int, rest uint64) { return split(t.hash(s, u)) }

// spread is how prefixes are hashed.
type spread struct {
	half uint   // half of the width of a hash, rounded up
	mask uint64 // its bits
}

// hash spreads s gone on by u. Every step can be undone on numbers of
// bits+restBits bits, so no two prefixes have the same.
func (w spread) hash(s State, u uint16) uint64 {
	h := (uint64(s)<<16 | uint64(u)) * 0x9E3779B97F4A7C15 & w.mask
	h ^= h >> (w.half & 63)
	return h * 0xD6E8FEB86659FD93 & w.mask
}

func split(hash uint64) (home int, rest uint64) {
	return int(hash >> restBits), hash & (1<<restBits - 1)
}

// Begins is false for a rune that surely begins no key.
func (t *Trie) Begins(r rune) bool {
	if uint32(r) >= units {
		high, _ := utf16.EncodeRune(r)
		r = high
	}
	u := uint16(r)
	return t.first[u/64]>>(u%64)&1 != 0
}

// Goes is false where surely no key goes on from s, not Root, by r.
func (t *Trie) Goes(s State, r rune) bool {
	return t.slots[s]&followBit(uint16(r)) != 0 || r >= units
}

// Step follows r from s. Not ok means that no key goes on like this.
func (t *Trie) Step(s State, r rune) (next State, ok bool) {
	if uint32(r) >= units {
		high, low := utf16.EncodeRune(r)
		if s, ok = t.Step(s, high); !ok {
			return Root, false
		}
		r = low
	}
	if s == Root {
		return State(r), t.slots[r]&nameMask != 0
	}
	if t.slots[s]&followBit(uint16(r)) == 0 {
		return Root, false
	}
	return t.step(s, uint16(r))
}

// step is Step by a unit from a state that is not Root.
func (t *Trie) step(s State, u uint16) (next State, ok bool) {
	home, rest := t.home(s, u)
	slot := t.slots[units+home]
	if slot&nameMask == name(0, rest) {
		return State(units + home), true
	}
	if slot>>spillAt&1 == 0 {
		return Root, false
	}
	return t.far(home, rest)
}

// far looks for a prefix that is not at home.
func (t *Trie) far(home int, rest uint64) (next State, ok bool) {
	for far := 1; far < farthest; far++ {
		at := units + (home+far)&(1<<t.bits-1)
		switch t.slots[at] & nameMask {
		case name(far, rest):
			return State(at), true
		case 0:
			return Root, false
		}
	}
	return Root, false
}

// Value returns the value of the key that ends at s, or None.
func (t *Trie) Value(s State) int32 { return valueOf(t.slots[s]) }

// One returns the value of the key that is a rune of the basic plane, or None.
func (t *Trie) One(r rune) int32 { return valueOf(t.ones[uint16(r)]) }

func valueOf(slot uint64) int32 { return int32(slot&valueMask) - 1 }

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
	return t.Value(s)
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
	return t.Value(s)
}

// Bytes is the memory the trie holds.
func (t *Trie) Bytes() int { return len(t.slots) * 8 }
