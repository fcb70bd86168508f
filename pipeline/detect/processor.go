package detect

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"fenghuo/detectors/engine"
	"fenghuo/pipeline/mentionlog"
	"fenghuo/pipeline/neardup"
	"fenghuo/schemas"
)

// Processor applies the records of one mentions partition, in order. All of
// its state comes from them. It is not safe for concurrent use.
type Processor struct {
	run       string
	partition int
	loc       *time.Location
	keepState time.Duration // how long a resolved alert stays on alerts.state

	sources *sources
	ids     *identities
	groups  *neardup.Index
	engine  *engine.Engine
	closed  map[string]time.Time // resolved fingerprints on alerts.state, by event time

	current *Range
	later   bool                    // minutes are decided at the end of a range
	clock   time.Time               // latest event time so far, where nobody waits
	restart bool                    // the next snapshot is full
	whole   int                     // bytes of the last full snapshot ...
	since   int                     // ... and of those since
	types   []schemas.ComplaintType // scratch
}

// ProcessorConfig says what a Processor does besides what the log decides.
type ProcessorConfig struct {
	Partition     int
	Location      *time.Location // where days begin
	Lateness      time.Duration
	DedupHorizon  time.Duration
	MaxIDs        int
	AlertsKept    time.Duration // how long a resolved alert stays on alerts.state
	Engine        engine.Config // its Run is the run
	GroupHorizon  time.Duration // of near-duplicate groups
	MaxGroupPosts int
	DecideLater   bool // nobody waits for alerts: minutes are decided at the end of a range, which costs less
}

// NewProcessor starts at an offset with no state.
func NewProcessor(c ProcessorConfig, from int64) (*Processor, error) {
	e, err := engine.New(c.Engine)
	if err != nil {
		return nil, err
	}
	return &Processor{
		run: c.Engine.Run, partition: c.Partition, loc: c.Location, keepState: c.AlertsKept,
		sources: newSources(c.Lateness),
		ids:     newIdentities(c.DedupHorizon, c.MaxIDs),
		groups:  neardup.New(c.GroupHorizon, c.MaxGroupPosts),
		engine:  e,
		closed:  map[string]time.Time{},
		later:   c.DecideLater,
		current: newRange(from, nil),
		restart: true,
	}, nil
}

// Apply takes the next record of the log and returns a Range when one ends
// with it. A record that is no mention record is an error that names it; the
// caller may go on with the next one after mentionlog.ErrDamaged only.
func (p *Processor) Apply(offset int64, recorded time.Time, value []byte) (*Range, error) {
	record, err := mentionlog.Decode(value)
	if err != nil && !errors.Is(err, mentionlog.ErrDamaged) {
		return nil, fmt.Errorf("mentions partition %d offset %d: %w", p.partition, offset, err)
	}
	return p.Step(offset, recorded, record), err
}

// Step takes the next record of the log in decoded form. It returns a Range
// when one ends.
func (p *Processor) Step(offset int64, recorded time.Time, r mentionlog.Record) *Range {
	p.Take(offset, recorded, r)
	if !p.current.ends(recorded, r.Heartbeat != nil) {
		return nil
	}
	return p.Cut()
}

// Take is Step for a caller that cuts the ranges itself.
func (p *Processor) Take(offset int64, recorded time.Time, r mentionlog.Record) {
	p.current.extend(offset, recorded)
	switch {
	case r.Post != nil:
		p.post(r.Post)
	case r.Value != nil:
		p.value(r.Value, recorded)
	case r.Heartbeat != nil:
		p.beat(r.Heartbeat, recorded)
	}
}

// Watermark is the event time up to which a source has been heard.
func (p *Processor) Watermark(s mentionlog.Source) time.Time { return p.sources.place(s).Watermark }

// Cut ends the current range, whatever its size.
func (p *Processor) Cut() *Range {
	p.keep(p.engine.Decide())
	r := p.current
	r.Tick, r.Heard = p.tick(), p.sources.heard()
	p.current = newRange(r.To, r.rows)
	return r
}

// tick is the first minute that is still open. The engine's time begins with the
// first mention; in a partition whose brands nobody speaks of the minutes pass all
// the same, or what waits for all partitions, such as trend rules, would wait for
// ever.
func (p *Processor) tick() time.Time {
	if now := p.engine.Now(); !now.IsZero() {
		return now
	}
	return p.sources.tick()
}

// post counts a post, unless it was counted before.
func (p *Processor) post(post *mentionlog.Post) {
	if !p.sources.apply(post.Source, post.Offset) {
		return
	}
	fresh := p.ids.add(post.Channel, post.ID, post.PublishedAt)
	if post.Home {
		k := IntakeKey{Source: post.Source, Outcome: "stored"}
		if !fresh {
			k.Outcome = "duplicate"
		}
		p.current.Intake[k]++
	}
	if !fresh {
		return
	}
	minute := post.PublishedAt.Truncate(time.Minute)
	late := minute.Before(p.sources.open(post.Source)) || minute.Before(p.engine.Now())
	first := p.groups.Add(post.Fingerprint, post.PublishedAt, post.ID)
	for i := range post.Mentions {
		m := p.row(post, &post.Mentions[i], late, first)
		p.current.store(&m)
		p.current.Trends.add(&m, p.loc)
		if !m.Spam && !late {
			p.observe(&m)
		}
	}
}

func (p *Processor) row(post *mentionlog.Post, m *mentionlog.Mention, late bool, first string) schemas.Mention {
	row := schemas.Mention{
		Run: p.run, Brand: m.Brand, SKU: m.SKU, Primary: m.Primary,
		Channel: post.Channel, PostID: post.ID, Kind: post.Kind,
		PublishedAt: post.PublishedAt, IngestedAt: post.Recorded, Late: late,
		Text: post.Text, Tokens: post.Tokens, Sentiment: m.Sentiment, Polarity: m.Polarity,
		Complaint: m.Complaint, Keywords: post.Keywords,
		AuthorID: post.AuthorID, Followers: post.Followers, Likes: post.Likes, Reposts: post.Reposts, Comments: post.Comments,
		Rating: post.Rating, Region: post.Region, Lang: post.Lang, Spam: post.Spam,
		Fingerprint: post.Fingerprint, DuplicateOf: first,
		SourceTopic: post.Source.Topic, SourcePartition: int32(post.Source.Partition), SourceOffset: post.Offset,
		AnalyzerVersion: post.AnalyzerVersion,
	}
	if m.Complaint {
		row.Complaints = post.Complaints
	}
	return row
}

func (p *Processor) observe(m *schemas.Mention) {
	seen := engine.Mention{
		Brand: m.Brand, SKU: m.SKU, Primary: m.Primary, At: m.PublishedAt,
		Channel: m.Channel, PostID: m.PostID, Kind: m.Kind,
		Complaint: m.Complaint, Polarity: m.Polarity, Sentiment: m.Sentiment, Keywords: m.Keywords,
		AuthorID: m.AuthorID, Followers: m.Followers, Likes: m.Likes, Reposts: m.Reposts, Comments: m.Comments,
		NearDuplicate: m.DuplicateOf != "",
	}
	p.types = p.types[:0]
	for _, c := range m.Complaints {
		p.types = append(p.types, c.Type)
	}
	seen.Types = p.types
	p.engine.Observe(&seen)
}

// beat counts what became of source records and closes the minutes that all
// sources have passed.
func (p *Processor) beat(h *mentionlog.Heartbeat, recorded time.Time) {
	for _, o := range p.sources.beat(h, recorded) {
		switch reason := o.Reason(); {
		case reason != "":
			p.current.Intake[IntakeKey{Source: h.Source, Outcome: "dead", Reason: reason}]++
		case o == mentionlog.Unattributed:
			p.current.Intake[IntakeKey{Source: h.Source, Outcome: "unattributed"}]++
		}
	}
	if tick := p.sources.tick(); tick.After(p.engine.Now()) {
		p.Advance(tick)
	}
	p.keep(p.engine.Settle(p.passed(recorded, h.Watermark)))
}

// passed is the clock by which a business series falls silent: the log's, or of a
// history, all of whose records are of one moment, the latest event time so far. Series
// that come one after the other are not silent: each comes at the latest time.
func (p *Processor) passed(recorded, at time.Time) time.Time {
	if !p.later {
		return recorded
	}
	if at.After(p.clock) {
		p.clock = at
	}
	return p.clock
}

// Advance closes the minutes before to and keeps the transitions for the
// current range, at its end if they are decided later.
func (p *Processor) Advance(to time.Time) {
	p.engine.Pass(to)
	if !p.later {
		p.keep(p.engine.Decide())
	}
	p.ids.forget(to)
	for fingerprint, at := range p.closed {
		if to.Sub(at) > p.keepState {
			p.current.Expired = append(p.current.Expired, fingerprint)
			delete(p.closed, fingerprint)
		}
	}
}

// keep takes transitions into the current range.
func (p *Processor) keep(alerts []schemas.Alert) {
	for i := range alerts {
		alerts[i].Finite()
		p.current.Alerts = append(p.current.Alerts, alerts[i])
		if alerts[i].State == schemas.Resolved {
			p.closed[alerts[i].Fingerprint] = alerts[i].At
		} else {
			delete(p.closed, alerts[i].Fingerprint)
		}
	}
}

// Snapshot is the state of a Processor between two ranges.
type Snapshot struct {
	Offset  int64 // the next offset to apply
	Full    bool  // holds everything, not only what changed since the last one
	Entries []Entry

	stored int // the first so many are in ClickHouse, and forgotten here
}

// bytes is how long its values are.
func (s *Snapshot) bytes() (n int) {
	for i := range s.Entries {
		n += len(s.Entries[i].Value)
	}
	return n
}

// Entry is one part of a state; an empty value means that it is gone.
type Entry struct {
	Key   string
	Value []byte
}

// Kinds of entries, as prefixes of their keys.
const (
	entrySources = "sources"
	entryClosed  = "closed"
	entryIDs     = "ids/"
	entryGroups  = "groups/"
	entryEngine  = "engine/"
)

// fullAfter is how many times the bytes of a full snapshot those after it may
// have before the next one is full: what it makes needless can then be dropped,
// and what is stored is bounded however long a process lives.
const fullAfter = 2

// Snapshot takes what changed since the last one. Everything is in the first one
// after a start, in one when as much has been taken since the last such, and
// in those asked for with full. Call it between ranges.
func (p *Processor) Snapshot(full bool) (*Snapshot, error) {
	s := &Snapshot{Offset: p.current.From, Full: full || p.restart || p.since > fullAfter*p.whole}
	under := func(prefix string) func(string, []byte) error {
		return func(key string, value []byte) error {
			s.Entries = append(s.Entries, Entry{Key: prefix + key, Value: value})
			return nil
		}
	}
	places, err := p.sources.encode()
	if err != nil {
		return nil, err
	}
	closed, err := encodeTimes(p.closed)
	if err != nil {
		return nil, err
	}
	s.Entries = append(s.Entries, Entry{Key: entrySources, Value: places}, Entry{Key: entryClosed, Value: closed})
	if err := p.ids.snapshot(s.Full, under(entryIDs)); err != nil {
		return nil, err
	}
	if err := p.groups.Snapshot(under(entryGroups), s.Full); err != nil {
		return nil, err
	}
	// What the engine puts has grown piece by piece: a copy is as long as it must be.
	keep := under(entryEngine)
	if err := p.engine.Snapshot(s.Full, func(key string, value []byte) error { return keep(key, bytes.Clone(value)) }); err != nil {
		return nil, err
	}
	p.restart = false
	if p.since += s.bytes(); s.Full {
		p.whole, p.since = s.bytes(), 0
	}
	return s, nil
}

// Restore takes a state back into a new Processor.
func (p *Processor) Restore(entries []Entry) error {
	for _, e := range entries {
		if err := p.restore(e); err != nil {
			return err
		}
	}
	return nil
}

func (p *Processor) restore(e Entry) error {
	if key, ok := strings.CutPrefix(e.Key, entryIDs); ok {
		return p.ids.restore(key, e.Value)
	}
	if key, ok := strings.CutPrefix(e.Key, entryGroups); ok {
		return p.groups.Restore(key, e.Value)
	}
	if key, ok := strings.CutPrefix(e.Key, entryEngine); ok {
		return p.engine.Restore(key, e.Value)
	}
	switch e.Key {
	case entrySources:
		return p.sources.restore(e.Value)
	case entryClosed:
		return decodeTimes(e.Value, p.closed)
	}
	return fmt.Errorf("snapshot: unknown entry %q: run the newer program", e.Key)
}
