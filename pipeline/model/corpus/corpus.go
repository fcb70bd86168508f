package corpus

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Label is a text's feeling.
type Label int8

// The labels.
const (
	Neg Label = -1
	Neu Label = 0
	Pos Label = 1
)

// Example is one labelled text.
type Example struct {
	Text   string
	Label  Label
	Domain string   // the part of a set that may be left out: a category, an airline, a product
	Test   bool     // in the set's own test split
	Aspect []string // what it speaks of: categories, a complaint's reason
	Flag   bool     // a complaint, or a mention of fakes
}

// Fold puts a text into one of n folds by a hash of its text, so that equal
// texts never stand on both sides.
func Fold(text string, n int) int {
	h := fnv.New64a()
	h.Write([]byte(text))
	return int(h.Sum64() >> 11 % uint64(n))
}

// Shopping reads the e-commerce reviews; Domain is the category.
func Shopping(dir string) ([]Example, error) {
	type row struct{ Text, Label, Category, Split string }
	return read(dir, "text/shopping_reviews.jsonl.gz", func(r row) (Example, bool) {
		return Example{Text: r.Text, Label: polarity(r.Label), Domain: r.Category, Test: r.Split == "test"}, true
	})
}

// Weibo reads the hand-labelled Weibo posts of 2018.
func Weibo(dir string) ([]Example, error) {
	type row struct{ Text, Label string }
	return read(dir, "text/weibo2018_train.jsonl.gz", func(r row) (Example, bool) {
		return Example{Text: r.Text, Label: polarity(r.Label), Domain: "weibo2018"}, true
	})
}

// Virus reads the Weibo posts on COVID, train and test.
func Virus(dir string) ([]Example, error) {
	type row struct{ Text, Label string }
	var out []Example
	for _, split := range []string{"train", "test"} {
		ex, err := read(dir, "text/smp2020_virus_"+split+".jsonl.gz", func(r row) (Example, bool) {
			return Example{Text: r.Text, Label: polarity(r.Label), Domain: "smp2020_virus", Test: split == "test"}, true
		})
		if err != nil {
			return nil, err
		}
		out = append(out, ex...)
	}
	return out, nil
}

// JD reads the JD reviews that express an opinion; spam and off-topic ones
// are left out. Flag is set where fakes are mentioned.
func JD(dir string) ([]Example, error) {
	type row struct {
		Text, Tag string
		SKU       string `json:"sku_name"`
		Fake      bool   `json:"mentions_fake"`
	}
	return read(dir, "streams/jd_reviews.jsonl.gz", func(r row) (Example, bool) {
		return Example{Text: r.Text, Label: polarity(r.Tag), Domain: r.SKU, Flag: r.Fake}, r.Tag == "pos" || r.Tag == "neg" || r.Tag == "neu"
	})
}

// Cosmetics reads the aspect reviews. Aspect holds each category once. Label
// is the polarity that most opinions share, Neu on a tie.
func Cosmetics(dir string) ([]Example, error) {
	type opinion struct{ Category, Polarity string }
	type row struct {
		Text     string
		Opinions []opinion
	}
	return read(dir, "text/cosmetics_aspects.jsonl.gz", func(r row) (Example, bool) {
		e := Example{Text: r.Text, Domain: "cosmetics"}
		sum := 0
		for _, o := range r.Opinions {
			switch o.Polarity {
			case "正面":
				sum++
			case "负面":
				sum--
			}
			e.Aspect = appendNew(e.Aspect, o.Category)
		}
		e.Label = Label(sign(sum))
		return e, true
	})
}

// Auto reads the car-forum sentences, one Example a text: Aspect holds its
// aspects, Label the polarity they share, Neu when they differ.
func Auto(dir string) ([]Example, error) {
	type row struct {
		Text, Aspect string
		Polarity     int
	}
	at := map[string]int{}
	var out []Example
	_, err := read(dir, "text/auto_aspects.jsonl.gz", func(r row) (Example, bool) {
		i, ok := at[r.Text]
		if !ok {
			i = len(out)
			at[r.Text] = i
			out = append(out, Example{Text: r.Text, Label: Label(r.Polarity), Domain: "auto"})
		} else if out[i].Label != Label(r.Polarity) {
			out[i].Label = Neu
		}
		out[i].Aspect = appendNew(out[i].Aspect, r.Aspect)
		return Example{}, false
	})
	return out, err
}

// Airline reads the tweets to airlines; Domain is the airline, Aspect the
// reason of a negative one.
func Airline(dir string) ([]Example, error) {
	type row struct{ Text, Label, Brand, Reason string }
	return read(dir, "streams/airline_tweets.jsonl.gz", func(r row) (Example, bool) {
		e := Example{Text: r.Text, Label: polarity(r.Label), Domain: r.Brand}
		if r.Reason != "" {
			e.Aspect = []string{r.Reason}
		}
		return e, true
	})
}

// Complaints reads the English tweets labelled as complaints or not; Domain
// is the trade.
func Complaints(dir string) ([]Example, error) {
	type row struct {
		Text, Domain string
		Complaint    int
	}
	return read(dir, "text/twitter_complaints.jsonl.gz", func(r row) (Example, bool) {
		return Example{Text: r.Text, Domain: r.Domain, Flag: r.Complaint == 1}, true
	})
}

// Titles reads the hot-search titles, each once.
func Titles(dir string) ([]Example, error) {
	var out []Example
	seen := map[string]bool{}
	err := lines(filepath.Join(dir, "streams/weibo_hot_2020_2023.tsv.gz"), func(line []byte) error {
		_, title, ok := strings.Cut(string(line), "\t")
		if ok && !seen[title] {
			seen[title] = true
			out = append(out, Example{Text: title, Domain: "titles"})
		}
		return nil
	})
	return out, err
}

// Words reads the Chinese scored words as one-word examples.
func Words(dir string) ([]Example, error) {
	return scored(filepath.Join(dir, "lexicons/jionlp_sentiment_words.txt"), "words")
}

// EnglishWords reads the English scored words as one-word examples.
func EnglishWords(dir string) ([]Example, error) {
	return scored(filepath.Join(dir, "lexicons/vader_lexicon.txt"), "english words")
}

func scored(path, domain string) ([]Example, error) {
	var out []Example
	err := lines(path, func(line []byte) error {
		f := strings.Split(string(line), "\t")
		if len(f) < 2 {
			return nil
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(f[1]), 64)
		if err != nil {
			return fmt.Errorf("word %q: valence %q is not a number", f[0], f[1])
		}
		label := Neu
		if v < 0 {
			label = Neg
		} else if v > 0 {
			label = Pos
		}
		out = append(out, Example{Text: f[0], Label: label, Domain: domain})
		return nil
	})
	return out, err
}

func polarity(s string) Label {
	switch s {
	case "neg":
		return Neg
	case "pos":
		return Pos
	}
	return Neu
}

func sign(n int) int { return min(max(n, -1), 1) }

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// read decodes every line of a gzipped JSONL file; keep says whether its
// Example counts.
func read[T any](dir, name string, keep func(T) (Example, bool)) ([]Example, error) {
	var out []Example
	path := filepath.Join(dir, name)
	err := lines(path, func(line []byte) error {
		var r T
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		if e, ok := keep(r); ok {
			out = append(out, e)
		}
		return nil
	})
	return out, err
}

// lines calls f for every line of a text file, unpacked where it ends in .gz.
func lines(path string, f func([]byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read labelled data: %w; name its folder with --data", err)
	}
	defer file.Close()
	in := bufio.NewScanner(file)
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(file)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		in = bufio.NewScanner(z)
	}
	in.Buffer(make([]byte, 64<<10), 4<<20)
	for n := 1; in.Scan(); n++ {
		if err := f(in.Bytes()); err != nil {
			return fmt.Errorf("%s line %d: %w", path, n, err)
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
