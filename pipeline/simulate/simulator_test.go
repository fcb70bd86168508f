package simulate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"fenghuo/pipeline/config"
	"fenghuo/schemas"
)

// digest runs a stream to its end and hashes its bytes.
func digest(t *testing.T, o Options) (string, Truth) {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for r := range s.Records() {
		h.Write(r.Raw)
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil)), s.Truth()
}

// small is a stream that takes a moment only and still holds all there is.
var small = Options{Seed: 7, Days: 5, Brands: 6, SKUs: 30, PostsPerDay: 3000}

func TestSameSeedSameBytes(t *testing.T) {
	a, _ := digest(t, small)
	b, _ := digest(t, small)
	if a != b {
		t.Errorf("two streams of one seed differ: %s and %s", a, b)
	}
	other := small
	other.Seed++
	if c, _ := digest(t, other); c == a {
		t.Error("another seed gave the same stream")
	}
}

func TestTruthCountsTheStream(t *testing.T) {
	s, err := New(small)
	if err != nil {
		t.Fatal(err)
	}
	type key struct{ channel, id string }
	seen := map[key]bool{}
	var distinct, duplicates, bad, crisis int
	var last time.Time
	names := crisisNames(s)
	for r := range s.Records() {
		if r.At.Before(last) {
			t.Fatalf("record at %v after one at %v", r.At, last)
		}
		last = r.At
		var p schemas.Post
		err := json.Unmarshal(r.Raw, &p)
		if r.Post == nil {
			bad++
			continue
		}
		if err != nil || !utf8.Valid(r.Raw) || strings.TrimSpace(p.Text) == "" {
			t.Fatalf("%s is not a post: %v", r.Raw, err)
		}
		k := key{p.Channel, p.ID}
		if seen[k] {
			duplicates++
			continue
		}
		seen[k] = true
		distinct++
		if !r.At.Before(s.truth.Crisis.Start) && p.Rating <= 1 && strings.Contains(p.Text, names[0]) {
			crisis++
		}
	}
	c := s.Truth().Counts
	dead := 0
	for _, n := range c.Dead {
		dead += n
	}
	if c.Distinct != distinct || c.Duplicates != duplicates || dead != bad || c.Records != distinct+duplicates+bad {
		t.Errorf("truth %+v; the stream has %d distinct, %d duplicates, %d bad", c, distinct, duplicates, bad)
	}
	for name, n := range map[string]int{"duplicates": duplicates, "bad records": bad, "crisis posts": crisis, "reposts": c.Reposts, "comments": c.Comments, "chatter": c.Chatter} {
		if n == 0 {
			t.Errorf("the stream has no %s", name)
		}
	}
}

// A post that is about a brand can be known to be: by its fields or its words.
func TestPostsNameTheirBrand(t *testing.T) {
	s, err := New(small)
	if err != nil {
		t.Fatal(err)
	}
	named, silent := 0, 0
	for r := range s.Records() {
		if r.Post == nil {
			continue
		}
		about := r.Post.Brand != ""
		for i := range s.brands {
			text := r.Post.Title + r.Post.Text
			about = about || strings.Contains(text, s.brands[i].Name) || strings.Contains(text, s.brands[i].latin)
		}
		if about {
			named++
		} else {
			silent++
		}
	}
	c := s.Truth().Counts
	// A copy of a chatting post is silent, too.
	if silent < c.Chatter || silent > c.Chatter+c.Duplicates || named < c.Distinct-c.Chatter {
		t.Errorf("%d posts name a brand and %d do not; the truth is %+v", named, silent, c)
	}
}

func crisisNames(s *Simulator) []string {
	c := s.story.crisis
	return append([]string{s.brands[c.brand].skus[c.sku].Name}, s.brands[c.brand].skus[c.sku].Aliases...)
}

// A crisis begins in reviews, reaches news last, and is at its height long
// after its start.
func TestCrisisUnfolds(t *testing.T) {
	for seed := range uint64(20) {
		s, err := New(Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		c := s.Truth().Crisis
		if c.Channels[0].Channel != "reviews" || !c.Channels[0].At.Equal(c.Start) {
			t.Errorf("seed %d: the crisis begins in %+v", seed, c.Channels[0])
		}
		for i := 1; i < len(c.Channels); i++ {
			if !c.Channels[i].At.After(c.Channels[i-1].At) {
				t.Errorf("seed %d: %+v does not come after %+v", seed, c.Channels[i], c.Channels[i-1])
			}
		}
		if lead := c.Peak.Sub(c.Start); lead < 18*time.Hour {
			t.Errorf("seed %d: the peak is %v after the start", seed, lead)
		}
		if !c.End.After(c.Peak) {
			t.Errorf("seed %d: end %v, peak %v", seed, c.End, c.Peak)
		}
	}
}

// Without the crisis, the rest of the portfolio and its story stay the same.
func TestQuietStream(t *testing.T) {
	quiet := small
	quiet.Crisis.Off = true
	_, with := digest(t, small)
	_, without := digest(t, quiet)
	if without.Crisis != nil {
		t.Errorf("a quiet stream has the crisis %+v", without.Crisis)
	}
	if *with.Promotion != *without.Promotion || with.Launch.Start != without.Launch.Start {
		t.Error("leaving the crisis out moved the promotion or the launch")
	}
}

// Hourly counts of a brand vary more than Poisson counts of the same rates
// would: variance over mean of the same hour on different days is above 1.
func TestCountsAreOverDispersed(t *testing.T) {
	o := Options{Seed: 3, Days: 21, Brands: 2, SKUs: 4, PostsPerDay: 8000, Start: time.Date(2025, 3, 1, 0, 0, 0, 0, shanghai)}
	o.Crisis.Off = true
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.story = story{}
	counts := make([]float64, 21*24)
	for r := range s.Records() {
		if r.Post != nil && r.Post.Brand == s.brands[0].ID {
			counts[int(r.At.Sub(o.Start)/time.Hour)]++
		}
	}
	var ratio float64
	for hour := range 24 {
		mean, variance := 0., 0.
		for day := range 21 {
			mean += counts[day*24+hour] / 21
		}
		for day := range 21 {
			d := counts[day*24+hour] - mean
			variance += d * d / 20
		}
		ratio += variance / mean / 24
	}
	if ratio < 1.5 {
		t.Errorf("variance over mean is %.2f, want over-dispersion", ratio)
	}
}

// Every slot of the bank leads to a section or to a word of the subject.
func TestBankIsComplete(t *testing.T) {
	b, err := loadBank()
	if err != nil {
		t.Fatal(err)
	}
	var subjects []subject
	for _, kind := range schemas.ComplaintTypes {
		subjects = append(subjects, crisisOf(t, kind).subject(topic{sku: 0, occasion: inCrisis}))
	}
	has := func(section string) bool {
		own, general := b.lookup(section, "appliance")
		return len(own)+len(general) > 0
	}
	for i, about := range subjects {
		for slot, section := range about.sections {
			if !has(section) {
				t.Errorf("%s: {%s} is of [%s], which is nowhere", schemas.ComplaintTypes[i], slot, section)
			}
		}
	}
	check := func(section, slot string) {
		if has(slot) || subjects[0].words[slot] != "" {
			return
		}
		for _, about := range subjects {
			if about.sections[slot] != "" {
				return
			}
		}
		t.Errorf("[%s] uses {%s}, which is nowhere", section, slot)
	}
	var walk func(string, template)
	walk = func(section string, tpl template) {
		for _, p := range tpl {
			if p.slot != "" {
				check(section, p.slot)
			}
			for _, alt := range p.alts {
				walk(section, alt)
			}
		}
	}
	for name, lines := range b.sections {
		for _, line := range lines {
			walk(name, line)
		}
	}
	for _, kind := range schemas.ComplaintTypes {
		for _, category := range categories {
			if own, general := b.lookup("bad."+string(kind), category); len(own)+len(general) == 0 {
				t.Errorf("no complaints of type %s", kind)
			}
		}
	}
}

func TestParseBank(t *testing.T) {
	// A slot, alternatives, nesting, an empty alternative.
	b, err := parseBank("[a]\nx{b}{1|2{b}|}\n[b]\ny\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := b.sections["a"][0]; len(got) != 3 || got[1].slot != "b" || len(got[2].alts) != 3 {
		t.Errorf("parsed as %+v", got)
	}
	for name, text := range map[string]string{
		"open brace":         "[a]\n{b",
		"closed too often":   "[a]\n{a|{b}",
		"before any section": "x\n",
	} {
		if _, err := parseBank(text); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Any size of portfolio has distinct ids, names and aliases, and its config
// reads back.
func TestPortfolioIsUnambiguous(t *testing.T) {
	s, err := New(Options{Seed: 1, Brands: 3000, SKUs: 12_000})
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]string{}
	take := func(owner string, names ...string) {
		for _, n := range names {
			n = strings.ToLower(n)
			if other, ok := taken[n]; ok && other != owner {
				t.Fatalf("%q belongs to %s and %s", n, other, owner)
			}
			taken[n] = owner
		}
	}
	for _, b := range s.Config().Brands {
		take(b.ID, append(b.Aliases, b.ID, b.Name)...)
		for _, k := range b.SKUs {
			take(k.ID, append(k.Aliases, k.ID, k.Name)...)
		}
	}
}

func TestConfigReadsBack(t *testing.T) {
	s, err := New(small)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.WriteConfig(&out); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("fenghuo.yaml", out.Bytes())
	if err != nil {
		t.Fatalf("%v in\n%s", err, out.String())
	}
	want := s.Config()
	if len(c.Brands) != len(want.Brands) || len(c.Channels) != len(want.Channels) || len(c.Brands[0].SKUs) != len(want.Brands[0].SKUs) {
		t.Errorf("read back %d brands, %d channels", len(c.Brands), len(c.Channels))
	}
	if len(c.Calendar) != 1 || !c.Calendar[0].From.Equal(want.Calendar[0].From) || c.Calendar[0].Lift != want.Calendar[0].Lift {
		t.Errorf("calendar read back as %+v, want %+v", c.Calendar, want.Calendar)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]Options{
		"fewer SKUs than brands": {Brands: 5, SKUs: 2},
		"no such brand":          {Crisis: Crisis{Brand: 13}},
		"crisis after the end":   {Days: 2, Crisis: Crisis{After: 49 * time.Hour}},
		"unknown type":           {Crisis: Crisis{Type: "weather"}},
		"negative days":          {Days: -1},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
