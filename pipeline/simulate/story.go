package simulate

import (
	"math"
	"math/rand/v2"
	"time"

	"fenghuo/schemas"
)

// story is what happens in the portfolio: where, when and how much.
type story struct {
	crisis    *crisis
	promotion *promotion
	launch    *launch
}

// crisis is a surge of complaints about one SKU, channel after channel.
type crisis struct {
	kind       schemas.ComplaintType
	brand, sku int
	start      time.Time
	pace       float64 // 1 for a fortnight; shorter streams live faster
	peakRate   float64 // posts a minute, at the height of all channels
}

// wave is how a crisis goes through one channel: it arrives, rises to its
// height, and ebbs away as x/r * exp(1-x/r).
type wave struct {
	channel int
	delay   time.Duration
	rise    time.Duration
	share   float64
}

var waves = []wave{
	{channelIndex("reviews"), 0, 16 * time.Hour, .10},
	{channelIndex("forum"), 6 * time.Hour, 18 * time.Hour, .08},
	{channelIndex("xiaohongshu"), 9 * time.Hour, 18 * time.Hour, .17},
	{channelIndex("weibo"), 13 * time.Hour, 20 * time.Hour, .42},
	{channelIndex("douyin"), 18 * time.Hour, 20 * time.Hour, .17},
	{channelIndex("news"), 22 * time.Hour, 16 * time.Hour, .06},
}

// rate is posts a minute that the crisis adds to a channel.
func (c *crisis) rate(w wave, at time.Time) float64 {
	x := float64(at.Sub(c.start))/c.pace - float64(w.delay)
	if x <= 0 {
		return 0
	}
	x /= float64(w.rise)
	return c.peakRate * w.share * x * math.Exp(1-x) * channels[w.channel].rhythm(at)
}

func (c *crisis) total(at time.Time) float64 {
	sum := 0.0
	for _, w := range waves {
		sum += c.rate(w, at)
	}
	return sum
}

// peak is the minute of the greatest rate before limit, and end the last time
// before limit that the rate is above a twentieth of it.
func (c *crisis) peak(limit time.Time) (peak, end time.Time) {
	best := 0.0
	for at := c.start; at.Before(limit); at = at.Add(time.Minute) {
		if r := c.total(at); r > best {
			best, peak = r, at
		}
	}
	end = peak
	for at := peak; at.Before(limit); at = at.Add(time.Minute) {
		if c.total(at) > best/20 {
			end = at
		}
	}
	return peak, end
}

// promotion lifts every brand, its complaints in proportion.
type promotion struct {
	name     string
	from, to time.Time
	lift     float64
}

func (p *promotion) factor(at time.Time) float64 {
	if p == nil || at.Before(p.from) || !at.Before(p.to) {
		return 1
	}
	return p.lift
}

// launch is a new SKU that is praised.
type launch struct {
	brand, sku int
	start      time.Time
	rate       float64 // posts a minute at the start
	fade       time.Duration
}

func (l *launch) at(t time.Time) float64 {
	x := t.Sub(l.start)
	if x < 0 {
		return 0
	}
	return l.rate * math.Exp(-float64(x)/float64(l.fade))
}

// newStory chooses what happens. A stream of less than four days has room for
// the crisis alone.
func newStory(o Options, rng *rand.Rand, brands []brand) story {
	length := time.Duration(o.Days) * 24 * time.Hour
	part := func(f float64) time.Time {
		return o.Start.Add(time.Duration(f * float64(length))).Truncate(time.Minute)
	}
	perMinute := func(b int) float64 { return float64(o.PostsPerDay) * brandShare * brands[b].weight / (24 * 60) }

	// One of the better selling SKUs of a brand that is neither the largest
	// nor the smallest; the choices are drawn in any case, so that a stream
	// without the crisis is otherwise the same.
	b := len(brands)/4 + rng.IntN(max(1, len(brands)/2))
	when := part(.43 + .07*rng.Float64())
	skuDraw, launchDraw := rng.IntN(3), rng.IntN(max(1, len(brands)-1))
	if o.Crisis.Brand > 0 {
		b = o.Crisis.Brand - 1
	}
	if o.Crisis.After > 0 {
		when = o.Start.Add(o.Crisis.After)
	}
	var s story
	if !o.Crisis.Off {
		s.crisis = &crisis{
			kind: o.Crisis.Type, brand: b, sku: skuDraw % len(brands[b].skus), start: when,
			pace: min(1, float64(o.Days)/10), peakRate: o.Crisis.Size * perMinute(b),
		}
	}
	if o.Days < 4 {
		return s
	}
	s.promotion = newPromotion(o, part)
	if l := (b + 1 + launchDraw) % len(brands); l != b {
		morning := part(.27).In(shanghai)
		s.launch = &launch{
			brand: l, sku: len(brands[l].skus) - 1,
			start: time.Date(morning.Year(), morning.Month(), morning.Day(), 10, 0, 0, 0, shanghai),
			rate:  4 * perMinute(l), fade: 16 * time.Hour,
		}
	}
	return s
}

// newPromotion is 双11, or a member's day where the stream does not reach it.
func newPromotion(o Options, part func(float64) time.Time) *promotion {
	p := &promotion{name: "双11", lift: 2.5}
	p.from = time.Date(o.Start.Year(), 11, 10, 20, 0, 0, 0, shanghai)
	if p.from.Before(o.Start.AddDate(0, 0, 2)) || p.from.After(part(.95)) {
		day := part(.72).In(shanghai)
		p.name = "会员日"
		p.from = time.Date(day.Year(), day.Month(), day.Day(), 20, 0, 0, 0, shanghai)
	}
	p.to = p.from.Add(28 * time.Hour)
	return p
}
