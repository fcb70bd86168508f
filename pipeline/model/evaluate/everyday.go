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
}

// held says whether rules and made sentences were written without a look at
// how the models do on this one: half of them, by a hash of the text.
func (s everydaySentence) held() bool {
	h := fnv.New64a()
	h.Write([]byte(s.text))
	return h.Sum64()>>7&1 == 1
}

func readEveryday() ([]everydaySentence, error) {
	var out []everydaySentence
	for n, line := range strings.Split(everydayText, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 || !slices.Contains(threeClasses, f[0]) {
			return nil, fmt.Errorf("everyday.tsv line %d: want feeling, complaint and sentence between tabs", n+1)
		}
		out = append(out, everydaySentence{feeling: f[0], complaint: f[1], text: f[2]})
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
	for _, half := range []string{"open", "held"} {
		feelings, complaints := NewConfusion(threeClasses...), NewConfusion("other", "complaint")
		for _, x := range sentences {
			if x.held() != (half == "held") {
				continue
			}
			r := a.Analyze(&schemas.Post{Text: x.text}, s)
			feelings.Add(slices.Index(threeClasses, x.feeling), polarityClass(r.Polarity))
			if x.complaint != "?" {
				complaints.Add(class(x.complaint != "-"), class(r.Complaint))
			}
		}
		e.add(Set{Name: "everyday sentences, feelings, " + half + " half", Protocol: "built-in models, whole analysis", Model: result(feelings)})
		e.add(Set{Name: "everyday sentences, complaints, " + half + " half", Protocol: "built-in models, whole analysis", Model: result(complaints)})
	}
	return nil
}
