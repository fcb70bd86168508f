// Package trie finds the words of a list in a text of runes: the longest word
// that begins at a place, in time proportional to that word. It imports
// nothing of the project and does not allocate after Build.
package trie

import (
	"cmp"
	"math/bits"
	"slices"
)

// Trie is an immutable set of words with their indices.
type Trie struct {
	nodes   []node
	label   []rune // of a node's children, ascending
	child   []int32
	pairs   [pairBits / 64]uint64 // filter of the first two runes of longer words
	ones    [pairBits / 64]uint64 // the runes that are words, by their lower half
	seconds []second              // by the hash of two runes
	lones   []lone                // by the hash of a rune
}

// second is what there is to know of the first two runes of words; most go no
// further. A key of 0 is a free place.
type second struct {
	key  uint64 // of both runes; above it a bit for each 16th of the runes that go on
	word int32  // the word that ends here, -1 = none
	node int32  // where longer words go on
}

// lone is a word of one rune.
type lone struct {
	r    rune
	word int32 // its index plus one, 0 = a free place
}

// pairBits keeps a filter in the nearest cache. Most places of a text begin
// with a rune that begins some word, but with no word's first two.
const pairBits = 1 << 16

func pairHash(a, b rune) uint32 { return (uint32(a)*0x9E3779B1 ^ uint32(b)) * 0x85EBCA6B }

// runeBits hold any rune; keyBits two of them and one more, so that no key is 0.
const (
	runeBits = 21
	keyBits  = 48
	keyMask  = 1<<keyBits - 1
)

// pairKey tells two runes from all others; it is never 0.
func pairKey(a, b rune) uint64 { return 1<<(2*runeBits) | uint64(a)<<runeBits | uint64(b) }

// goesOn is the bit of a rune that goes on from two.
func goesOn(r rune) uint64 { return 1 << (keyBits + uint32(r)*0x9E3779B1>>28) }

func pairBit(a, b rune) (word uint32, bit uint64) {
	h := pairHash(a, b) >> 16
	return h / 64, 1 << (h % 64)
}

type node struct {
	from, to int32 // children in label and child
	word     int32 // index of the word that ends here, -1 = none
}

// Build makes a trie of words; a word's id is its index. Of equal words the
// last one counts, empty words are left out.
func Build(words []string) *Trie {
	type entry struct {
		runes []rune
		id    int32
	}
	entries := make([]entry, 0, len(words))
	t := &Trie{}
	for i, w := range words {
		if w == "" {
			continue
		}
		runes := []rune(w)
		entries = append(entries, entry{runes, int32(i)})
		if len(runes) > 1 {
			word, bit := pairBit(runes[0], runes[1])
			t.pairs[word] |= bit
		} else {
			t.ones[uint16(runes[0])/64] |= 1 << (uint16(runes[0]) % 64)
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(slices.Compare(a.runes, b.runes), cmp.Compare(a.id, b.id))
	})
	// Node by node in breadth: a node is the range of entries that share its prefix.
	type span struct{ from, to, depth int }
	queue := []span{{0, len(entries), 0}}
	t.nodes = append(t.nodes, node{word: -1})
	for n := 0; n < len(queue); n++ {
		s := queue[n]
		for s.from < s.to && len(entries[s.from].runes) == s.depth {
			t.nodes[n].word = entries[s.from].id
			s.from++
		}
		t.nodes[n].from = int32(len(t.label))
		for i := s.from; i < s.to; {
			r := entries[i].runes[s.depth]
			j := i + 1
			for j < s.to && entries[j].runes[s.depth] == r {
				j++
			}
			id := int32(len(t.nodes))
			t.label = append(t.label, r)
			t.child = append(t.child, id)
			t.nodes = append(t.nodes, node{word: -1})
			queue = append(queue, span{i, j, s.depth + 1})
			i = j
		}
		t.nodes[n].to = int32(len(t.label))
	}
	t.index()
	return t
}

// index makes the tables of the words' beginnings.
func (t *Trie) index() {
	root := t.nodes[0]
	lones, seconds := 0, 0
	for _, first := range t.child[root.from:root.to] {
		if n := t.nodes[first]; n.word >= 0 {
			lones++
		}
		seconds += int(t.nodes[first].to - t.nodes[first].from)
	}
	t.lones = make([]lone, 1<<bits.Len(uint(2*lones)))
	t.seconds = make([]second, 1<<bits.Len(uint(2*seconds)))
	for i := root.from; i < root.to; i++ {
		a, first := t.label[i], t.nodes[t.child[i]]
		if first.word >= 0 {
			*t.lone(a) = lone{a, first.word + 1}
		}
		for k := first.from; k < first.to; k++ {
			b, node := t.label[k], t.child[k]
			s := second{key: pairKey(a, b), word: t.nodes[node].word, node: node}
			for _, r := range t.label[t.nodes[node].from:t.nodes[node].to] {
				s.key |= goesOn(r)
			}
			*t.second(a, b) = s
		}
	}
}

// second is the place of two runes: theirs or a free one.
func (t *Trie) second(a, b rune) *second {
	mask, key := uint32(len(t.seconds)-1), pairKey(a, b)
	for i := pairHash(a, b) >> 8; ; i++ {
		if s := &t.seconds[i&mask]; s.key == 0 || s.key&keyMask == key {
			return s
		}
	}
}

// lone is the place of a rune: its own or a free one.
func (t *Trie) lone(r rune) *lone {
	mask := uint32(len(t.lones) - 1)
	for i := uint32(r) * 0x9E3779B1 >> 8; ; i++ {
		if l := &t.lones[i&mask]; l.word == 0 || l.r == r {
			return l
		}
	}
}

// Begins is false where surely no word begins with a, or with a and b where b
// follows it.
func (t *Trie) Begins(a, b rune) bool {
	word, bit := pairBit(a, b)
	return t.pairs[word]&bit|t.ones[uint16(a)/64]>>(uint16(a)%64)&1 != 0
}

// Longest returns the longest word that begins at runes[at] and where it ends.
// The id is -1 when none does.
func (t *Trie) Longest(runes []rune, at int) (id int32, end int) {
	a := runes[at]
	if at+1 < len(runes) {
		b := runes[at+1]
		if word, bit := pairBit(a, b); t.pairs[word]&bit != 0 {
			if id, end := t.longer(runes, at, t.second(a, b)); id >= 0 {
				return id, end
			}
		}
	}
	if t.ones[uint16(a)/64]>>(uint16(a)%64)&1 != 0 {
		if l := t.lone(a); l.word != 0 {
			return l.word - 1, at + 1
		}
	}
	return -1, at
}

// longer is Longest among the words of two runes and more.
func (t *Trie) longer(runes []rune, at int, s *second) (id int32, end int) {
	if s.key == 0 {
		return -1, at
	}
	id, end = s.word, at+2
	if end == len(runes) || s.key&goesOn(runes[end]) == 0 {
		return id, end
	}
	for n, i := s.node, end; n != 0 && i < len(runes); i++ {
		if n = t.step(n, runes[i]); n != 0 && t.nodes[n].word >= 0 {
			id, end = t.nodes[n].word, i+1
		}
	}
	return id, end
}

func (t *Trie) step(n int32, r rune) int32 {
	nd := &t.nodes[n]
	if nd.to-nd.from > 16 {
		i, ok := slices.BinarySearch(t.label[nd.from:nd.to], r)
		if !ok {
			return 0
		}
		return t.child[int(nd.from)+i]
	}
	for i := nd.from; i < nd.to; i++ {
		if t.label[i] == r {
			return t.child[i]
		}
	}
	return 0
}
