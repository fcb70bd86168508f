package analyzer

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"fenghuo/pipeline/text"
)

//go:embed homonyms.txt
var homonymsText string

// homonym is what a name that is also something else needs beside it.
type homonym struct {
	context, exclude []string
	needs            bool // it is the brand only where a word of context is near
}

// homonyms are the ambiguous names that need no config, by normalised alias.
var homonyms = sync.OnceValue(func() map[string]homonym {
	h, err := parseHomonyms(homonymsText)
	if err != nil {
		panic(err) // the embedded file is constant
	}
	return h
})

// parseHomonyms reads homonyms.txt; its head says how lines look.
func parseHomonyms(file string) (map[string]homonym, error) {
	domains := map[string][]string{}
	out := map[string]homonym{}
	var doc text.Doc
	for n, line := range strings.Split(file, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "domain "); ok {
			name, words, ok := strings.Cut(rest, ":")
			if !ok {
				return nil, fmt.Errorf("homonyms.txt line %d: no ':' after the domain", n+1)
			}
			domains[name] = phrases(words)
			continue
		}
		line, against, _ := strings.Cut(line, " - ")
		fields := phrases(line)
		alias, needs := strings.CutPrefix(fields[0], "!")
		h := homonym{context: slices.Clone(domains["any"]), exclude: phrases(against), needs: needs}
		for _, f := range fields[1:] {
			switch {
			case f == "+":
			case f[0] == '@' && domains[f[1:]] != nil:
				h.context = append(h.context, domains[f[1:]]...)
			case f[0] == '@':
				return nil, fmt.Errorf("homonyms.txt line %d: unknown domain %q", n+1, f)
			default:
				h.context = append(h.context, f)
			}
		}
		if err := text.Normalize(&doc, alias); err != nil {
			return nil, err
		}
		out[string(doc.Runes)] = h
	}
	return out, nil
}

// phrases splits at spaces; "_" is a space within a phrase.
func phrases(s string) []string {
	fields := strings.Fields(s)
	for i, f := range fields {
		fields[i] = strings.ReplaceAll(f, "_", " ")
	}
	return fields
}
