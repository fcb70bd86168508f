package trie

// Beginnings says of every place of a text which prefixes of two and of three
// runes stand there, where those are of the basic plane; else what it says means
// nothing. It is Step from there, faster because the look-ups of many places wait
// for memory together. It is also their scratch and is used again.
type Beginnings struct {
	At []Beginning // by place

	n      int              // look-ups under way; of each,
	at     [together]uint8  // its place,
	hashes [together]uint64 // the hash of the prefix
	states [together]State  // and its state
	near   uint64           // keeps touch from being left out
}

// Beginning is what stands at a place.
type Beginning struct{ Two, Three Prefix }

// Prefix is where a prefix leads and the value of the key that it is, or None. Where
// no key begins so the state is Root, and the value means nothing.
type Prefix struct {
	State State
	Value int32
}

// together is how many look-ups wait for memory together.
const together = 64

// Find fills b for a text.
func (b *Beginnings) Find(t *Trie, runes []rune) {
	if cap(b.At) < len(runes) {
		b.At = make([]Beginning, len(runes)+len(runes)/4+together)
	}
	b.At = b.At[:len(runes)]
	clear(b.At)
	for from := 0; from+1 < len(runes); from += together {
		b.hash(t, runes[from:])
		b.twos(t)
		b.check(t, b.At[from:], false)
		b.threes(t, runes[from:])
		b.check(t, b.At[from:], true)
	}
}

// hash hashes the prefixes of two runes, and asks for the slots of single ones. Its
// loop and that of twos fit the registers, and have no guess of the processor.
func (b *Beginnings) hash(t *Trie, runes []rune) {
	w, ones, near := t.spread, t.ones, uint64(0)
	r, others := runes[0], runes[1:]
	others = others[:min(together, len(others))]
	for i, u := range others {
		b.hashes[i] = w.hash(State(r), uint16(u))
		near += ones[uint16(r)]
		r = u
	}
	b.n, b.near = len(others), near
}

// twos keeps those prefixes of two runes that there may be.
func (b *Beginnings) twos(t *Trie) {
	twos, n := t.twos, uint(0)
	for i, h := range b.hashes[:b.n] {
		b.at[n%together], b.hashes[n%together] = uint8(i), h
		n += uint(twos[h>>restBits/64]>>(h>>restBits%64)) & 1
	}
	b.n = int(n)
}

// threes goes on to prefixes of three runes where there are ones of two.
func (b *Beginnings) threes(t *Trie, runes []rune) {
	w, slots, n := t.spread, t.slots, uint(0)
	for k, s := range b.states[:b.n] {
		at := b.at[k]
		if int(at)+2 >= len(runes) {
			break
		}
		u := runes[at+2]
		b.at[n%together], b.hashes[n%together] = at, w.hash(s, uint16(u))
		n += uint(slots[s]>>followAt(uint16(u))) & 1
	}
	b.n = int(n)
}

// check keeps the look-ups that find a prefix, with their states, and puts what
// they find in their places.
func (b *Beginnings) check(t *Trie, places []Beginning, three bool) {
	slots, near := t.slots[units:], uint64(0)
	for _, h := range b.hashes[:b.n] { // so short that it asks for the slots of many at once
		near += slots[h>>restBits]
	}
	b.near += near
	n := uint(0)
	for k, h := range b.hashes[:b.n] {
		slot, s := slots[h>>restBits], Root
		if slot&nameMask == name(0, h) {
			s = State(units + h>>restBits)
		}
		if slot>>spillAt&1 != 0 && s == Root {
			s, slot = t.beyond(h)
		}
		at := b.at[k]
		if p := (Prefix{s, valueOf(slot)}); three {
			places[at].Three = p
		} else {
			places[at].Two = p
		}
		b.at[n%together], b.states[n%together] = at, s
		if s != Root {
			n++
		}
	}
	b.n = int(n)
}

// beyond is the state of a prefix that is not at home, and its slot.
func (t *Trie) beyond(hash uint64) (State, uint64) {
	s, _ := t.far(split(hash))
	return s, t.slots[s]
}
