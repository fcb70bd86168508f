package simulate

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
)

//go:embed bank.txt
var bankText string

//go:embed crises.txt
var crisesText string

// loadBank parses the sentence bank once.
var loadBank = sync.OnceValues(func() (*bank, error) { return parseBank(bankText + "\n" + crisesText) })

// bank holds templates by section.
type bank struct {
	sections map[string][]template
}

// template is a sequence of parts that are written one after the other.
type template []part

// part is one of: literal text, a slot, or alternatives of which one is used.
type part struct {
	text string
	slot string
	alts []template
}

// subject is what a text is about.
type subject struct {
	category string
	words    map[string]string // slots filled with a word
	sections map[string]string // slots filled from a section of another name
}

// parseBank reads the format described at the top of bank.txt.
func parseBank(text string) (*bank, error) {
	b := &bank{sections: make(map[string][]template)}
	section := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "# "):
		case isHeading(line):
			section = line[1 : len(line)-1]
		case section == "":
			return nil, fmt.Errorf("sentence bank line %d stands before the first section", i+1)
		default:
			t, rest, err := parseTemplate(line, false)
			if err != nil || rest != "" {
				return nil, fmt.Errorf("sentence bank line %d: unbalanced braces near %q", i+1, rest)
			}
			b.sections[section] = append(b.sections[section], t)
		}
	}
	return b, nil
}

// isHeading tells [section] from a template that is an emoticon such as [泪].
func isHeading(line string) bool {
	if len(line) < 3 || line[0] != '[' || line[len(line)-1] != ']' {
		return false
	}
	return strings.IndexFunc(line[1:len(line)-1], func(r rune) bool { return r != '.' && r != '_' && (r < 'a' || r > 'z') }) < 0
}

// parseTemplate reads up to the end of s or, inside braces, up to | or }.
func parseTemplate(s string, inside bool) (template, string, error) {
	var t template
	for s != "" {
		stop := "{"
		if inside {
			stop = "{|}"
		}
		i := strings.IndexAny(s, stop)
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			t = append(t, part{text: s[:i]})
			s = s[i:]
			continue
		}
		if s[0] != '{' {
			return t, s, nil
		}
		p, rest, err := parseBraces(s[1:])
		if err != nil {
			return nil, rest, err
		}
		t = append(t, p)
		s = rest
	}
	return t, "", nil
}

func parseBraces(s string) (part, string, error) {
	var alts []template
	for {
		t, rest, err := parseTemplate(s, true)
		if err != nil || rest == "" {
			return part{}, s, fmt.Errorf("missing }")
		}
		alts = append(alts, t)
		s = rest[1:]
		if rest[0] == '}' {
			break
		}
	}
	if len(alts) == 1 && len(alts[0]) == 1 && alts[0][0].text != "" {
		return part{slot: alts[0][0].text}, s, nil
	}
	return part{alts: alts}, s, nil
}

// lookup finds the lines of a section, the category's own together with the
// general ones.
func (b *bank) lookup(name, category string) (own, general []template) {
	return b.sections[name+"."+category], b.sections[name]
}

// write expands one line of a section about s.
func (b *bank) write(out *strings.Builder, rng *rand.Rand, name string, s subject) {
	if w, ok := s.words[name]; ok {
		out.WriteString(w)
		return
	}
	if section, ok := s.sections[name]; ok {
		name = section
	}
	own, general := b.lookup(name, s.category)
	n := len(own) + len(general)
	if n == 0 {
		panic("simulate: the sentence bank has no section " + name) // checked by a test over every slot
	}
	// A category's own lines say more than the general ones: half of all.
	list := general
	if len(own) > 0 && (len(general) == 0 || rng.IntN(2) == 0) {
		list = own
	}
	b.expand(out, rng, list[rng.IntN(len(list))], s)
}

func (b *bank) expand(out *strings.Builder, rng *rand.Rand, t template, s subject) {
	for _, p := range t {
		switch {
		case p.slot != "":
			b.write(out, rng, p.slot, s)
		case p.alts != nil:
			b.expand(out, rng, p.alts[rng.IntN(len(p.alts))], s)
		default:
			out.WriteString(p.text)
		}
	}
}
