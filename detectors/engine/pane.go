package engine

import (
	"cmp"
	"math"
	"slices"
	"strings"
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

// pane counts five minutes of a subject. Only panes that saw something exist.
type pane struct {
	at         int64 // number of the pane since 1970
	all        uint32
	complaints uint32
	negative   uint32
	upset      uint32 // complaints or negative
	duplicates uint32
	unknown    uint32 // authors unseen before or without followers
	repeats    uint32 // by an author who spoke in this pane before
	reach      int64
	types      []typeCount
	copies     []typeCount // of the complaints, reposts: in all (kind "") and by type
	channels   []channelCount
	posts      []post
	words      []burst.Count
}

type typeCount struct {
	kind schemas.ComplaintType
	n    uint32
}

type channelCount struct {
	id    string
	n     uint32
	first int64 // Unix seconds
}

// post refers to a post and says how telling it is.
type post struct {
	channel, id string
	at          int64 // Unix seconds
	weight      float32
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

// add counts a mention and tells whether it is upset. Channel is interned by
// the caller; weight says how telling the post is.
func (p *pane) add(m *Mention, channel string, weight float32, unknown, repeat bool) {
	p.all++
	if m.Complaint {
		p.complaints++
		for _, t := range m.Types {
			p.types = addType(p.types, t, 1)
		}
		p.copy(m)
	}
	if m.Polarity == schemas.Negative {
		p.negative++
	}
	if m.upset() {
		p.upset++
	}
	if m.NearDuplicate {
		p.duplicates++
	}
	if unknown {
		p.unknown++
	}
	if repeat {
		p.repeats++
	}
	p.reach += max(0, m.Followers)
	p.channels = addChannel(p.channels, channelCount{channel, 1, m.At.Unix()})
	p.posts = addPost(p.posts, post{channel, m.PostID, m.At.Unix(), weight}, panePosts)
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

func addType(list []typeCount, t schemas.ComplaintType, n uint32) []typeCount {
	i, ok := slices.BinarySearchFunc(list, t, func(c typeCount, t schemas.ComplaintType) int {
		return strings.Compare(string(c.kind), string(t))
	})
	if ok {
		list[i].n += n
		return list
	}
	return slices.Insert(list, i, typeCount{t, n})
}

func countOf(list []typeCount, t schemas.ComplaintType) uint32 {
	for i := range list {
		if list[i].kind == t {
			return list[i].n
		}
	}
	return 0
}

func addChannel(list []channelCount, c channelCount) []channelCount {
	for i := range list {
		if list[i].id == c.id {
			list[i].n += c.n
			list[i].first = min(list[i].first, c.first)
			return list
		}
	}
	return append(list, c)
}

// addPost keeps the n most telling posts, best first; of equals the earlier.
func addPost(list []post, p post, n int) []post {
	if len(list) == n && p.weight < list[n-1].weight {
		return list
	}
	i, _ := slices.BinarySearchFunc(list, p, comparePosts)
	if i >= n {
		return list
	}
	if len(list) == n {
		list = list[:n-1]
	}
	return slices.Insert(list, i, p)
}

func comparePosts(x, y post) int {
	return cmp.Or(cmp.Compare(y.weight, x.weight), cmp.Compare(x.at, y.at),
		strings.Compare(x.channel, y.channel), strings.Compare(x.id, y.id))
}

// clone copies the pane so that merge does not touch the original.
func (p *pane) clone() pane {
	c := *p
	c.types, c.channels = slices.Clone(p.types), slices.Clone(p.channels)
	return c
}

// merge adds a pane's counts to a window's.
func (p *pane) merge(o *pane) {
	p.all += o.all
	p.complaints += o.complaints
	p.negative += o.negative
	p.upset += o.upset
	p.duplicates += o.duplicates
	p.unknown += o.unknown
	p.repeats += o.repeats
	p.reach += o.reach
	for _, t := range o.types {
		p.types = addType(p.types, t.kind, t.n)
	}
	for _, c := range o.channels {
		p.channels = addChannel(p.channels, c)
	}
}

func (p *pane) append(w *state.Writer) {
	w.Int(p.at)
	p.appendCopies(w)
	for _, n := range []uint32{p.all, p.complaints, p.negative, p.upset, p.duplicates, p.unknown, p.repeats} {
		w.Uint(uint64(n))
	}
	w.Int(p.reach)
	appendTypes(w, p.types)
	w.Uint(uint64(len(p.channels)))
	for _, c := range p.channels {
		w.String(c.id)
		w.Uint(uint64(c.n))
		w.Int(c.first)
	}
	w.Uint(uint64(len(p.posts)))
	for _, o := range p.posts {
		w.String(o.channel)
		w.String(o.id)
		w.Int(o.at)
		w.Float32(o.weight)
	}
	appendWords(w, p.words)
}

func (p *pane) read(r *state.Reader, intern func(string) string) {
	p.at = r.Int()
	p.all = uint32(r.Uint())
	if p.all == 0 {
		p.readCopies(r, intern)
		p.all = uint32(r.Uint())
	}
	for _, n := range []*uint32{&p.complaints, &p.negative, &p.upset, &p.duplicates, &p.unknown, &p.repeats} {
		*n = uint32(r.Uint())
	}
	p.reach = r.Int()
	p.types = readTypes(r, intern)
	for range r.Len() {
		p.channels = append(p.channels, channelCount{intern(r.String()), uint32(r.Uint()), r.Int()})
	}
	for range r.Len() {
		p.posts = append(p.posts, post{intern(r.String()), r.String(), r.Int(), r.Float32()})
	}
	p.words = readWords(r)
}

func appendWords(w *state.Writer, words []burst.Count) {
	w.Uint(uint64(len(words)))
	for _, c := range words {
		w.String(c.Word)
		w.Uint(uint64(c.N))
	}
}

func readWords(r *state.Reader) []burst.Count {
	n := r.Len()
	words := make([]burst.Count, 0, n)
	for range n {
		words = append(words, burst.Count{Word: r.String(), N: uint32(r.Uint())})
	}
	return words
}
