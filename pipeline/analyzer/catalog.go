package analyzer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/text"
	"fenghuo/pipeline/text/trie"
)

// catalog is an immutable set of brands, ready to be searched for: one trie
// over every alias and every word that tells an ambiguous alias's sense.
type catalog struct {
	brands   []brand
	trie     *trie.Trie
	patterns []pattern // by the trie's value
	guards   []guard
	fields   map[string]name  // what a post's brand field may say
	skus     map[skuKey]int32 // what a post's sku field may say under a brand
	orphans  map[string]name  // the same without a brand, where only one brand has it
	aliases  []string         // every alias, sorted
}

type brand struct {
	id       string
	category string
	skus     []string // ids
}

// rivals reports that two brands are in one category: whoever names one beside
// the other means the brand.
func (c *catalog) rivals(a, b int32) bool {
	return c.brands[a].category != "" && c.brands[a].category == c.brands[b].category
}

type skuKey struct {
	brand int32
	text  string
}

// name is what an alias stands for.
type name struct {
	brand int32
	sku   int32 // -1 = the brand itself
	guard int32 // index of the guard that must agree, -1 = unambiguous
}

// pattern is one text in the trie: an alias of brands, a hint, or both.
type pattern struct {
	names []name
	hints []hint
	edge  edges
}

// hint is a word for or against a guard's sense.
type hint struct {
	guard   int32
	against bool
}

// guard decides an ambiguous alias by the words around it.
type guard struct {
	brand int32
	needs bool // there are words for it, so at least one must be near
}

// edges says what must not surround an alias.
type edges uint8

const (
	leftLatin  edges = 1 << iota // begins with a Latin letter or digit
	rightLatin                   // ends with a letter
	rightDigit                   // ends with a digit
	shortHan                     // one or two ideographs: only as whole tokens
)

const noSKU = -1

// minJoined is the least length of an alias of several words that is also
// searched for without its spaces.
const minJoined = 6

// newCatalog compiles brands.
func newCatalog(brands []config.Brand) (*catalog, error) {
	b := &catalogBuilder{
		catalog: &catalog{
			fields:  map[string]name{},
			skus:    map[skuKey]int32{},
			orphans: map[string]name{},
		},
		index: map[string]int32{},
	}
	for i := range brands {
		if err := b.addBrand(int32(i), &brands[i]); err != nil {
			return nil, err
		}
	}
	return b.finish()
}

type catalogBuilder struct {
	*catalog
	index map[string]int32 // pattern by text
	doc   text.Doc
}

// alias is a name of a brand or SKU in normalised form.
type alias struct {
	text string
	sku  int32
}

func (b *catalogBuilder) addBrand(i int32, c *config.Brand) error {
	br := brand{id: c.ID, category: c.Category}
	var aliases []alias
	add := func(raw string, sku int32) error {
		s, err := b.normal(raw)
		if err != nil || s == "" {
			return err
		}
		aliases = append(aliases, alias{s, sku})
		if joined := strings.ReplaceAll(s, " ", ""); joined != s && len(joined) >= minJoined {
			aliases = append(aliases, alias{joined, sku}) // as handles and topics write it
		}
		return nil
	}
	for _, raw := range append([]string{c.Name}, c.Aliases...) {
		if err := add(raw, noSKU); err != nil {
			return err
		}
		b.field(raw, name{brand: i, sku: noSKU})
	}
	b.field(c.ID, name{brand: i, sku: noSKU})
	for k := range c.SKUs {
		sku := &c.SKUs[k]
		br.skus = append(br.skus, sku.ID)
		for _, raw := range append([]string{sku.Name}, sku.Aliases...) {
			if err := add(raw, int32(k)); err != nil {
				return err
			}
			b.skuField(raw, name{brand: i, sku: int32(k)})
		}
		b.skuField(sku.ID, name{brand: i, sku: int32(k)})
	}
	b.brands = append(b.brands, br)
	return b.addAliases(i, c, aliases)
}

// addAliases puts a brand's aliases and the hints of its guards in the trie.
func (b *catalogBuilder) addAliases(i int32, c *config.Brand, aliases []alias) error {
	own := int32(-1) // the guard of the config's words
	if len(c.Context)+len(c.Exclude) > 0 {
		own = b.guard(i, len(c.Context) > 0)
		if err := b.hints(own, c.Context, c.Exclude); err != nil {
			return err
		}
	}
	anyAmbiguous := slices.ContainsFunc(aliases, func(a alias) bool { return ambiguous(a.text) })
	for _, a := range aliases {
		g := int32(-1)
		h, builtIn := homonyms()[a.text]
		switch {
		case builtIn:
			g = b.guard(i, h.needs || len(c.Context) > 0)
			if err := b.hints(g, slices.Concat(h.context, c.Context), slices.Concat(h.exclude, c.Exclude)); err != nil {
				return err
			}
		case own >= 0 && (!anyAmbiguous || ambiguous(a.text)):
			g = own
		}
		p := b.pattern(a.text)
		if n := (name{brand: i, sku: a.sku, guard: g}); !slices.Contains(p.names, n) {
			p.names = append(p.names, n)
		}
	}
	return nil
}

// ambiguous guesses whether an alias is also something else: a homonym known
// to the program or one or two ideographs.
func ambiguous(alias string) bool {
	if _, ok := homonyms()[alias]; ok {
		return true
	}
	return utf8.RuneCountInString(alias) <= 2 && !strings.ContainsFunc(alias, func(r rune) bool { return !unicode.Is(unicode.Han, r) })
}

func (b *catalogBuilder) guard(brand int32, needs bool) int32 {
	b.guards = append(b.guards, guard{brand: brand, needs: needs})
	return int32(len(b.guards) - 1)
}

func (b *catalogBuilder) hints(g int32, context, exclude []string) error {
	for i, words := range [][]string{context, exclude} {
		for _, w := range words {
			s, err := b.normal(w)
			if err != nil {
				return err
			}
			if s != "" {
				p := b.pattern(s)
				p.hints = append(p.hints, hint{guard: g, against: i == 1})
			}
		}
	}
	return nil
}

// pattern returns the pattern of a text. The pointer is valid until the next
// call.
func (b *catalogBuilder) pattern(s string) *pattern {
	i, ok := b.index[s]
	if !ok {
		i = int32(len(b.patterns))
		b.index[s] = i
		b.patterns = append(b.patterns, pattern{edge: edgesOf(s)})
	}
	return &b.patterns[i]
}

// edgesOf derives from an alias's ends what may stand beside it.
func edgesOf(s string) edges {
	var e edges
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	if latin(first) || digit(first) {
		e |= leftLatin
	}
	switch {
	case latin(last):
		e |= rightLatin
	case digit(last):
		e |= rightDigit
	}
	if ambiguous(s) && !latin(first) {
		e |= shortHan
	}
	return e
}

func latin(r rune) bool { return r >= 'a' && r <= 'z' || r >= 0xDF && r < 0x250 }
func digit(r rune) bool { return r >= '0' && r <= '9' }

// normal is the form in which a text is searched for raw. An alias written as
// a handle or topic is searched for without its mark.
func (b *catalogBuilder) normal(raw string) (string, error) {
	raw = strings.Trim(strings.TrimSpace(raw), "@#＃＠")
	if err := text.Normalize(&b.doc, raw); err != nil {
		return "", err
	}
	return string(b.doc.Runes), nil
}

// field lets a post's brand field name a brand by raw, as written or
// normalised. The first brand to claim a name keeps it.
func (b *catalogBuilder) field(raw string, n name) {
	for _, s := range b.forms(raw) {
		if _, taken := b.fields[s]; !taken && s != "" {
			b.fields[s] = n
		}
	}
}

func (b *catalogBuilder) skuField(raw string, n name) {
	for _, s := range b.forms(raw) {
		if s == "" {
			continue
		}
		if _, taken := b.skus[skuKey{n.brand, s}]; !taken {
			b.skus[skuKey{n.brand, s}] = n.sku
		}
		if other, taken := b.orphans[s]; taken && other != n {
			n := n
			n.brand = -1 // several brands have it: it names none
			b.orphans[s] = n
		} else if !taken {
			b.orphans[s] = n
		}
	}
}

func (b *catalogBuilder) forms(raw string) []string {
	s, err := b.normal(raw)
	if err != nil || s == raw {
		return []string{raw}
	}
	return []string{raw, s}
}

func (b *catalogBuilder) finish() (*catalog, error) {
	entries := make([]trie.Entry, 0, len(b.index))
	for s, i := range b.index {
		entries = append(entries, trie.Entry{Key: s, Value: i})
	}
	t, err := trie.Build(entries)
	if err != nil {
		return nil, fmt.Errorf("compile the brands' aliases: %w", err)
	}
	b.trie = t
	b.aliases = slices.Collect(func(yield func(string) bool) {
		for s, i := range b.index {
			if len(b.patterns[i].names) > 0 && !yield(s) {
				return
			}
		}
	})
	slices.Sort(b.aliases)
	return b.catalog, nil
}

// words are the aliases that join the tokeniser's dictionary.
func (c *catalog) words() []text.Word {
	words := make([]text.Word, 0, len(c.aliases))
	for _, s := range c.aliases {
		if !strings.ContainsAny(s, " ") {
			words = append(words, text.Word{Text: s})
		}
	}
	return words
}
