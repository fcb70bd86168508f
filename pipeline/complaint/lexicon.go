package complaint

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/model/trie"
	"fenghuo/schemas"
)

//go:embed lexicon.txt
var lexiconText string

// maxTypes bounds the built-in and configured types together, so that a
// text's evidence fits on the stack.
const maxTypes = 64

type roleKind uint8

const (
	roleType  roleKind = iota // speaks of a complaint type
	roleLeft                  // left word of a pair
	roleRight                 // right word of a pair
	roleCue                   // context
	roleShield
)

type grade uint8

const (
	topic grade = iota
	medium
	strong
)

type cue uint8

const (
	cueNegate cue = iota
	cueHypothetical
	cueAsk
	cueSolved
	cueAdvert
	cueNews
	cueIrony
	cueGeneral
	cuePraise
	cueRhetorical
	cues
)

var cueNames = map[string]cue{
	"negate": cueNegate, "hypothetical": cueHypothetical, "ask": cueAsk, "solved": cueSolved, "advert": cueAdvert,
	"news": cueNews, "irony": cueIrony, "general": cueGeneral, "praise": cuePraise,
	"rhetorical": cueRhetorical,
}

var gradeNames = map[string]grade{"topic": topic, "medium": medium, "strong": strong}

// A role is one thing that a word does; a word may have several.
type role struct {
	kind  roleKind
	grade grade
	typ   uint8 // of roleType, and of a pair's roles
	cue   cue
	pair  uint16
	own   bool // from the config
}

// A word of the lexicon. Most have one role, which is beside it in memory.
type word struct {
	prefix int32 // the longest other word that this one begins with and that speaks in a pair, -1 = none
	more   int32 // where the roles after the first begin in Lexicon.roles
	first  role
	roles  uint8
	latin  bool // begins or ends with a Latin letter: whole words only
	side   bool // of a pair
	length uint8
}

// Lexicon holds the words and rules by which types are found.
type Lexicon struct {
	types []schemas.ComplaintType
	trie  *trie.Trie
	words []word
	roles []role
	pairs int
}

// lexiconBuilder gathers roles by word before the trie is made.
type lexiconBuilder struct {
	types []schemas.ComplaintType
	index map[string]int
	words []string
	roles [][]role
	pairs int
}

// newLexicon reads the built-in rules and adds the config's words.
func newLexicon(extra config.Complaints) (*Lexicon, error) {
	b := &lexiconBuilder{types: append([]schemas.ComplaintType(nil), schemas.ComplaintTypes...), index: map[string]int{}}
	if err := b.parse(lexiconText); err != nil {
		return nil, err
	}
	for _, t := range extra.Types {
		if t.ID == "" {
			return nil, fmt.Errorf("complaints.types: a type without id; give it one")
		}
		typ, err := b.typeIndex(t.ID)
		if err != nil {
			return nil, err
		}
		for _, w := range t.Words {
			b.add(strings.ToLower(strings.TrimSpace(w)), role{kind: roleType, grade: strong, typ: typ, own: true})
		}
	}
	return b.build(), nil
}

func (b *lexiconBuilder) typeIndex(id schemas.ComplaintType) (uint8, error) {
	for i, t := range b.types {
		if t == id {
			return uint8(i), nil
		}
	}
	if len(b.types) == maxTypes {
		return 0, fmt.Errorf("complaint type %q: more than %d types; remove some from complaints.types", id, maxTypes)
	}
	b.types = append(b.types, id)
	return uint8(len(b.types) - 1), nil
}

func (b *lexiconBuilder) add(w string, r role) {
	if w == "" {
		return
	}
	i, ok := b.index[w]
	if !ok {
		i = len(b.words)
		b.index[w] = i
		b.words = append(b.words, w)
		b.roles = append(b.roles, nil)
	}
	for _, have := range b.roles[i] {
		if have == r {
			return
		}
	}
	b.roles[i] = append(b.roles[i], r)
}

func (b *lexiconBuilder) parse(source string) error {
	var section role
	var isPair bool
	for n, line := range strings.Split(source, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		var err error
		switch {
		case line[0] == '[':
			section, isPair, err = b.section(line)
		case isPair:
			err = b.pair(line, section)
		default:
			for _, w := range splitWords(line) {
				b.add(w, section)
			}
		}
		if err != nil {
			return fmt.Errorf("lexicon.txt line %d: %w", n+1, err)
		}
	}
	return nil
}

// section reads a heading such as [type logistics strong].
func (b *lexiconBuilder) section(line string) (r role, isPair bool, err error) {
	f := strings.Fields(strings.Trim(line, "[]"))
	switch {
	case len(f) == 1 && f[0] == "shield":
		return role{kind: roleShield}, false, nil
	case len(f) == 2 && f[0] == "cue":
		c, ok := cueNames[f[1]]
		if !ok {
			return r, false, fmt.Errorf("unknown cue %q", f[1])
		}
		return role{kind: roleCue, cue: c}, false, nil
	case len(f) == 3 && (f[0] == "type" || f[0] == "pair"):
		g, ok := gradeNames[f[2]]
		if !ok {
			return r, false, fmt.Errorf("unknown grade %q", f[2])
		}
		typ, err := b.typeIndex(schemas.ComplaintType(f[1]))
		return role{kind: roleType, grade: g, typ: typ}, f[0] == "pair", err
	}
	return r, false, fmt.Errorf("unknown section %q", line)
}

func (b *lexiconBuilder) pair(line string, section role) error {
	left, right, ok := strings.Cut(line, "~")
	if !ok {
		return fmt.Errorf("a pair needs two lists with ~ between")
	}
	section.pair = uint16(b.pairs)
	b.pairs++
	section.kind = roleLeft
	for _, w := range splitWords(left) {
		b.add(w, section)
	}
	section.kind = roleRight
	for _, w := range splitWords(right) {
		b.add(w, section)
	}
	return nil
}

// splitWords splits at commas where there are any, so that a word may hold a
// space, else at spaces.
func splitWords(line string) []string {
	if !strings.Contains(line, ",") {
		return strings.Fields(strings.ToLower(line))
	}
	var out []string
	for _, w := range strings.Split(strings.ToLower(line), ",") {
		out = append(out, strings.TrimSpace(w))
	}
	return out
}

func (b *lexiconBuilder) build() *Lexicon {
	l := &Lexicon{types: b.types, trie: trie.Build(b.words), pairs: b.pairs}
	l.trie.Watch(marks...)
	for i, w := range b.words {
		runes := []rune(w)
		more := int32(len(l.roles))
		l.roles = append(l.roles, b.roles[i][1:]...)
		l.words = append(l.words, word{
			more: more, first: b.roles[i][0], roles: uint8(len(b.roles[i])), side: slices.ContainsFunc(b.roles[i], role.side),
			latin:  latinLetter(runes[0]) || latinLetter(runes[len(runes)-1]),
			length: uint8(min(len(runes), 255)),
		})
	}
	for i, w := range b.words {
		l.words[i].prefix = l.prefix([]rune(w))
	}
	return l
}

func (r role) side() bool { return r.kind == roleLeft || r.kind == roleRight }

// prefix returns the longest other word that a word begins with and that is a
// side of a pair; a Latin one counts only as a whole word.
func (l *Lexicon) prefix(word []rune) int32 {
	for end := len(word) - 1; end > 0; end-- {
		var id int32
		if id, end = l.trie.Longest(word[:end], 0); id < 0 || l.words[id].side && !l.words[id].latin {
			return id
		}
	}
	return -1
}
