package text

import (
	"sync/atomic"

	"fenghuo/pipeline/text/trie"
)

// unknownDistance is gse's length of a step over an atom that begins no word
// of its own.
const unknownDistance = 32

// Tokenizer prepares texts: normalised, language told, cut into tokens. It is
// safe for concurrent use, each goroutine with its own Doc.
type Tokenizer struct {
	charset *charset
	base    *base
	dict    atomic.Pointer[dictionary]
}

// NewTokenizer loads gse's dictionary with userWords in front. The first call
// of a process takes gse's loading time, about 1.5 s; later ones a third.
func NewTokenizer(userWords []Word) (*Tokenizer, error) {
	c, err := loadCharset()
	if err != nil {
		return nil, err
	}
	b, err := loadBase()
	if err != nil {
		return nil, err
	}
	t := &Tokenizer{charset: c, base: b}
	if err := t.SetWords(userWords); err != nil {
		return nil, err
	}
	return t, nil
}

// SetWords replaces the user's words. Calls of Prepare that run meanwhile go
// on with the old ones; none waits.
func (t *Tokenizer) SetWords(userWords []Word) error {
	d, err := newDictionary(t.base, userWords)
	if err != nil {
		return err
	}
	t.dict.Store(d)
	return nil
}

// Prepare fills d from raw. A warm d costs no allocation.
func (t *Tokenizer) Prepare(d *Doc, raw string) {
	n := normalizer{charset: t.charset, d: d}
	n.run(raw)
	d.dict = t.dict.Load()
	t.segment(d)
}

// hop is the shortest way to the end of an atom: gse's jumper.
type hop struct {
	distance float32 // 0 = no way yet
	from     int32   // rune index where the last token begins
	id       int32
}

// segment cuts d.Runes along the shortest path, with gse's Segment's order of
// tries and its rounding, so that the tokens are the same. Positions are
// runes; the inside of an alphanumeric run is never one.
func (t *Tokenizer) segment(d *Doc) {
	runes, dict, kind := d.Runes, d.dict, &t.charset.kind
	if cap(d.hops) <= len(runes) {
		d.hops = make([]hop, len(runes)+len(runes)/4+64)
	}
	hops := d.hops[:len(runes)+1] // hops[i] ends before rune i
	clear(hops)
	tr, maxAtoms := dict.trie, dict.maxAtoms
	for i := 0; i < len(runes); {
		distance := hops[i].distance
		var ok bool
		state := trie.Root
		j, atom := i, 0
		first, known := 0, false // end of the first atom; it is a word itself
		for ; j < len(runes) && atom < maxAtoms; atom++ {
			r := runes[j]
			j++
			if state, ok = tr.Step(state, r); ok && uint32(r) < 0x800 && kind[r] == Alnum {
				for j < len(runes) && uint32(runes[j]) < 0x800 && kind[runes[j]] == Alnum {
					if state, ok = tr.Step(state, runes[j]); !ok {
						break
					}
					j++
				}
			}
			if !ok {
				break
			}
			if id, weight := tr.Value(state); id != NoWord {
				hops[j].reach(distance+weight, i, id)
				known = known || atom == 0
			}
			if atom == 0 {
				first = j
			}
		}
		if first == 0 {
			first = atomEnd(runes, i, kind)
		}
		if !known {
			hops[first].reach(distance+unknownDistance, i, NoWord)
		}
		i = first
	}
	d.collect(hops)
}

func (h *hop) reach(distance float32, from int, id int32) {
	if h.distance == 0 || h.distance > distance {
		*h = hop{distance: distance, from: int32(from), id: id}
	}
}

func atomEnd(runes []rune, i int, kind *[plane]Kind) int {
	alnum := func(r rune) bool { return uint32(r) < 0x800 && kind[r] == Alnum }
	if !alnum(runes[i]) {
		return i + 1
	}
	for i < len(runes) && alnum(runes[i]) {
		i++
	}
	return i
}

// collect reads the path from its end.
func (d *Doc) collect(hops []hop) {
	n := 0
	for i := len(hops) - 1; i > 0; i = int(hops[i].from) {
		n++
	}
	if cap(d.Tokens) < n {
		d.Tokens = make([]Token, n, n+n/4+16)
	}
	d.Tokens = d.Tokens[:n]
	for i := len(hops) - 1; i > 0; i = int(hops[i].from) {
		n--
		d.Tokens[n] = Token{Start: hops[i].from, End: int32(i), ID: hops[i].id}
	}
}
