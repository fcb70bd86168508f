package text

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
	_ "unsafe" // for linkname

	"github.com/go-ego/gse"

	"fenghuo/pipeline/text/trie"
)

// Word is a dictionary word. Text must be as Normalize leaves it.
type Word struct {
	Text string
	Freq float64 // 0 = the dictionary's, or defaultFreq for a new word
	Pos  string  // part of speech; "" = the dictionary's, or n
}

// defaultFreq is a new word's frequency: enough to win over the single
// characters it is made of, too little to break a common word (完美|的, not
// 完|美的).
const defaultFreq = 20

// minFreq is gse's: rarer words are left out.
const minFreq = 2

// NoWord is the ID of a token that is not in the dictionary.
const NoWord = trie.None

// dictionary is an immutable set of words. The trie's values are indices of
// entries: what is said of words is the same of many, and so stays near.
type dictionary struct {
	trie     *trie.Trie
	known    []entry // what is said of no word, and then the entries
	entries  []entry
	maxAtoms int
}

// entry is what is said of a word. The distance is that of gse's shortest
// path: log2(total frequency / frequency).
type entry struct {
	distance float32
	pos      byte // first letter of the part of speech: n noun, v verb, a adjective ...
	stop     bool
}

// base is gse's own dictionary, read once per process.
type base struct {
	words    []Word
	total    float64
	maxAtoms int
	stop     map[string]bool
}

var loadBase = sync.OnceValues(func() (*base, error) {
	defer debug.FreeOSMemory() // what reading leaves is not needed again
	return readBase()
})

// zhS is gse's simplified dictionary, a line a word: text, frequency, part of
// speech. gse exports it only by loading it, which also cuts every word into
// shorter ones for search engines: two seconds and 150 MB for what is never
// asked here.
//
//go:linkname zhS github.com/go-ego/gse.zhS
var zhS string

// readBase reads the words of gse's simplified dictionary as LoadDictEmbed
// does: by gse's rules for frequencies, in lower case, the first of equal words.
func readBase() (*base, error) {
	seg := gse.Segmenter{SkipLog: true, NotLoadHMM: true}
	seg.Init()
	if err := seg.LoadStopEmbed(); err != nil {
		return nil, fmt.Errorf("load gse's stop words: %w", err)
	}
	b := &base{stop: seg.StopWordMap, words: make([]Word, 0, strings.Count(zhS, "\n")+1)}
	met := make(map[string]bool, cap(b.words))
	for line := range strings.Lines(zhS) {
		var f [3]string
		n := fields(line, &f)
		freq := seg.Size(n, f[0], f[1])
		word := strings.ToLower(f[0])
		if freq == 0 || met[word] {
			continue
		}
		met[word] = true
		b.words = append(b.words, Word{Text: word, Freq: freq, Pos: f[2]})
		b.total += freq
		b.maxAtoms = max(b.maxAtoms, atoms(word))
	}
	if len(b.words) == 0 {
		return nil, errors.New("gse's dictionary is empty: built without its data (tag ne)?")
	}
	return b, nil
}

// fields splits a line at its spaces and returns how many parts it has.
func fields(line string, f *[3]string) (n int) {
	for ok := true; ok; n++ {
		var part string
		if part, line, ok = strings.Cut(line, " "); n < len(f) {
			f[n] = strings.TrimSpace(part)
		}
	}
	return n
}

// newDictionary merges user words into gse's, as gse does when it loads them
// first: a user word replaces the dictionary's, and every distance is measured
// against the new total.
func newDictionary(b *base, user []Word) (*dictionary, error) {
	override, added, err := mergeUser(b, user)
	if err != nil {
		return nil, err
	}
	d := &dictionary{maxAtoms: b.maxAtoms}
	total := b.total
	for i, w := range override {
		total += w.Freq - b.words[i].Freq
	}
	for _, w := range added {
		total += w.Freq
		d.maxAtoms = max(d.maxAtoms, atoms(w.Text))
	}
	logTotal := float32(math.Log2(total))
	keys := make([]trie.Entry, 0, len(b.words)+len(added))
	index := map[entry]int32{}
	distance := map[float64]float32{}
	add := func(w Word) {
		e := entry{stop: b.stop[w.Text]}
		var ok bool
		if e.distance, ok = distance[w.Freq]; !ok {
			e.distance = logTotal - float32(math.Log2(w.Freq))
			distance[w.Freq] = e.distance
		}
		if w.Pos != "" {
			e.pos = w.Pos[0]
		}
		i, ok := index[e]
		if !ok {
			i = int32(len(d.entries))
			index[e] = i
			d.entries = append(d.entries, e)
		}
		keys = append(keys, trie.Entry{Key: w.Text, Value: i})
	}
	for i, w := range b.words {
		if o, ok := override[int32(i)]; ok {
			w = o
		}
		add(w)
	}
	for _, w := range added {
		add(w)
	}
	d.byFrequency(keys)
	if d.trie, err = trie.Build(keys); err != nil {
		return nil, fmt.Errorf("build the dictionary: %w", err)
	}
	return d, nil
}

// byFrequency sorts the entries: what is said of common words fills few lines
// of the processor's cache.
func (d *dictionary) byFrequency(keys []trie.Entry) {
	order := make([]int32, len(d.entries))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(d.entries[a].distance, d.entries[b].distance) })
	known, place := make([]entry, 1+len(order)), make([]int32, len(order))
	known[0].distance = unknownDistance
	for to, from := range order {
		known[1+to], place[from] = d.entries[from], int32(to)
	}
	d.known, d.entries = known, known[1:]
	for i := range keys {
		keys[i].Value = place[keys[i].Value]
	}
}

// mergeUser sorts the user's words into those the dictionary has and new ones.
// The first of equal words counts.
func mergeUser(b *base, user []Word) (override map[int32]Word, added []Word, err error) {
	mine := make(map[string]Word, len(user))
	for _, w := range user {
		if w.Text == "" || strings.ContainsAny(w.Text, " \n") || !utf8.ValidString(w.Text) {
			return nil, nil, fmt.Errorf("user word %q: empty, with a space or not UTF-8", w.Text)
		}
		if w.Freq != 0 && w.Freq < minFreq {
			return nil, nil, fmt.Errorf("user word %q: frequency %v is below %v", w.Text, w.Freq, minFreq)
		}
		if _, ok := mine[w.Text]; !ok {
			mine[w.Text] = w
		}
	}
	override = map[int32]Word{}
	if len(mine) > 0 {
		for i, known := range b.words {
			if w, ok := mine[known.Text]; ok {
				override[int32(i)] = completed(w, known)
				delete(mine, known.Text)
			}
		}
	}
	for _, w := range user { // in their order, so that ids do not depend on a map's
		if w, ok := mine[w.Text]; ok {
			added = append(added, completed(w, Word{Freq: defaultFreq, Pos: "n"}))
			delete(mine, w.Text)
		}
	}
	return override, added, nil
}

// completed fills what w leaves out from known.
func completed(w, known Word) Word {
	w.Freq = cmp.Or(w.Freq, known.Freq)
	w.Pos = cmp.Or(w.Pos, known.Pos)
	if utf8.RuneCountInString(w.Text) < 2 {
		w.Freq = minFreq // gse's rule for single characters
	}
	return w
}

// atoms counts what gse counts as a word's length: runs of alphanumerics and
// single other runes.
func atoms(s string) int {
	n, in := 0, false
	for _, r := range s {
		alnum := kindOf(r) == Alnum
		if !alnum || !in {
			n++
		}
		in = alnum
	}
	return n
}
