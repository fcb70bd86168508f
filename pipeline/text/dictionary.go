package text

import (
	"cmp"
	"fmt"
	"io"
	"log"
	"math"
	"runtime/debug"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-ego/gse"

	"fenghuo/pipeline/text/trie"
)

// Word is a dictionary word. Text must be as NormalizeString leaves it.
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
	// gse's load leaves 150 MB of garbage among 150 MB that is soon garbage:
	// collect more often while it runs, and give it all back.
	old := debug.SetGCPercent(loadGCPercent)
	defer debug.FreeOSMemory()
	defer debug.SetGCPercent(old)
	return readBase()
})

const loadGCPercent = 40

// readBase loads gse's simplified dictionary and keeps its words alone: the
// segmenter with its tries and sub-segments (145 MB) is dropped.
func readBase() (*base, error) {
	seg := gse.Segmenter{SkipLog: true, NotLoadHMM: true}
	if err := quietly(func() error { return seg.LoadDictEmbed("zh_s") }); err != nil {
		return nil, fmt.Errorf("load gse's dictionary: %w", err)
	}
	if err := seg.LoadStopEmbed(); err != nil {
		return nil, fmt.Errorf("load gse's stop words: %w", err)
	}
	b := &base{
		words:    make([]Word, len(seg.Dict.Tokens)),
		total:    seg.Dict.TotalFreq(),
		maxAtoms: seg.Dict.MaxTokenLen(),
		stop:     seg.StopWordMap,
	}
	var all strings.Builder
	for i := range seg.Dict.Tokens {
		all.WriteString(seg.Dict.Tokens[i].Text())
	}
	rest := all.String()
	for i := range seg.Dict.Tokens {
		t := &seg.Dict.Tokens[i]
		n := len(t.Text())
		b.words[i] = Word{Text: rest[:n], Freq: t.Freq(), Pos: strings.Clone(t.Pos())}
		rest = rest[n:]
	}
	return b, nil
}

// quietly keeps gse's progress lines out of the process's log.
func quietly(f func() error) error {
	old := log.Writer()
	log.SetOutput(io.Discard)
	defer log.SetOutput(old)
	return f()
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
	if d.trie, err = trie.Build(keys); err != nil {
		return nil, fmt.Errorf("build the dictionary: %w", err)
	}
	return d, nil
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
