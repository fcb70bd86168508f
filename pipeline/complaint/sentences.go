package complaint

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"

	"fenghuo/schemas"
)

//go:embed testdata/sentences.jsonl
var sentencesText string

// Sentence is a labelled example of the built-in test set.
type Sentence struct {
	Text      string                  `json:"text"`
	Complaint bool                    `json:"complaint"`
	Types     []schemas.ComplaintType `json:"types"`
	Kind      string                  `json:"kind"` // plain, multi, title, negated, solved, asked, ironic, advert, news, praise, none, general
}

// Held says whether the sentence belongs to the half, by hash of its text,
// that is kept for the report and was not looked at while writing rules.
func (s Sentence) Held() bool {
	h := fnv.New64a()
	h.Write([]byte(s.Text))
	return h.Sum64()>>7&1 == 1
}

// Sentences returns the labelled complaint sentences written for this project.
func Sentences() ([]Sentence, error) {
	var out []Sentence
	in := bufio.NewScanner(strings.NewReader(sentencesText))
	for n := 1; in.Scan(); n++ {
		var s Sentence
		if err := json.Unmarshal(in.Bytes(), &s); err != nil {
			return nil, fmt.Errorf("sentences.jsonl line %d: %w", n, err)
		}
		out = append(out, s)
	}
	return out, in.Err()
}
