package analyzer

import (
	"sync"
	_ "unsafe" // for linkname

	"github.com/go-ego/gse/hmm"
)

// maxUnknown is how many runes a run may have that is cut into new words: a
// longer one is no writing with words in it.
const maxUnknown = 8

// Whether a character begins a word, stands inside it, ends it or is one
// itself, in the order by which gse prefers one of equally likely ones.
const (
	atBegin = iota
	atEnd
	inside
	alone
	placings
)

// probEmit has the logarithm of how likely a character is where words begin
// (B), in them (M), where they end (E) and as one (S). gse exports it only by
// Viterbi, which makes a score of maps for every run.
//
//go:linkname probEmit github.com/go-ego/gse/hmm.probEmit
var probEmit map[byte]map[rune]float64

// What gse adds for a word's first character and from one to the next, and
// for what it takes for impossible.
const (
	startBegins   = -0.26268660809250016
	startAlone    = -1.4652633398537678
	beginsEnds    = -0.510825623765990
	beginsInside  = -0.916290731874155
	endsBegins    = -0.5897149736854513
	endsAlone     = -0.8085250474669937
	insideEnds    = -0.33344856811948514
	insideInside  = -1.2603623820268226
	aloneBegins   = -0.7211965654669841
	aloneAlone    = -0.6658631448798212
	neverExpected = -3.14e100
)

// emissions are probEmit's by ideograph, in the order of placings.
var emissions = sync.OnceValue(func() [][placings]float64 {
	hmm.LoadModel()
	table := make([][placings]float64, lastIdeograph-firstIdeograph+1)
	for placing, state := range [placings]byte{'B', 'E', 'M', 'S'} {
		for i := range table {
			p, ok := probEmit[state][rune(firstIdeograph+i)]
			if !ok {
				p = neverExpected
			}
			table[i][placing] = p
		}
	}
	return table
})

// way is the likeliest way to place the characters so far.
type way struct {
	odds float64 // logarithm
	ends uint8   // a bit for each rune at which a word ends
}

// or is the likelier way: w of equal ones, as gse prefers the later placing.
func (w way) or(o way) way {
	if o.odds > w.odds {
		return o
	}
	return w
}

// on goes on to a character.
func (w way) on(step, emission float64) way { return way{w.odds + step + emission, w.ends} }

// cutUnknown finds words that the dictionary does not have in a run of
// ideographs, as gse's hidden Markov model has them. It returns a bit for each
// rune at which a word ends; a run longer than maxUnknown has none.
func cutUnknown(run []rune) uint8 {
	if len(run) > maxUnknown {
		return 0
	}
	table := emissions()
	e := &table[run[0]-firstIdeograph]
	b, n, m, a := way{e[atBegin] + startBegins, 0}, way{e[atEnd] + neverExpected, 1}, way{e[inside] + neverExpected, 0}, way{e[alone] + startAlone, 1}
	for i, r := range run[1:] {
		e, end := &table[r-firstIdeograph], uint8(2)<<i
		b, n, m, a = a.on(aloneBegins, e[atBegin]).or(n.on(endsBegins, e[atBegin])),
			m.on(insideEnds, e[atEnd]).or(b.on(beginsEnds, e[atEnd])),
			m.on(insideInside, e[inside]).or(b.on(beginsInside, e[inside])),
			a.on(aloneAlone, e[alone]).or(n.on(endsAlone, e[alone]))
		n.ends |= end
		a.ends |= end
	}
	return a.or(n).ends | 1<<(len(run)-1)
}
