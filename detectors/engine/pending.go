package engine

import (
	"slices"
	"time"

	"fenghuo/detectors/state"
	"fenghuo/schemas"
)

// pending keeps mentions by minute until their minute is closed.
type pending struct {
	minutes []int64 // in order
	by      map[int64]*batch
	stored  map[int64]bool // minutes that the last snapshot holds
	free    []*batch

	minute int64 // of the batch below, which was added to last
	latest *batch
}

// batch is the mentions of a minute in order of arrival, with the slices they
// refer to.
type batch struct {
	mentions []Mention
	brands   []*brand // of them; nil in a restored minute: not configured any more
	keywords []string
	types    []schemas.ComplaintType
	dirty    bool // changed since the last snapshot
}

func (p *pending) add(minute int64, brand *brand, m *Mention) {
	b := p.latest
	if b == nil || p.minute != minute {
		if b = p.by[minute]; b == nil {
			b = p.open(minute)
		}
		p.minute, p.latest = minute, b
	}
	b.dirty = true
	b.brands = append(b.brands, brand)
	b.mentions = append(b.mentions, *m)
	c := &b.mentions[len(b.mentions)-1]
	n := len(b.keywords)
	b.keywords = append(b.keywords, m.Keywords...)
	c.Keywords = b.keywords[n:len(b.keywords):len(b.keywords)]
	n = len(b.types)
	b.types = append(b.types, m.Types...)
	c.Types = b.types[n:len(b.types):len(b.types)]
}

func (p *pending) open(minute int64) *batch {
	if p.by == nil {
		p.by, p.stored = make(map[int64]*batch), make(map[int64]bool)
	}
	var b *batch
	if n := len(p.free); n > 0 {
		b, p.free = p.free[n-1], p.free[:n-1]
	} else {
		b = &batch{}
	}
	p.by[minute] = b
	i, _ := slices.BinarySearch(p.minutes, minute)
	p.minutes = slices.Insert(p.minutes, i, minute)
	return b
}

// first is the earliest minute with mentions.
func (p *pending) first() (int64, bool) {
	if len(p.minutes) == 0 {
		return 0, false
	}
	return p.minutes[0], true
}

// take removes the earliest minute, until its release.
func (p *pending) take() *batch {
	m := p.minutes[0]
	p.minutes = p.minutes[1:]
	b := p.by[m]
	delete(p.by, m)
	p.latest = nil
	return b
}

// release takes the memory of a minute back, for later ones.
func (p *pending) release(b *batch) {
	if cap(b.mentions) > 10_000 {
		return
	}
	clear(b.mentions) // they hold on to the callers' strings
	clear(b.keywords)
	*b = batch{mentions: b.mentions[:0], brands: b.brands[:0], keywords: b.keywords[:0], types: b.types[:0]}
	p.free = append(p.free, b)
}

func (b *batch) append(w *state.Writer) {
	w.Uint(uint64(len(b.mentions)))
	for i := range b.mentions {
		m := &b.mentions[i]
		w.String(m.Brand)
		w.String(m.SKU)
		w.Bool(m.Primary)
		w.Int(m.At.UnixNano())
		w.String(m.Channel)
		w.String(m.PostID)
		w.String(m.Kind)
		w.Bool(m.Complaint)
		w.Uint(uint64(len(m.Types)))
		for _, t := range m.Types {
			w.String(string(t))
		}
		w.String(string(m.Polarity))
		w.Float32(m.Sentiment)
		w.Uint(uint64(len(m.Keywords)))
		for _, k := range m.Keywords {
			w.String(k)
		}
		w.String(m.AuthorID)
		w.Int(m.Followers)
		w.Int(m.Likes)
		w.Int(m.Reposts)
		w.Int(m.Comments)
		w.Bool(m.NearDuplicate)
	}
}

func (p *pending) read(minute int64, r *state.Reader, brands map[string]*brand) error {
	var ms []Mention
	for range r.Len() {
		m := Mention{Brand: r.String(), SKU: r.String(), Primary: r.Bool(), At: time.Unix(0, r.Int()).UTC(),
			Channel: r.String(), PostID: r.String(), Kind: r.String(), Complaint: r.Bool()}
		for range r.Len() {
			m.Types = append(m.Types, schemas.ComplaintType(r.String()))
		}
		m.Polarity, m.Sentiment = schemas.Polarity(r.String()), r.Float32()
		for range r.Len() {
			m.Keywords = append(m.Keywords, r.String())
		}
		m.AuthorID = r.String()
		m.Followers, m.Likes, m.Reposts, m.Comments = r.Int(), r.Int(), r.Int(), r.Int()
		m.NearDuplicate = r.Bool()
		ms = append(ms, m)
	}
	if err := r.Done(); err != nil {
		return err
	}
	if len(ms) == 0 {
		return nil
	}
	for i := range ms {
		p.add(minute, brands[ms[i].Brand], &ms[i])
	}
	p.by[minute].dirty = false
	p.stored[minute] = true
	return nil
}
