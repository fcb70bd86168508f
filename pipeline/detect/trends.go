package detect

import (
	"time"

	"fenghuo/schemas"
)

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
	Types, Channels                                   []Counted
}

// Counted is a name with its count.
type Counted struct {
	Name string
	N    uint64
}

// Trends are the buckets of a range, in the order in which they were met. A
// mention meets up to six of them, so they are found by small numbers instead
// of by their names.
type Trends struct {
	rows    []trendRow
	series  map[seriesName]int32
	buckets map[bucketID]int32 // index into rows
	days    days
}

// trendRow is a Trend with its key.
type trendRow struct {
	TrendKey
	Trend
}

type seriesName struct{ brand, sku string }

type bucketID struct {
	series int32
	grain  byte
	bucket int64 // Unix seconds
}

// Len is the number of buckets.
func (t *Trends) Len() int { return len(t.rows) }

// At finds a bucket or begins it. The result is valid until the next call.
func (t *Trends) At(k TrendKey) *Trend {
	s := t.seriesOf(k.Brand, k.SKU)
	return t.at(bucketID{s, k.Grain[1], k.Bucket.Unix()}, &k)
}

func (t *Trends) seriesOf(brand, sku string) int32 {
	if t.series == nil {
		t.series, t.buckets = make(map[seriesName]int32), make(map[bucketID]int32)
	}
	name := seriesName{brand, sku}
	s, ok := t.series[name]
	if !ok {
		s = int32(len(t.series))
		t.series[name] = s
	}
	return s
}

func (t *Trends) at(id bucketID, k *TrendKey) *Trend {
	i, ok := t.buckets[id]
	if !ok {
		i = int32(len(t.rows))
		t.buckets[id] = i
		t.rows = append(t.rows, trendRow{TrendKey: *k})
	}
	return &t.rows[i].Trend
}

// add counts a mention in its buckets of every grain: in the brand's when it
// is primary, and in the SKU's when it has one.
func (t *Trends) add(m *schemas.Mention, loc *time.Location) {
	at := m.PublishedAt
	buckets := [...]TrendKey{
		{Brand: m.Brand, Grain: "1m", Bucket: at.Truncate(time.Minute)},
		{Brand: m.Brand, Grain: "1h", Bucket: at.Truncate(time.Hour)},
		{Brand: m.Brand, Grain: "1d", Bucket: t.days.begin(at, loc)},
	}
	if m.Primary {
		t.addTo(buckets[:], "", m)
	}
	if m.SKU != "" {
		t.addTo(buckets[:], m.SKU, m)
	}
}

func (t *Trends) addTo(buckets []TrendKey, sku string, m *schemas.Mention) {
	s := t.seriesOf(m.Brand, sku)
	for i := range buckets {
		k := &buckets[i]
		k.SKU = sku
		t.at(bucketID{s, k.Grain[1], k.Bucket.Unix()}, k).add(m)
	}
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
			t.Types = count(t.Types, string(c.Type))
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
	t.Channels = count(t.Channels, m.Channel)
}

func count(list []Counted, name string) []Counted {
	for i := range list {
		if list[i].Name == name {
			list[i].N++
			return list
		}
	}
	return append(list, Counted{name, 1})
}

// days knows the local day of the latest time, since most follow in it.
type days struct{ from, to time.Time }

// begin is when the local day of a time begins.
func (d *days) begin(at time.Time, loc *time.Location) time.Time {
	if at.Before(d.from) || !at.Before(d.to) {
		y, month, day := at.In(loc).Date()
		d.from = time.Date(y, month, day, 0, 0, 0, 0, loc).UTC()
		d.to = time.Date(y, month, day+1, 0, 0, 0, 0, loc).UTC()
	}
	return d.from
}
