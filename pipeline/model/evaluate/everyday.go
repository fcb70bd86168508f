package evaluate

import (
	_ "embed"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"fenghuo/pipeline/analyzer"
	"fenghuo/schemas"
)

//go:embed everyday.tsv
var everydayText string

// everydaySentence is one of everyday.tsv.
type everydaySentence struct {
	text      string
	feeling   string // pos, neg or neu
	complaint string // "-", "+", "?" or types; see the file
	later     string // part of one that was written later, and is only counted
}

// The parts of the everyday sentences: rules and made sentences were written
// with a look at how the models do on the open half only.
const (
	partOpen   = "open half"
	partHeld   = "held half"
	partUnseen = "unseen" // written after the others
	partFresh  = "fresh"  // written after those
)

// part is the sentence's: halves are by a hash of the text.
func (s everydaySentence) part() string {
	if s.later != "" {
		return s.later
	}
	h := fnv.New64a()
	h.Write([]byte(s.text))
	if h.Sum64()>>7&1 == 1 {
		return partHeld
	}
	return partOpen
}

func readEveryday() ([]everydaySentence, error) {
	var out []everydaySentence
	later := ""
	for n, line := range strings.Split(everydayText, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		if line == "["+partUnseen+"]" || line == "["+partFresh+"]" {
			later = strings.Trim(line, "[]")
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 || !slices.Contains(threeClasses, f[0]) {
			return nil, fmt.Errorf("everyday.tsv line %d: want feeling, complaint and sentence between tabs", n+1)
		}
		out = append(out, everydaySentence{feeling: f[0], complaint: f[1], text: f[2], later: later})
	}
	return out, nil
}

// everyday asks the whole analyzer about short posts of brands.
func (e *evaluation) everyday() error {
	e.progress("everyday sentences")
	sentences, err := readEveryday()
	if err != nil {
		return err
	}
	a, err := analyzer.New(analyzer.Options{})
	if err != nil {
		return err
	}
	s := analyzer.NewScratch()
	for _, part := range []string{partOpen, partHeld, partUnseen, partFresh} {
		feelings, complaints := NewConfusion(threeClasses...), NewConfusion("other", "complaint")
		for _, x := range sentences {
			if x.part() != part {
				continue
			}
			r := a.Analyze(&schemas.Post{Text: x.text}, s)
			feelings.Add(slices.Index(threeClasses, x.feeling), polarityClass(r.Polarity))
			if x.complaint != "?" {
				complaints.Add(class(x.complaint != "-"), class(r.Complaint))
			}
		}
		e.add(Set{Name: "everyday sentences, feelings, " + part, Protocol: "built-in models, whole analysis", Model: result(feelings)})
		e.add(Set{Name: "everyday sentences, complaints, " + part, Protocol: "built-in models, whole analysis", Model: result(complaints)})
	}
	return nil
}
