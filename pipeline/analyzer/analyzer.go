package analyzer

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"fenghuo/pipeline/complaint"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/sentiment"
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

// Version is written to mentions.analyzer_version. It changes when the same
// post may get another answer.
const Version = "10"

// Options say what to look for. The zero value analyses text alone.
type Options struct {
	Brands     []config.Brand
	SKUs       string // open (default): an unknown SKU under a known brand is kept; closed: it is ''
	Complaints config.Complaints
}

// Analyzer answers for posts. It is safe for concurrent use.
type Analyzer struct {
	tokenizer *text.Tokenizer
	sentiment sentimentModel
	complaint complaintModel
	openSKUs  bool

	swap    sync.Mutex // one SetBrands at a time
	catalog atomic.Pointer[catalog]
}

// New loads the dictionary and the models: half a second or more.
func New(o Options) (*Analyzer, error) {
	if o.SKUs != "" && o.SKUs != "open" && o.SKUs != "closed" {
		return nil, fmt.Errorf("skus is %q, not open or closed", o.SKUs)
	}
	s, err := sentiment.Load()
	if err != nil {
		return nil, err
	}
	c, err := complaint.Load(o.Complaints)
	if err != nil {
		return nil, err
	}
	return newAnalyzer(o, s, c)
}

func newAnalyzer(o Options, s sentimentModel, c complaintModel) (*Analyzer, error) {
	cat, err := newCatalog(o.Brands)
	if err != nil {
		return nil, err
	}
	t, err := text.NewTokenizer(cat.words())
	if err != nil {
		return nil, err
	}
	a := &Analyzer{tokenizer: t, sentiment: s, complaint: c, openSKUs: o.SKUs != "closed"}
	a.catalog.Store(cat)
	return a, nil
}

// SetBrands replaces the brands. Posts that are analysed meanwhile are not held
// up; each is attributed by the old or the new brands, never by a mixture.
func (a *Analyzer) SetBrands(brands []config.Brand) error {
	a.swap.Lock()
	defer a.swap.Unlock()
	cat, err := newCatalog(brands)
	if err != nil {
		return err
	}
	if err := a.tokenizer.SetWords(cat.words()); err != nil {
		return err
	}
	a.catalog.Store(cat)
	return nil
}

// Result is what a post says. Its slices are valid until the next Analyze
// with the same Scratch; its strings stay valid.
type Result struct {
	Lang        string // the post's, or zh, en, other
	Tokens      []string
	Sentiment   float32 // -1..1
	Polarity    schemas.Polarity
	Complaint   bool
	Complaints  []schemas.ComplaintScore // all scoring types, best first
	Keywords    []string                 // most informative first
	Brands      []BrandMention
	Fingerprint uint64 // see Fingerprint; 0 = too short to compare
	Spam        bool
}

// BrandMention is one (brand, SKU) that the post is about.
type BrandMention struct {
	Brand     string
	SKU       string  // "" = none known
	Primary   bool    // true on exactly one mention of a brand
	Sentiment float32 // of what is said of this brand
	Polarity  schemas.Polarity
	Complaint bool // the post complains, and not in this brand's favour
}

// Scratch is the memory of one goroutine's analyses.
type Scratch struct {
	doc    text.Doc
	field  text.Doc // of brand and SKU fields
	joined []byte   // title and text
	key    []byte   // a field as it is looked up
	plain  plain
	match  matcher
	words  keywords
	prints prints
	result Result
}

// NewScratch returns an empty Scratch; it grows to what the posts need.
func NewScratch() *Scratch { return &Scratch{} }

// aggrieved is the sentiment below which a Chinese complaint is not neutral,
// whatever the neutral output says: that one learnt from few kinds of text.
// Of the test splits this moves 409 shopping reviews, 377 of them negative, and
// 65 virus posts: 33 negative, 25 neutral, 7 positive.
const aggrieved = -0.3

// Analyze answers for one post. Only its text, title, brand, sku, lang, kind
// and rating matter.
func (a *Analyzer) Analyze(p *schemas.Post, s *Scratch) *Result {
	r := &s.result
	*r = Result{Tokens: r.Tokens[:0], Complaints: r.Complaints[:0], Keywords: r.Keywords[:0], Brands: r.Brands[:0]}
	d := &s.doc
	a.tokenizer.Prepare(d, s.join(p))
	r.Lang = setLanguage(d, p.Lang)
	s.plain.render(d)
	r.Tokens = s.plain.tokens(d, r.Tokens)
	whole := [2]int32{0, int32(len(d.Runes))}
	r.Sentiment, r.Polarity = a.sentiment.Score(d, whole, p.Rating)
	r.Complaint, r.Complaints = a.complaint.Score(d, r.Sentiment, r.Complaints)
	if r.Complaint && r.Polarity == schemas.Neutral && r.Sentiment < aggrieved && d.Lang == text.Chinese {
		r.Polarity = schemas.Negative
	}
	a.attribute(p, s)
	r.Keywords = s.words.extract(d, &s.plain, s.match.hits, r.Keywords)
	r.Fingerprint = s.prints.fingerprint(d)
	r.Spam = isSpam(d, s.prints.runes, p, r)
	return r
}

// join is the text to analyse: title and text on two lines where both are
// there and the text does not begin with the title.
func (s *Scratch) join(p *schemas.Post) string {
	switch {
	case p.Title == "" || strings.HasPrefix(p.Text, p.Title):
		return p.Text
	case p.Text == "":
		return p.Title
	}
	s.joined = append(append(append(s.joined[:0], p.Title...), '\n'), p.Text...)
	return asString(s.joined)
}

// setLanguage lets a post's own language count over the detected one.
func setLanguage(d *text.Doc, given string) string {
	if given == "" {
		return d.Lang
	}
	primary, _, _ := strings.Cut(given, "-")
	primary, _, _ = strings.Cut(primary, "_")
	switch {
	case strings.EqualFold(primary, "zh"):
		d.Lang = text.Chinese
	case strings.EqualFold(primary, "en"):
		d.Lang = text.English
	default:
		d.Lang = text.OtherLang
		return given
	}
	return d.Lang
}
