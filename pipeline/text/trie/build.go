package trie

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

const (
	plane    = 0x10000 // runes of the basic plane have a direct code table
	free     = -1      // check of a free slot
	patience = 64      // failed places before a block of siblings goes to the end
)

// builder lays sibling blocks into free slots, first fit. The free slots are a
// doubly linked list through base (next) and value (previous).
type builder struct {
	t     *Trie
	head  int32 // a dummy: slot 0 is the root and never free
	tail  int32
	codes []int32 // scratch: codes of the block being placed
}

// newBuilder numbers the runes of all keys, the most frequent first: dense
// small codes keep sibling blocks short.
func newBuilder(entries []Entry) *builder {
	count := make([]int32, plane)
	rare := map[rune]int32{}
	for _, e := range entries {
		for _, r := range e.Key {
			if r < plane {
				count[r]++
			} else {
				rare[r]++
			}
		}
	}
	type runeCount struct {
		r rune
		n int32
	}
	var runes []runeCount
	for r, n := range count {
		if n > 0 {
			runes = append(runes, runeCount{rune(r), n})
		}
	}
	for r, n := range rare {
		runes = append(runes, runeCount{r, n})
	}
	slices.SortFunc(runes, func(a, b runeCount) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.r, b.r))
	})
	t := &Trie{codes: make([]uint16, plane), rare: map[rune]int32{}}
	next := int32(1)
	for _, rc := range runes {
		if rc.r < plane {
			t.codes[rc.r] = uint16(next)
		} else {
			t.rare[rc.r] = next
		}
		next++
	}
	return &builder{t: t}
}

func (b *builder) code(r rune) int32 {
	if r < plane {
		return int32(b.t.codes[r])
	}
	return b.t.rare[r]
}

// compare orders keys by their codes.
func (b *builder) compare(x, y string) int {
	for x != "" && y != "" {
		rx, nx := utf8.DecodeRuneInString(x)
		ry, ny := utf8.DecodeRuneInString(y)
		if rx != ry {
			return cmp.Compare(b.code(rx), b.code(ry))
		}
		x, y = x[nx:], y[ny:]
	}
	return cmp.Compare(len(x), len(y))
}

// block is the set of keys below one node, all alike up to byte depth.
type block struct {
	slot   int32
	lo, hi int32 // entries[lo:hi]
	depth  int32 // bytes
}

// layOut places the tree level by level, so that the crowded upper levels
// find room first.
func (b *builder) layOut(entries []Entry) {
	// Room for every node at once, and a little waste: growing in steps would
	// touch several times the memory.
	n := countNodes(entries)
	b.t.nodes = append(make([]node, 0, n+n/16+4096), node{check: 0, value: None})
	b.grow(n / 2)
	queue := []block{{slot: 0, hi: int32(len(entries))}}
	var children []block
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		children = b.children(children[:0], entries, at)
		if len(children) == 0 {
			continue
		}
		base := b.place(b.codes)
		b.t.nodes[at.slot].base = base
		for i := range children {
			c := &children[i]
			c.slot = base + b.codes[i]
			n := node{check: at.slot, value: None}
			if e := entries[c.lo]; int(c.depth) == len(e.Key) {
				n.value, n.weight = e.Value, e.Weight
				c.lo++
			}
			b.t.nodes[c.slot] = n
		}
		queue = append(queue, children...)
	}
}

// countNodes counts the distinct prefixes of the sorted entries.
func countNodes(entries []Entry) int {
	n, last := 1, ""
	for _, e := range entries {
		same := 0
		for same < len(last) && same < len(e.Key) && last[same] == e.Key[same] {
			same++
		}
		for i := range e.Key { // a prefix ends before every rune but the first, and at the end
			if i > same {
				n++
			}
		}
		n++
		last = e.Key
	}
	return n
}

// children groups the entries below at by their next rune and leaves the
// codes in b.codes.
func (b *builder) children(dst []block, entries []Entry, at block) []block {
	b.codes = b.codes[:0]
	for i := at.lo; i < at.hi; {
		r, n := utf8.DecodeRuneInString(entries[i].Key[at.depth:])
		c := block{lo: i, depth: at.depth + int32(n)}
		for i < at.hi {
			if q, _ := utf8.DecodeRuneInString(entries[i].Key[at.depth:]); q != r {
				break
			}
			i++
		}
		c.hi = i
		dst = append(dst, c)
		b.codes = append(b.codes, b.code(r))
	}
	return dst
}

// place finds a base at which all codes (ascending) fall on free slots, and
// takes those.
func (b *builder) place(codes []int32) int32 {
	nodes := b.t.nodes
	first, last := codes[0], codes[len(codes)-1]
	tries := 0
	for slot := b.head; slot != 0; slot = nodes[slot].base {
		base := slot - first
		if base < 0 {
			continue
		}
		if tries++; tries > patience {
			break
		}
		if int(base+last) >= len(nodes) {
			break
		}
		if b.fits(base, codes) {
			return b.take(base, codes)
		}
	}
	base := max(int32(len(nodes))-first, 0)
	b.grow(int(base + last + 1))
	return b.take(base, codes)
}

func (b *builder) fits(base int32, codes []int32) bool {
	for _, c := range codes[1:] {
		if b.t.nodes[base+c].check != free {
			return false
		}
	}
	return true
}

func (b *builder) take(base int32, codes []int32) int32 {
	for _, c := range codes {
		n := b.t.nodes[base+c]
		prev, next := n.value, n.base
		if prev == 0 {
			b.head = next
		} else {
			b.t.nodes[prev].base = next
		}
		if next == 0 {
			b.tail = prev
		} else {
			b.t.nodes[next].value = prev
		}
	}
	return base
}

// grow adds free slots up to size n.
func (b *builder) grow(n int) {
	for len(b.t.nodes) < n {
		slot := int32(len(b.t.nodes))
		b.t.nodes = append(b.t.nodes, node{check: free, value: b.tail})
		if b.tail == 0 {
			b.head = slot
		} else {
			b.t.nodes[b.tail].base = slot
		}
		b.tail = slot
	}
}

// finish turns leftover list links into plain free slots and drops the
// growing slack.
func (b *builder) finish() *Trie {
	for i := range b.t.nodes {
		if n := &b.t.nodes[i]; n.check == free {
			*n = node{check: free, value: None}
		}
	}
	b.t.nodes = slices.Clip(b.t.nodes)
	if len(b.t.rare) == 0 {
		b.t.rare = nil
	}
	return b.t
}
