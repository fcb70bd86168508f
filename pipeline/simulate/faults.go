package simulate

import (
	"bytes"
	"encoding/json"
	"time"

	"fenghuo/schemas"
)

// faults spoil the JSON of a post in the ways that sources do.
var faults = []struct {
	reason schemas.Reason
	spoil  func(raw []byte) []byte
}{
	{schemas.ReasonNotJSON, func(raw []byte) []byte { return raw[:len(raw)/2] }},
	{schemas.ReasonSchema, func(raw []byte) []byte { return append(append([]byte("["), raw...), ']') }},
	{schemas.ReasonNoText, set("text", " \n ")},
	{schemas.ReasonNoTime, set("published_at", "yesterday")},
	{schemas.ReasonPast, set("published_at", "1970-01-01T00:00:00Z")},
	{schemas.ReasonFuture, set("published_at", "2099-01-01T00:00:00Z")},
	{schemas.ReasonInvalidUTF8, func(raw []byte) []byte {
		return bytes.Replace(raw, []byte(`"text":"`), []byte("\"text\":\"\xb5\xe7"), 1)
	}},
}

func set(field string, value any) func([]byte) []byte {
	return func(raw []byte) []byte {
		var m map[string]any
		if err := json.Unmarshal(raw, &m); err != nil {
			panic(err) // raw was encoded by record
		}
		m[field] = value
		spoiled, _ := json.Marshal(m)
		return spoiled
	}
}

// fault draws a record that is not a post.
func (s *Simulator) fault(at time.Time) drawn {
	f := faults[s.rng.IntN(len(faults))]
	whole := s.chatter(at)
	return drawn{Record: Record{At: at, Raw: f.spoil(whole.Raw)}, reason: f.reason}
}

// plannedTruth is the truth before the first record.
func (s *Simulator) plannedTruth() Truth {
	t := Truth{
		Seed: s.options.Seed, Start: s.options.Start, End: s.End(),
		Counts: Counts{Dead: map[schemas.Reason]int{}, ByChannel: map[string]int{}, ByBrand: map[string]int{}},
	}
	if c := s.story.crisis; c != nil {
		b := &s.brands[c.brand]
		peak, end := c.peak(t.End)
		t.Crisis = &CrisisTruth{
			Brand: b.ID, BrandName: b.Name, SKU: b.skus[c.sku].ID, SKUName: b.skus[c.sku].Name,
			Type: c.kind, Start: c.start, Peak: peak, End: end,
		}
		for _, w := range waves {
			at := c.start.Add(time.Duration(float64(w.delay) * c.pace)).Truncate(time.Second)
			t.Crisis.Channels = append(t.Crisis.Channels, ArrivalTruth{channels[w.channel].id, at})
		}
	}
	if p := s.story.promotion; p != nil {
		t.Promotion = &PromotionTruth{p.name, p.from, p.to, p.lift}
	}
	if l := s.story.launch; l != nil {
		b := &s.brands[l.brand]
		t.Launch = &LaunchTruth{Brand: b.ID, SKU: b.skus[l.sku].ID, Start: l.start}
	}
	return t
}

// count keeps the truth's account of what was drawn.
func (s *Simulator) count(r *drawn) {
	c := &s.truth.Counts
	c.Records++
	switch {
	case r.reason != "":
		c.Dead[r.reason]++
		return
	case r.duplicate:
		c.Duplicates++
		return
	}
	c.Distinct++
	c.ByChannel[r.Post.Channel]++
	if r.chatter {
		c.Chatter++
		return
	}
	c.ByBrand[s.brands[r.topic.brand].ID]++
	switch r.Post.Kind {
	case "repost":
		c.Reposts++
	case "comment":
		c.Comments++
	}
	switch r.topic.occasion {
	case inCrisis:
		t := s.truth.Crisis
		if t.Posts == 0 {
			t.FirstPost = r.At
		}
		t.Posts++
	case launched:
		s.truth.Launch.Posts++
	}
}
