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

func pairBit(a, b rune) (word, bit uint32) {
	h := pairHash(a, b) >> 16
	return h / 64, h % 64
}

// A node is a word's beginning. Those of the words that go on from it stand
// side by side in nodes, by their last rune ascending.
type node struct {
	last     rune
	from, to int32 // those that go on from it
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
			t.pairs[word] |= 1 << bit
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
		t.nodes[n].from = int32(len(t.nodes))
		for i := s.from; i < s.to; {
			r := entries[i].runes[s.depth]
			j := i + 1
			for j < s.to && entries[j].runes[s.depth] == r {
				j++
			}
			t.nodes = append(t.nodes, node{last: r, word: -1})
			queue = append(queue, span{i, j, s.depth + 1})
			i = j
		}
		t.nodes[n].to = int32(len(t.nodes))
	}
	t.index()
	return t
}

// index makes the tables of the words' beginnings.
func (t *Trie) index() {
	lones, seconds := 0, 0
	for _, first := range t.after(0) {
		if first.word >= 0 {
			lones++
		}
		seconds += int(first.to - first.from)
	}
	t.lones = make([]lone, 1<<bits.Len(uint(2*lones)))
	t.seconds = make([]second, 1<<bits.Len(uint(2*seconds)))
	for i, first := range t.after(0) {
		if first.word >= 0 {
			*t.lone(first.last) = lone{first.last, first.word + 1}
		}
		for k, both := range t.after(t.nodes[0].from + int32(i)) {
			node := first.from + int32(k)
			s := second{key: pairKey(first.last, both.last), word: both.word, node: node}
			for _, n := range t.after(node) {
				s.key |= goesOn(n.last)
			}
			*t.second(first.last, both.last) = s
		}
	}
}

// after are the nodes that go on from one.
func (t *Trie) after(n int32) []node { return t.nodes[t.nodes[n].from:t.nodes[n].to] }

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

// Watch makes Places return the places of runes, too, that begin no word. It
// must not be called while the trie is in use.
func (t *Trie) Watch(runes ...rune) {
	for _, r := range runes {
		t.ones[uint16(r)/64] |= 1 << (uint16(r) % 64)
	}
}

// Batch is how many places of a text Places looks at.
const Batch = 256

// Places gives those of runes[from:from+Batch] at which a word may begin, as
// distances from from; at all others surely none does. Its loop is without a
// guess of the processor.
func (t *Trie) Places(runes []rune, from int, room *[Batch]uint8) []uint8 {
	runes = runes[from:]
	a, n := runes[0], uint(0)
	for i, b := range runes[1:min(Batch+1, len(runes))] {
		word, bit := pairBit(a, b)
		room[n%Batch] = uint8(i)
		n += uint(t.pairs[word]>>(bit%64)|t.ones[uint16(a)/64]>>(uint16(a)%64)) & 1
		a = b
	}
	if len(runes) <= Batch {
		room[n%Batch] = uint8(len(runes) - 1)
		n += uint(t.ones[uint16(a)/64]>>(uint16(a)%64)) & 1
	}
	return room[:n]
}

// Longest returns the longest word that begins at runes[at] and where it ends.
// The id is -1 when none does.
func (t *Trie) Longest(runes []rune, at int) (id int32, end int) {
	a := runes[at]
	if at+1 < len(runes) {
		b := runes[at+1]
		if word, bit := pairBit(a, b); t.pairs[word]>>bit&1 != 0 {
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
	nodes := t.after(n)
	if len(nodes) > 16 {
		i, ok := slices.BinarySearchFunc(nodes, r, func(n node, r rune) int { return cmp.Compare(n.last, r) })
		if !ok {
			return 0
		}
		return t.nodes[n].from + int32(i)
	}
	for i := range nodes {
		if nodes[i].last == r {
			return t.nodes[n].from + int32(i)
		}
	}
	return 0
}
