package simulate

import (
	"container/heap"
	"encoding/json"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"fenghuo/pipeline/config"
	"fenghuo/schemas"
)

// Shares of PostsPerDay; reposts and comments make up the rest.
const (
	brandShare   = .70
	chatterShare = .15
)

// Over-dispersion: gamma factors of mean 1 on a brand's rate, redrawn by the
// hour and by the day, make its counts negative binomial at both scales.
const (
	hourShape = 12
	dayShape  = 40
)

// Rates of what is wrong in a stream.
const (
	duplicateShare = 1. / 500
	faultShare     = 1. / 2000
)

// Record is one record of the stream. Post is nil where Raw is not a post.
type Record struct {
	At   time.Time // event time; of a bad record, the time of its place
	Post *schemas.Post
	Raw  []byte // as it would lie on the posts topic
}

// Simulator draws one stream. It is not safe for concurrent use.
type Simulator struct {
	options Options
	bank    *bank
	rng     *rand.Rand
	brands  []brand
	crowd   *crowd
	story   story
	truth   Truth

	ids       uint64
	seq       int
	scheduled schedule
	hourly    []float64 // over-dispersion factors by brand
	daily     []float64
}

// New prepares a stream; it fails where the options contradict themselves.
func New(o Options) (*Simulator, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	b, err := loadBank()
	if err != nil {
		return nil, err
	}
	// Separate streams of chance, so that more SKUs do not move the crisis.
	source := func(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(o.Seed, stream)) }
	s := &Simulator{options: o, bank: b, rng: source(1)}
	s.brands = newPortfolio(b, source(2), o.Brands, o.SKUs)
	s.crowd = newCrowd(source(3))
	s.story = newStory(o, source(4), s.brands)
	s.hourly, s.daily = make([]float64, o.Brands), make([]float64, o.Brands)
	s.truth = s.plannedTruth()
	return s, nil
}

// End is the first moment after the stream.
func (s *Simulator) End() time.Time { return s.options.Start.AddDate(0, 0, s.options.Days) }

// Truth is what the stream holds; its counts are of the records drawn so far.
func (s *Simulator) Truth() Truth { return s.truth }

// Config is a config with the portfolio, its channels and its calendar; all
// else is the default.
func (s *Simulator) Config() *config.Config {
	c := config.Default()
	for i := range s.brands {
		c.Brands = append(c.Brands, s.brands[i].Brand)
	}
	for i := range channels {
		c.Channels = append(c.Channels, config.Channel{ID: channels[i].id, Weight: channels[i].weight})
	}
	if p := s.story.promotion; p != nil {
		c.Calendar = append(c.Calendar, config.Event{Name: p.name, From: p.from, To: p.to, Lift: p.lift})
	}
	return c
}

// Records yields the stream once, in event-time order.
func (s *Simulator) Records() iter.Seq[Record] {
	return func(yield func(Record) bool) {
		end := s.End()
		for at := s.options.Start; at.Before(end); at = at.Add(time.Minute) {
			for _, r := range s.minute(at) {
				s.count(&r)
				if !yield(r.Record) {
					return
				}
			}
		}
	}
}

// drawn is a record with what the truth needs to know of it.
type drawn struct {
	Record
	topic     topic
	chatter   bool
	duplicate bool
	reason    schemas.Reason
	seq       int
}

// minute draws what is published in the minute from at on, in order.
func (s *Simulator) minute(at time.Time) []drawn {
	s.disperse(at)
	var list []drawn
	add := func(n int, draw func(time.Time) drawn) {
		for range n {
			r := draw(at.Add(time.Duration(s.rng.IntN(60_000)) * time.Millisecond))
			s.seq++
			r.seq = s.seq
			list = append(list, r)
			s.spread(&r)
		}
	}
	for b := range s.brands {
		add(s.poisson(s.brandRate(b, at)), func(t time.Time) drawn { return s.post(s.ordinaryTopic(b, t), t) })
	}
	if c := s.story.crisis; c != nil {
		for _, w := range waves {
			about := topic{brand: c.brand, sku: c.sku, channel: w.channel, mood: negative, occasion: inCrisis}
			add(s.poisson(c.rate(w, at)), func(t time.Time) drawn { return s.post(about, t) })
		}
	}
	if l := s.story.launch; l != nil {
		add(s.poisson(l.at(at)*channels[1].rhythm(at)), func(t time.Time) drawn { return s.post(s.launchTopic(l), t) })
	}
	perMinute := float64(s.options.PostsPerDay) / (24 * 60) * channels[1].rhythm(at)
	add(s.poisson(perMinute*chatterShare), s.chatter)
	add(s.poisson(perMinute*faultShare), s.fault)

	for len(s.scheduled) > 0 && s.scheduled[0].At.Before(at.Add(time.Minute)) {
		list = append(list, heap.Pop(&s.scheduled).(drawn))
	}
	slices.SortFunc(list, func(a, b drawn) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return a.seq - b.seq
	})
	return s.repeated(list)
}

// disperse redraws the factors at the turn of an hour and of a day.
func (s *Simulator) disperse(at time.Time) {
	if at.Minute() != 0 && !at.Equal(s.options.Start) {
		return
	}
	newDay := at.Hour() == 0 || at.Equal(s.options.Start)
	for b := range s.brands {
		s.hourly[b] = distuv.Gamma{Alpha: hourShape, Beta: hourShape, Src: s.rng}.Rand()
		if newDay {
			s.daily[b] = distuv.Gamma{Alpha: dayShape, Beta: dayShape, Src: s.rng}.Rand()
		}
	}
}

// brandRate is a brand's ordinary posts a minute.
func (s *Simulator) brandRate(b int, at time.Time) float64 {
	rhythm := 0.0
	for i := range channels {
		rhythm += channels[i].share * channels[i].rhythm(at)
	}
	rate := float64(s.options.PostsPerDay) * brandShare * s.brands[b].weight / (24 * 60)
	return rate * rhythm * s.hourly[b] * s.daily[b] * s.story.promotion.factor(at)
}

func (s *Simulator) ordinaryTopic(b int, at time.Time) topic {
	total := 0.0
	for i := range channels {
		total += channels[i].share * channels[i].rhythm(at)
	}
	ch := pick(s.rng, len(channels), func(i int) float64 { return channels[i].share * channels[i].rhythm(at) / total })
	t := topic{brand: b, channel: ch, sku: -1}
	if channels[ch].voice != "social" || s.rng.Float64() < .6 {
		skus := s.brands[b].skus
		t.sku = pick(s.rng, len(skus), func(i int) float64 { return skus[i].weight })
	}
	t.mood = polarity(pick(s.rng, 3, func(i int) float64 { return channels[ch].polarity[i] }))
	// Of what a promotion adds, about half is about the promotion.
	if f := s.story.promotion.factor(at); s.rng.Float64() < (f-1)/f*.5 {
		t.occasion = promoted
	}
	return t
}

func (s *Simulator) launchTopic(l *launch) topic {
	ch := pick(s.rng, 4, func(i int) float64 { return [4]float64{.45, .25, .22, .08}[i] })
	mood := polarity(pick(s.rng, 3, func(i int) float64 { return [3]float64{.72, .26, .02}[i] }))
	return topic{brand: l.brand, sku: l.sku, channel: []int{1, 2, 3, 4}[ch], mood: mood, occasion: launched}
}

func (s *Simulator) post(t topic, at time.Time) drawn {
	return drawn{Record: record(s.compose(t, at)), topic: t}
}

func (s *Simulator) chatter(at time.Time) drawn {
	ch := 1 + s.rng.IntN(4)
	author, followers := s.crowd.author(s.rng, ch)
	likes, reposts, comments := engagement(s.rng, followers)
	p := &schemas.Post{
		ID: s.newID(channels[ch].prefix), PublishedAt: at, Channel: channels[ch].id, Kind: "post", Lang: "zh",
		Text: s.text("text.chatter", subject{}), AuthorID: author, Followers: followers,
		Likes: likes, Reposts: reposts, Comments: comments, Region: regions[s.rng.IntN(len(regions))],
	}
	return drawn{Record: record(p), chatter: true}
}

// spread schedules the reposts and comments that a social post draws: most
// draw none, a few very many, and what frightens is passed on more. An
// ordinary complaint stays among friends: were it passed on by dozens, it
// would be a crisis that the truth does not know.
func (s *Simulator) spread(r *drawn) {
	if r.Post == nil || r.chatter || channels[r.topic.channel].voice != "social" {
		return
	}
	repost, comment, most := .06, .08, 30.
	switch {
	case r.topic.occasion == inCrisis:
		repost, comment = .15, .15
	case r.topic.mood == negative:
		most = 4
	}
	if r.Post.Channel == "weibo" && s.rng.Float64() < repost {
		for range int(min(most, math.Pow(1-s.rng.Float64(), -1/1.3))) {
			s.later(r, 90*time.Minute, s.repost)
		}
	}
	if s.rng.Float64() < comment {
		for range 1 + s.rng.IntN(3) {
			s.later(r, 40*time.Minute, s.comment)
		}
	}
}

func (s *Simulator) later(of *drawn, mean time.Duration, write func(*schemas.Post, topic, time.Time) *schemas.Post) {
	at := of.At.Add(time.Second + time.Duration(s.rng.ExpFloat64()*float64(mean))).Truncate(time.Millisecond)
	if !at.Before(s.End()) {
		return
	}
	s.seq++
	heap.Push(&s.scheduled, drawn{Record: record(write(of.Post, of.topic, at)), topic: of.topic, seq: s.seq})
}

// repeated lets one post in some hundreds come twice, as crawlers do: the
// same channel and id, other counts.
func (s *Simulator) repeated(list []drawn) []drawn {
	out := list[:0:0]
	for _, r := range list {
		out = append(out, r)
		if r.Post != nil && s.rng.Float64() < duplicateShare {
			again := *r.Post
			again.Likes += int64(1 + s.rng.IntN(9))
			r.Record, r.duplicate = record(&again), true
			out = append(out, r)
		}
	}
	return out
}

func (s *Simulator) poisson(rate float64) int {
	if rate <= 0 {
		return 0
	}
	return int(distuv.Poisson{Lambda: rate, Src: s.rng}.Rand())
}

// newID is unique: an odd factor permutes the numbers below a power of two.
func (s *Simulator) newID(prefix string) string {
	s.ids++
	return prefix + strconv.FormatUint(s.ids*0x5851f42d4c957f2d&(1<<44-1), 36)
}

func record(p *schemas.Post) Record {
	raw, err := json.Marshal(p)
	if err != nil {
		panic(err) // a Post always encodes
	}
	return Record{At: p.PublishedAt, Post: p, Raw: raw}
}

// schedule is a heap of what is to be published later, soonest first.
type schedule []drawn

func (q schedule) Len() int { return len(q) }
func (q schedule) Less(i, j int) bool {
	if c := q[i].At.Compare(q[j].At); c != 0 {
		return c < 0
	}
	return q[i].seq < q[j].seq
}
func (q schedule) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *schedule) Push(x any)   { *q = append(*q, x.(drawn)) }
func (q *schedule) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
