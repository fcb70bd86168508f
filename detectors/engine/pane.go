package engine

import (
	"math"
	"slices"
	"time"

	"fenghuo/detectors/burst"
	"fenghuo/detectors/state"
	"fenghuo/schemas"
)

const (
	paneSeconds = int64(Pane / time.Second)
	memoryPanes = int64(24 * time.Hour / Pane) // how long panes are kept: the longest window

	panePosts  = 2  // most telling posts kept a pane
	brandWords = 32 // most telling keywords kept a pane of a brand
	maxWords   = 5  // keywords counted of a mention, which has the best first
	skuWords   = 8  // and of a SKU
)

// counts are what is counted of a span's mentions.
type counts struct {
	said
	negative   uint32
	upset      uint32 // complaints or negative
	duplicates uint32
	passed     uint32 // of the duplicates, reposts
	unknown    uint32 // authors unseen before or without followers
	repeats    uint32 // by an author who spoke in this pane before
	reach      int64
}

// said is the part of counts that the detectors of volume look at.
type said struct {
	all        uint32
	complaints uint32
	types      []typeCount
	copies     []typeCount // of the complaints, reposts: in all (kind "") and by type
}

// pane counts five minutes of a subject that are past. Only panes that saw
// something exist. Its evidence is looked at only where an incident is open, and
// is kept as the bytes of a snapshot.
type pane struct {
	at int64 // number of the pane since 1970
	counts
	evidence evidence
}

// current is the pane in progress. Its lists are used again for later panes.
type current struct {
	at int64
	counts
	channels []channelCount
	posts    []post
	words    burst.Tally // a SKU's, of upset mentions only; a brand's are with its keywords
}

type typeCount struct {
	kind schemas.ComplaintType
	n    uint32
}

func paneOf(unix int64) int64     { return floorDiv(unix, paneSeconds) }
func paneStart(p int64) time.Time { return time.Unix(p*paneSeconds, 0).UTC() }
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// add counts a mention; weight says how telling the post is.
func (c *current) add(m *Mention, weight float32, unknown, repeat bool) {
	c.all++
	if m.Complaint {
		c.complaints++
		for _, t := range m.Types {
			c.types = addType(c.types, t, 1)
		}
		c.copy(m)
	}
	if m.Polarity == schemas.Negative {
		c.negative++
	}
	if m.upset() {
		c.upset++
	}
	if m.NearDuplicate {
		c.duplicates++
		if m.copies() {
			c.passed++
		}
	}
	if unknown {
		c.unknown++
	}
	if repeat {
		c.repeats++
	}
	c.reach += max(0, m.Followers)
	c.channels = addChannel(c.channels, channelCount{m.Channel, 1, m.At.Unix()})
	if n := len(c.posts); n < panePosts || weight >= c.posts[n-1].weight { // few posts of a busy pane need their kinds
		c.posts = addPost(c.posts, post{m.Channel, m.PostID, m.At.Unix(), weight, kindsOf(m.Types...)}, panePosts)
	}
}

// begin makes c the pane in progress, of which nothing is known yet.
func (c *current) begin(at int64) {
	c.words.Reset()
	clear(c.channels) // they hold on to the callers' strings,
	clear(c.posts)    // and so do these
	c.at, c.counts = at, counts{said: said{types: c.types[:0], copies: c.copies[:0]}}
	c.channels, c.posts = c.channels[:0], c.posts[:0]
}

func (m *Mention) upset() bool { return m.Complaint || m.Polarity == schemas.Negative }

// telling says how much a post tells: an upset one first, then by how far it
// went. A near-duplicate tells nothing new.
func telling(m *Mention) float32 {
	w := log1p(m.Followers)/4 + log1p(m.Reposts) + log1p(max(0, m.Likes)+max(0, m.Comments))/2 - float64(m.Sentiment)
	if m.upset() {
		w += 3
	}
	if m.NearDuplicate {
		w -= 5
	}
	return float32(w)
}

// log1p is the logarithm of a count and one; most counts are zero.
func log1p(n int64) float64 {
	if n <= 0 {
		return 0
	}
	return math.Log1p(float64(n))
}

// addType keeps the list by name; it is short.
func addType(list []typeCount, t schemas.ComplaintType, n uint32) []typeCount {
	for i := range list {
		if list[i].kind == t {
			list[i].n += n
			return list
		}
	}
	at := 0
	for at < len(list) && list[at].kind < t {
		at++
	}
	return slices.Insert(list, at, typeCount{t, n})
}

func countOf(list []typeCount, t schemas.ComplaintType) uint32 {
	for i := range list {
		if list[i].kind == t {
			return list[i].n
		}
	}
	return 0
}

// merge adds a span's counts.
func (c *counts) merge(o *counts) {
	c.all += o.all
	c.complaints += o.complaints
	c.negative += o.negative
	c.upset += o.upset
	c.duplicates += o.duplicates
	c.passed += o.passed
	c.unknown += o.unknown
	c.repeats += o.repeats
	c.reach += o.reach
	for _, t := range o.types {
		c.types = addType(c.types, t.kind, t.n)
	}
	for _, t := range o.copies {
		c.copies = addType(c.copies, t.kind, t.n)
	}
}

// of is the count of a signal.
func (c *said) of(signal schemas.Signal, kind schemas.ComplaintType) uint32 {
	switch signal {
	case schemas.SignalMentions:
		return c.all
	case schemas.SignalComplaints:
		return c.complaints
	}
	return countOf(c.types, kind)
}

func (c *counts) append(w *state.Writer) {
	c.appendCopies(w)
	for _, n := range []uint32{c.all, c.complaints, c.negative, c.upset, c.duplicates, c.unknown, c.repeats} {
		w.Uint(uint64(n))
	}
	w.Int(c.reach)
	appendTypes(w, c.types)
}

func (c *counts) read(r *state.Reader, intern func(string) string) {
	c.all = uint32(r.Uint())
	if c.all == 0 {
		c.readCopies(r, intern)
		if c.all = uint32(r.Uint()); c.all == 0 {
			c.passed = uint32(r.Uint())
			c.all = uint32(r.Uint())
		}
	}
	for _, n := range []*uint32{&c.complaints, &c.negative, &c.upset, &c.duplicates, &c.unknown, &c.repeats} {
		*n = uint32(r.Uint())
	}
	c.reach = r.Int()
	c.types = readTypes(r, intern)
}

func (p *pane) append(w *state.Writer) {
	w.Int(p.at)
	p.counts.append(w)
	w.B = append(w.B, p.evidence...)
}

func (p *pane) read(r *state.Reader, intern func(string) string) {
	p.at = r.Int()
	p.counts.read(r, intern)
	p.evidence = readEvidence(r)
}

func (c *current) append(w *state.Writer) {
	w.Int(c.at)
	c.counts.append(w)
	appendEvidence(w, c.channels, c.posts, nil)
}

func (c *current) read(r *state.Reader, intern func(string) string) {
	c.at = r.Int()
	c.counts.read(r, intern)
	v := readEvidence(r)
	for x := range v.channels() {
		c.channels = append(c.channels, channelCount{intern(string(x.id)), x.n, x.first})
	}
	for x := range v.posts() {
		x.channel = intern(x.channel)
		c.posts = append(c.posts, x)
	}
}
