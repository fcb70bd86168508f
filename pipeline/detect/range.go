package detect

import (
	"time"

	"fenghuo/pipeline/mentionlog"
	"fenghuo/schemas"
)

// Where the log is cut: part of the layout epoch, because every owner has to
// cut alike.
const (
	CutAfter   = time.Second // at the first heartbeat this long after the range's first record
	CutRecords = 50_000      // or after so many records
)

// Range is what came of the records From (inclusive) to To (exclusive) of a
// mentions partition.
type Range struct {
	From, To int64
	Mentions []schemas.Mention
	Trends   map[TrendKey]*Trend
	Values   []Value
	Intake   map[IntakeKey]uint64
	Alerts   []schemas.Alert
	Expired  []string  // fingerprints whose state record is to be removed
	Tick     time.Time // first minute that is still open
	Heard    []Heard   // how far each source partition was heard of
	Snapshot *Snapshot // state after the range, when one is due

	firstAt time.Time // record time of the first record
	records int
}

// Heard is the last offset that a heartbeat has told of a source partition.
type Heard struct {
	Source mentionlog.Source
	Offset int64
}

// TrendKey is a bucket of the trends.
type TrendKey struct {
	Brand, SKU string // SKU "" = whole brand
	Grain      string // 1m, 1h, 1d
	Bucket     time.Time
}

// Trend is what a range adds to a bucket. All but Spam and Late leave spam out.
type Trend struct {
	Mentions, Complaints, Negative, Neutral, Positive uint64
	Spam, Late, Duplicates                            uint64
	Reach, Likes, Reposts, Comments                   uint64
	SentimentSum                                      float64
	Types, Channels                                   map[string]uint64
}

// IntakeKey is a line of the account.
type IntakeKey struct {
	Source  mentionlog.Source
	Outcome string // stored, unattributed, duplicate, dead
	Reason  schemas.Reason
}

func newRange(from int64) *Range {
	return &Range{From: from, To: from, Trends: map[TrendKey]*Trend{}, Intake: map[IntakeKey]uint64{}}
}

// RangeOf makes a range of rows that come from no log, with their trends.
func RangeOf(mentions []schemas.Mention, loc *time.Location) *Range {
	r := newRange(0)
	r.Mentions = mentions
	for i := range mentions {
		r.addTrends(&mentions[i], loc)
	}
	return r
}

// extend takes a record into the range.
func (r *Range) extend(offset int64, recorded time.Time) {
	if r.records == 0 {
		r.firstAt = recorded
	}
	r.records++
	r.To = offset + 1
}

// ends tells whether the log is cut after the record just taken.
func (r *Range) ends(recorded time.Time, heartbeat bool) bool {
	return r.records >= CutRecords || heartbeat && recorded.Sub(r.firstAt) >= CutAfter
}

// Empty tells whether nothing has to land.
func (r *Range) Empty() bool {
	return len(r.Mentions) == 0 && len(r.Values) == 0 && len(r.Intake) == 0 && len(r.Alerts) == 0 && len(r.Expired) == 0
}

// addTrends counts a mention in its buckets of every grain: in the brand's
// when it is primary, and in the SKU's when it has one.
func (r *Range) addTrends(m *schemas.Mention, loc *time.Location) {
	at := m.PublishedAt
	y, month, d := at.In(loc).Date()
	buckets := [...]TrendKey{
		{Grain: "1m", Bucket: at.Truncate(time.Minute)},
		{Grain: "1h", Bucket: at.Truncate(time.Hour)},
		{Grain: "1d", Bucket: time.Date(y, month, d, 0, 0, 0, 0, loc).UTC()},
	}
	for _, k := range buckets {
		k.Brand = m.Brand
		if m.Primary {
			r.trend(k).add(m)
		}
		if m.SKU != "" {
			k.SKU = m.SKU
			r.trend(k).add(m)
		}
	}
}

func (r *Range) trend(k TrendKey) *Trend {
	t := r.Trends[k]
	if t == nil {
		t = &Trend{Types: map[string]uint64{}, Channels: map[string]uint64{}}
		r.Trends[k] = t
	}
	return t
}

func (t *Trend) add(m *schemas.Mention) {
	if m.Late {
		t.Late++
	}
	if m.Spam {
		t.Spam++
		return
	}
	t.Mentions++
	switch m.Polarity {
	case schemas.Negative:
		t.Negative++
	case schemas.Positive:
		t.Positive++
	default:
		t.Neutral++
	}
	if m.Complaint {
		t.Complaints++
		for _, c := range m.Complaints {
			t.Types[string(c.Type)]++
		}
	}
	if m.DuplicateOf != "" {
		t.Duplicates++
	}
	t.Reach += uint64(max(0, m.Followers))
	t.Likes += uint64(max(0, m.Likes))
	t.Reposts += uint64(max(0, m.Reposts))
	t.Comments += uint64(max(0, m.Comments))
	t.SentimentSum += float64(m.Sentiment)
	t.Channels[m.Channel]++
}
