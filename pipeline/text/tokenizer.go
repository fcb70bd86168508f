package text

import (
	"math"
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

// NewTokenizer loads gse's dictionary with userWords in front: a few tenths of
// a second, the first call of a process the longest.
func NewTokenizer(userWords []Word) (*Tokenizer, error) {
	go func() { _, _ = loadCharset() }() // meanwhile; an error comes again below
	b, err := loadBase()
	if err != nil {
		return nil, err
	}
	c, err := loadCharset()
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
	runes := d.Runes
	if cap(d.hops) <= len(runes) {
		d.hops = make([]hop, len(runes)+len(runes)/4+64)
	}
	hops := d.hops[:len(runes)+1] // hops[i] ends before rune i
	clear(hops)
	d.words.Find(d.dict.trie, runes)
	s := path{runes: runes, hops: hops, dict: d.dict, kind: &t.charset.kind}
	begin, words, known := d.words.At, d.dict.trie, d.dict.known
	odd := s.nextOdd(0)
	for i := 0; i < len(runes); i++ {
		if i+1 >= odd {
			for i = s.anyAtoms(i); odd < i; odd = s.nextOdd(i) {
			}
			i--
			continue
		}
		way, one := hops[i].distance, words.One(runes[i])
		hops[i+1].reach(way+known[1+one].distance, i, one)
		two := begin[i].Two
		if two.State == trie.Root {
			continue
		}
		if two.Value >= 0 {
			hops[i+2].reach(way+known[1+two.Value].distance, i, two.Value)
		}
		if i+2 == odd {
			s.longer(i, i+2, two.State)
		} else if three := begin[i].Three; three.State != trie.Root {
			if three.Value >= 0 {
				hops[i+3].reach(way+known[1+three.Value].distance, i, three.Value)
			}
			s.longer(i, i+3, three.State)
		}
	}
	d.collect(hops)
}

// path is the search for the shortest path through a text.
type path struct {
	runes []rune
	hops  []hop
	dict  *dictionary
	kind  *[plane]Kind
}

// nextOdd is the next place, from one on, at which there is no atom of one rune of
// the basic plane; beyond all words where there is none.
func (s *path) nextOdd(from int) int {
	for i, r := range s.runes[from:] {
		if r := uint32(r); r-0x800 >= plane-0x800 && (r >= plane || s.kind[r] == Alnum) {
			return from + i
		}
	}
	return math.MaxInt
}

func (s *path) alnum(i int) bool {
	r := s.runes[i]
	return uint32(r) < 0x800 && s.kind[r] == Alnum
}

// word reaches the end of runes[from:end], if that is a word.
func (s *path) word(from, end int, state trie.State) bool {
	entry := s.dict.trie.Value(state)
	if entry < 0 {
		return false
	}
	s.hops[end].reach(s.hops[from].distance+s.dict.entries[entry].distance, from, entry)
	return true
}

// longer reaches the ends of the words that begin with runes[from:j], at state,
// and go on.
func (s *path) longer(from, j int, state trie.State) {
	var ok bool
	for atom := 2; j < len(s.runes) && atom < s.dict.maxAtoms; atom++ {
		if state, j, ok = s.atom(state, j); !ok {
			return
		}
		s.word(from, j, state)
	}
}

// atom steps over the atom at runes[j].
func (s *path) atom(state trie.State, j int) (trie.State, int, bool) {
	alnum := s.alnum(j)
	state, ok := s.dict.trie.Step(state, s.runes[j])
	for j++; ok && alnum && j < len(s.runes) && s.alnum(j); j++ {
		state, ok = s.dict.trie.Step(state, s.runes[j])
	}
	return state, j, ok
}

// anyAtoms reaches the ends of the words that begin at i, where one of the
// first two atoms is no single rune of the basic plane, and returns where the
// first atom ends.
func (s *path) anyAtoms(i int) int {
	first := s.atomEnd(i)
	known := false
	if state, j, ok := s.atom(trie.Root, i); ok {
		known = s.word(i, j, state)
		if j < len(s.runes) && s.dict.maxAtoms > 1 {
			if state, j, ok = s.atom(state, j); ok {
				s.word(i, j, state)
				s.longer(i, j, state)
			}
		}
	}
	if !known {
		s.hops[first].reach(s.hops[i].distance+unknownDistance, i, NoWord)
	}
	return first
}

func (h *hop) reach(distance float32, from int, id int32) {
	if h.distance == 0 || h.distance > distance {
		*h = hop{distance: distance, from: int32(from), id: id}
	}
}

func (s *path) atomEnd(i int) int {
	if !s.alnum(i) {
		return i + 1
	}
	for i < len(s.runes) && s.alnum(i) {
		i++
	}
	return i
}

// collect reads the path from its end.
func (d *Doc) collect(hops []hop) {
	if cap(d.room) < len(hops) {
		d.room = make([]Token, cap(d.hops))
	}
	room := d.room[:len(hops)]
	first := len(room)
	for i := len(hops) - 1; i > 0; i = int(hops[i].from) {
		first--
		room[first] = Token{Start: hops[i].from, End: int32(i), ID: hops[i].id}
	}
	d.Tokens = room[first:]
}
