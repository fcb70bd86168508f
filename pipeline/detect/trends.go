package detect

import (
	"cmp"
	"strings"
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
// of by their names, and that which a series met last without a search. While
// time only goes forward, as in a sorted history, no other can be meant.
type Trends struct {
	rows    []trendRow
	names   []seriesName        // by number of the series
	latest  [][ofDays + 1]int32 // by number of the series and grain: index into rows, plus 1
	series  map[seriesName]int32
	buckets map[trendBucket]int32 // index into rows; empty until time has gone back
	days    days
	cells   cells
}

// trendRow is a Trend with its bucket.
type trendRow struct {
	trendBucket
	Trend
}

// trendBucket is a bucket of a series.
type trendBucket struct {
	trendGroup
	bucket int64 // Unix seconds
}

// trendGroup are the buckets of one grain of a series.
type trendGroup struct {
	grain  grain
	series int32
}

// grain is how long a bucket is, as column grain has it.
type grain int8

const (
	ofMinutes grain = 1 + iota
	ofHours
	ofDays
)

var grains = map[string]grain{"1m": ofMinutes, "1h": ofHours, "1d": ofDays}

type seriesName struct{ brand, sku string }

func (n seriesName) compare(o seriesName) int {
	return cmp.Or(strings.Compare(n.brand, o.brand), strings.Compare(n.sku, o.sku))
}

// compareSpread puts whole brands before products.
func (n seriesName) compareSpread(o seriesName) int {
	if (n.sku == "") == (o.sku == "") {
		return 0
	}
	return strings.Compare(n.sku, o.sku)
}

// Len is the number of buckets.
func (t *Trends) Len() int { return len(t.rows) }

// At finds a bucket or begins it. The result is valid until the next call.
func (t *Trends) At(k TrendKey) *Trend {
	s := t.seriesOf(seriesName{k.Brand, k.SKU})
	return t.at(trendBucket{trendGroup{grains[k.Grain], s}, k.Bucket.Unix()})
}

func (t *Trends) seriesOf(name seriesName) int32 {
	if t.series == nil {
		t.series, t.buckets = make(map[seriesName]int32), make(map[trendBucket]int32)
	}
	s, ok := t.series[name]
	if !ok {
		s = int32(len(t.names))
		t.series[name], t.names = s, append(t.names, name)
		t.latest = append(t.latest, [ofDays + 1]int32{})
	}
	return s
}

// reset forgets all buckets and keeps their memory.
func (t *Trends) reset() {
	clear(t.rows)
	clear(t.names)
	clear(t.series)
	clear(t.buckets)
	t.rows, t.names, t.latest, t.cells = t.rows[:0], t.names[:0], t.latest[:0], nil
}

func (t *Trends) at(b trendBucket) *Trend {
	latest := &t.latest[b.series][b.grain]
	n := *latest
	if n > 0 && t.rows[n-1].bucket == b.bucket {
		return &t.rows[n-1].Trend
	}
	if len(t.buckets) == 0 && n > 0 && b.bucket < t.rows[n-1].bucket {
		for i := range t.rows {
			t.buckets[t.rows[i].trendBucket] = int32(i)
		}
	}
	i, known := t.buckets[b]
	if !known {
		i = int32(len(t.rows))
		t.rows = append(t.rows, trendRow{trendBucket: b})
		if len(t.buckets) > 0 {
			t.buckets[b] = i
		}
	}
	*latest = i + 1
	return &t.rows[i].Trend
}

// add counts a mention in its buckets of every grain: in the brand's when it
// is primary, and in the SKU's when it has one.
func (t *Trends) add(m *schemas.Mention, loc *time.Location) {
	at := m.PublishedAt.Unix()
	begins := [...]int64{ofMinutes: at - at%60, ofHours: at - at%3600, ofDays: t.days.begin(m.PublishedAt, loc).Unix()}
	if m.Primary {
		t.addTo(&begins, seriesName{brand: m.Brand}, m)
	}
	if m.SKU != "" {
		t.addTo(&begins, seriesName{m.Brand, m.SKU}, m)
	}
}

func (t *Trends) addTo(begins *[ofDays + 1]int64, name seriesName, m *schemas.Mention) {
	s := t.seriesOf(name)
	for g := ofMinutes; g <= ofDays; g++ {
		t.at(trendBucket{trendGroup{g, s}, begins[g]}).add(m, &t.cells)
	}
}

// cells gives short lists their first place out of a common piece of memory.
type cells []Counted

// one is a list with one name in it, and no room for another.
func (c *cells) one(name string) []Counted {
	if len(*c) == cap(*c) {
		*c = make([]Counted, 0, 4096)
	}
	n := len(*c)
	*c = append(*c, Counted{name, 1})
	return (*c)[n : n+1 : n+1]
}

func (t *Trend) add(m *schemas.Mention, c *cells) {
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
		for _, kind := range m.Complaints {
			t.Types = count(t.Types, string(kind.Type), c)
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
	t.Channels = count(t.Channels, m.Channel, c)
}

func count(list []Counted, name string, c *cells) []Counted {
	if len(list) == 0 {
		return c.one(name)
	}
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
