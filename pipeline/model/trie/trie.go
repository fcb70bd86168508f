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
	first   []int32 // node of a first rune below len(first), 0 = none
	nodes   []node
	label   []rune // of a node's children, ascending
	child   []int32
	pairs   [pairBits / 64]uint64 // filter of the first two runes of longer words
	ones    [pairBits / 64]uint64 // the runes that are words, by their lower half
	seconds []second              // nodes of two runes, by their hash
}

// second is the node of two runes, 0 = a free place.
type second struct {
	a, b rune
	node int32
}

// pairBits keeps a filter in the nearest cache. Most places of a text begin
// with a rune that begins some word, but with no word's first two.
const pairBits = 1 << 16

func pairHash(a, b rune) uint32 { return (uint32(a)*0x9E3779B1 ^ uint32(b)) * 0x85EBCA6B }

func pairBit(a, b rune) (word uint32, bit uint64) {
	h := pairHash(a, b) >> 16
	return h / 64, 1 << (h % 64)
}

type node struct {
	from, to int32 // children in label and child
	word     int32 // index of the word that ends here, -1 = none
}

const firstRunes = 1 << 16 // first runes beyond the basic plane go through the root's children

// Build makes a trie of words; a word's id is its index. Of equal words the
// last one counts, empty words are left out.
func Build(words []string) *Trie {
	type entry struct {
		runes []rune
		id    int32
	}
	entries := make([]entry, 0, len(words))
	t := &Trie{first: make([]int32, firstRunes)}
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
			if n == 0 && r < firstRunes {
				t.first[r] = id
			}
			i = j
		}
		t.nodes[n].to = int32(len(t.label))
	}
	t.indexSeconds()
	return t
}

func (t *Trie) indexSeconds() {
	root, n := t.nodes[0], 0
	for i := root.from; i < root.to; i++ {
		n += int(t.nodes[t.child[i]].to - t.nodes[t.child[i]].from)
	}
	t.seconds = make([]second, 1<<bits.Len(uint(2*n)))
	for i := root.from; i < root.to; i++ {
		first := t.nodes[t.child[i]]
		for k := first.from; k < first.to; k++ {
			*t.second(t.label[i], t.label[k]) = second{a: t.label[i], b: t.label[k], node: t.child[k]}
		}
	}
}

// second is the place of two runes: theirs or a free one.
func (t *Trie) second(a, b rune) *second {
	mask := uint32(len(t.seconds) - 1)
	for i := pairHash(a, b) >> 8; ; i++ {
		if s := &t.seconds[i&mask]; s.node == 0 || s.a == a && s.b == b {
			return s
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
	next := rune(-1)
	if at+1 < len(runes) {
		next = runes[at+1]
	}
	if !t.Begins(runes[at], next) {
		return -1, at
	}
	id, end = -1, at
	n := t.second(runes[at], next).node
	for i := at + 2; n != 0; i++ {
		if w := t.nodes[n].word; w >= 0 {
			id, end = w, i
		}
		if i == len(runes) {
			break
		}
		n = t.step(n, runes[i])
	}
	if id < 0 {
		if n := t.root(runes[at]); n != 0 && t.nodes[n].word >= 0 {
			return t.nodes[n].word, at + 1
		}
	}
	return id, end
}

func (t *Trie) root(r rune) int32 {
	if r >= 0 && r < firstRunes {
		return t.first[r]
	}
	return t.step(0, r)
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
