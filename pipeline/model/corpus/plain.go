package corpus

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strings"
)

//go:embed plain.txt
var plainText string

//go:embed plain_en.txt
var plainEnglishText string

//go:embed everyday.txt
var everydayText string

//go:embed everyday_en.txt
var everydayEnglishText string

const (
	plainSentences           = 14_000
	plainEnglishSentences    = 6_000
	everydaySentences        = 30_000
	everydayEnglishSentences = 17_000
	plainSeed                = 20260301
)

// Plain makes short plain sentences by pattern, each once, the same ones every
// time: brands and things beside praise and faults alike, 太 before both, 没有
// before both, and statements without a feeling. Reviews and posts have few.
func Plain() ([]Example, error) { return madeOf(plainText, plainSentences) }

// PlainEnglish makes short plain English sentences in the same way: of brands
// and goods, where the labelled tweets speak of flights.
func PlainEnglish() ([]Example, error) { return madeOf(plainEnglishText, plainEnglishSentences) }

// Everyday makes short sentences as people post them of what they buy and live
// with: faults that are denied or promised, service, deliveries, idioms,
// questions and arrangements.
func Everyday() ([]Example, error) { return madeOf(everydayText, everydaySentences) }

// EverydayEnglish does the same in English.
func EverydayEnglish() ([]Example, error) {
	return madeOf(everydayEnglishText, everydayEnglishSentences)
}

func madeOf(file string, sentences int) ([]Example, error) {
	g, err := readGrammar(file)
	if err != nil {
		return nil, err
	}
	rnd := rand.New(rand.NewPCG(plainSeed, uint64(sentences)))
	seen := map[string]bool{}
	var out []Example
	for n := range sentences {
		p := g.patterns[n%len(g.patterns)]
		text := g.fill(p.sentence, rnd)
		if seen[text] {
			continue
		}
		seen[text] = true
		out = append(out, Example{Text: text, Label: p.label, Domain: "plain", Flag: p.blames})
	}
	return out, nil
}

// grammar is what plain.txt and plain_en.txt hold.
type grammar struct {
	words    map[string][]string
	names    []string // of words, in order of the file
	patterns []pattern
}

type pattern struct {
	label    Label
	blames   bool // it complains of somebody
	sentence string
}

// classes of patterns; what is sad is negative and no complaint.
var classes = map[string]pattern{"pos": {label: Pos}, "neg": {label: Neg, blames: true}, "sad": {label: Neg}, "neu": {label: Neu}}

func readGrammar(file string) (*grammar, error) {
	g := &grammar{words: map[string][]string{}}
	section := ""
	for n, line := range strings.Split(file, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
			g.names = append(g.names, section)
		case section == "pattern":
			class, sentence, _ := strings.Cut(line, " ")
			p, ok := classes[class]
			if !ok || strings.Count(sentence, "{") != strings.Count(sentence, "}") {
				return nil, fmt.Errorf("made sentences, line %d: %q is no pattern", n+1, line)
			}
			p.sentence = sentence
			g.patterns = append(g.patterns, p)
		default:
			for _, w := range strings.Fields(line) {
				g.words[section] = append(g.words[section], strings.ReplaceAll(w, "_", " "))
			}
		}
	}
	return g, nil
}

// fill replaces each {a|b} by one of its alternatives, and in it each name of
// a section by one of its entries.
func (g *grammar) fill(sentence string, rnd *rand.Rand) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(sentence, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		choice, after, _ := strings.Cut(rest, "}")
		alternatives := strings.Split(choice, "|")
		picked := alternatives[rnd.IntN(len(alternatives))]
		for _, name := range g.names {
			words := g.words[name]
			for range min(strings.Count(picked, name), len(words)) {
				picked = strings.Replace(picked, name, words[rnd.IntN(len(words))], 1)
			}
		}
		b.WriteString(picked)
		sentence = after
	}
}
