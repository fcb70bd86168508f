package simulate

import (
	"math/rand/v2"
	"strings"
	"time"

	"fenghuo/schemas"
)

type polarity int

const (
	positive polarity = iota
	neutral
	negative
)

var polarityNames = [...]string{"pos", "neutral", "neg"}

// occasion is why a post is written.
type occasion int

const (
	ordinary occasion = iota
	promoted
	launched
	inCrisis
)

// complaintMix is what ordinary complaints are about; it sums to 1.
var complaintMix = []struct {
	kind  schemas.ComplaintType
	share float64
}{
	{schemas.ProductQuality, .36}, {schemas.Logistics, .22}, {schemas.CustomerService, .21},
	{schemas.FalseAdvertising, .09}, {schemas.CounterfeitIP, .04}, {schemas.ProductSafety, .02},
	{schemas.DataSecurity, .02}, {schemas.BrandImage, .02}, {schemas.Compliance, .01}, {schemas.InternalManagement, .01},
}

// englishShare of the posts in reviews and on social channels is in English.
const englishShare = .04

// topic is what one post is about.
type topic struct {
	brand, sku int // sku -1: the brand as a whole
	channel    int
	mood       polarity
	occasion   occasion
}

// compose writes a post. Reviews carry brand and SKU as fields; elsewhere the
// text alone says what it is about.
func (s *Simulator) compose(t topic, at time.Time) *schemas.Post {
	b, ch := &s.brands[t.brand], &channels[t.channel]
	author, followers := s.crowd.author(s.rng, t.channel)
	p := &schemas.Post{
		ID: s.newID(ch.prefix), PublishedAt: at, Channel: ch.id, Kind: ch.kind,
		AuthorID: author, Followers: followers, Lang: "zh",
		Region: regions[s.rng.IntN(len(regions))],
	}
	if ch.voice == "reviews" {
		p.Brand, p.SKU = b.ID, b.skus[max(t.sku, 0)].ID
		p.Rating = rating(s.rng, t.mood)
	} else {
		p.Likes, p.Reposts, p.Comments = engagement(s.rng, followers)
	}
	section := s.section(t, p)
	subject := s.subject(t)
	p.Text = s.text(section, subject)
	if ch.voice == "news" {
		switch t.occasion {
		case inCrisis:
			p.Title = s.text("crisis.title", subject)
		case launched:
			p.Title = s.text("launch.title", subject)
		default:
			p.Title = s.text("news.title", subject)
		}
	}
	return p
}

// section names the texts of the bank that fit the topic.
func (s *Simulator) section(t topic, p *schemas.Post) string {
	voice, mood := channels[t.channel].voice, polarityNames[t.mood]
	if voice != "news" && s.rng.Float64() < englishShare {
		p.Lang = "en"
		if t.occasion == inCrisis {
			return "text.en.crisis"
		}
		return "text.en." + mood
	}
	switch {
	case t.occasion == inCrisis:
		return "text.crisis." + voice
	case voice == "news":
		return "text.news.neutral"
	case voice == "social" && t.mood != negative && t.occasion == launched:
		return "text.launch." + mood
	case voice == "social" && t.mood != negative && t.occasion == promoted:
		return "text.promo." + mood
	}
	return "text." + voice + "." + mood
}

// subject fills the slots for a topic.
func (s *Simulator) subject(t topic) subject {
	b := &s.brands[t.brand]
	k := &b.skus[max(t.sku, 0)]
	ref := b.Name
	if t.sku >= 0 {
		names := append([]string{k.Name, k.Name}, k.Aliases...)
		ref = names[s.rng.IntN(len(names))]
	} else if s.rng.IntN(6) == 0 {
		ref = b.latin
	}
	complaint := complaintMix[pick(s.rng, len(complaintMix), func(i int) float64 { return complaintMix[i].share })].kind
	if t.occasion == promoted && s.rng.IntN(3) == 0 {
		complaint = schemas.Logistics
	}
	sections := map[string]string{"bad": "bad." + string(complaint), "crisis": "crisis.product_safety"}
	if t.occasion == inCrisis {
		crisisSections(sections, s.story.crisis.kind)
	}
	return subject{
		category: b.Category,
		words: map[string]string{
			"brand": b.Name, "latin": b.latin, "product": k.product, "model": k.model, "sku": k.Name, "ref": ref,
		},
		sections: sections,
	}
}

// crisisSections lets the texts of a crisis speak of its type. Those of
// bank.txt are about injuries, which no other type has.
func crisisSections(sections map[string]string, kind schemas.ComplaintType) {
	of := func(name string) string { return name + "." + string(kind) }
	sections["bad"] = of("bad")
	if kind == schemas.ProductSafety {
		return
	}
	for slot, section := range map[string]string{
		"crisis": of("story"), "story": of("story"), "report": of("report"), "cry": of("cry"),
		"crisis.voice": of("cry"), "harm": of("cry"), "verdict.neg": of("cry"), "scene.after": "after",
		"crisis.react": "story.react", "crisis.topic": "story.topic", "comment.neg": "story.comment",
		"crisis.title": of("title"), "crisis.news": "story.news", "news.voice": of("report"),
		"en.crisis": of("english"), "en.neg": of("english"),
	} {
		sections[slot] = section
	}
}

func (s *Simulator) text(section string, about subject) string {
	var out strings.Builder
	s.bank.write(&out, s.rng, section, about)
	return strings.TrimSpace(out.String())
}

// repost passes a post on, with a remark before it as people do.
func (s *Simulator) repost(of *schemas.Post, t topic, at time.Time) *schemas.Post {
	section := "repost"
	if t.mood == negative {
		section = "repost.neg"
	}
	p := s.follow(of, t, at, "repost")
	p.Text = s.text(section, s.subject(t)) + "//@" + of.AuthorID + ":" + of.Text
	return p
}

// comment answers a post; whoever collects comments knows whose they are, so
// the brand is a field.
func (s *Simulator) comment(of *schemas.Post, t topic, at time.Time) *schemas.Post {
	p := s.follow(of, t, at, "comment")
	p.Brand = s.brands[t.brand].Name
	p.Text = s.text("comment."+polarityNames[t.mood], s.subject(t))
	return p
}

func (s *Simulator) follow(of *schemas.Post, t topic, at time.Time, kind string) *schemas.Post {
	author, followers := s.crowd.author(s.rng, t.channel)
	return &schemas.Post{
		ID: s.newID(channels[t.channel].prefix), PublishedAt: at, Channel: of.Channel, Kind: kind, Lang: of.Lang,
		AuthorID: author, Followers: followers, ParentID: of.ID, Region: regions[s.rng.IntN(len(regions))],
	}
}

func rating(rng *rand.Rand, mood polarity) float32 {
	second := rng.IntN(4) == 0
	switch {
	case mood == positive && !second:
		return 5
	case mood == positive:
		return 4
	case mood == neutral:
		return 3
	case second:
		return 2
	}
	return 1
}
