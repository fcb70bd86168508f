package trie

// Beginnings says of every place of a text which prefixes of two and of three
// runes stand there, where those are of the basic plane; else what it says means
// nothing. It is Step from there, faster because the look-ups of many places wait
// for memory together. It is also their scratch and is used again.
type Beginnings struct {
	Two, Three []State // by place; Root where no key begins so

	n      int              // look-ups under way; of each,
	at     [together]uint8  // its place,
	hashes [together]uint64 // the hash of the prefix
	states [together]State  // and its state
	near   uint64           // keeps touch from being left out
}

// together is how many look-ups wait for memory together.
const together = 64

// Find fills b for a text.
func (b *Beginnings) Find(t *Trie, runes []rune) {
	if cap(b.Two) < len(runes) {
		room := len(runes) + len(runes)/4 + together
		b.Two, b.Three = make([]State, room), make([]State, room)
	}
	b.Two, b.Three = b.Two[:len(runes)], b.Three[:len(runes)]
	clear(b.Two)
	clear(b.Three)
	for from := 0; from+1 < len(runes); from += together {
		b.twos(t, runes[from:], b.Two[from:])
		b.threes(t, runes[from:], b.Three[from:])
	}
}

// twos finds prefixes of two runes. Its first loop is short and without a guess
// of the processor; it asks for the slots of single runes, too.
func (b *Beginnings) twos(t *Trie, runes []rune, two []State) {
	r, n, near := runes[0], uint(0), uint64(0)
	for i, u := range runes[1:min(together+1, len(runes))] {
		h := t.hash(State(r), uint16(u))
		near += t.slots[uint16(r)]
		b.at[n%together], b.hashes[n%together] = uint8(i), h
		n += uint(t.twos[h>>restBits/64]>>(h>>restBits%64)) & 1
		r = u
	}
	b.n, b.near = int(n), near
	b.check(t, two)
}

// threes finds prefixes of three runes where twos found those of two.
func (b *Beginnings) threes(t *Trie, runes []rune, three []State) {
	n := uint(0)
	for k, s := range b.states[:b.n] {
		at := b.at[k]
		if int(at)+2 >= len(runes) {
			break
		}
		u := runes[at+2]
		b.at[n%together], b.hashes[n%together] = at, t.hash(s, uint16(u))
		n += uint(t.slots[s]>>followAt(uint16(u))) & 1
	}
	b.n = int(n)
	b.check(t, three)
}

// check keeps the look-ups that find a prefix, with their states, which it puts
// in their places.
func (b *Beginnings) check(t *Trie, places []State) {
	near := uint64(0)
	for _, h := range b.hashes[:b.n] { // so short that it asks for the slots of many at once
		near += t.slots[units+h>>restBits]
	}
	b.near += near
	n := uint(0)
	for k, h := range b.hashes[:b.n] {
		home, rest := split(h)
		slot := t.slots[units+home]
		s := Root
		if slot&nameMask == name(0, rest) {
			s = State(units + home)
		}
		if slot>>spillAt&1 != 0 && s == Root {
			s, _ = t.far(home, rest)
		}
		at := b.at[k]
		places[at] = s
		b.at[n%together], b.states[n%together] = at, s
		if s != Root {
			n++
		}
	}
	b.n = int(n)
}
