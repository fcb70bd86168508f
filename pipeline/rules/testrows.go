package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/detect"
	"fenghuo/pipeline/mentionlog"
	"fenghuo/schemas"
)

// MentionRows are mentions at even distances; they count in the trends, too.
type MentionRows struct {
	At          time.Time       `yaml:"at"`
	Every       config.Duration `yaml:"every"` // default 1m
	Count       int             `yaml:"count"` // default 1
	Brand       string          `yaml:"brand"`
	SKU         string          `yaml:"sku"`
	Channel     string          `yaml:"channel"`  // default weibo
	Polarity    string          `yaml:"polarity"` // default neutral
	Complaint   bool            `yaml:"complaint"`
	Types       []string        `yaml:"types"` // of the complaint
	Text        string          `yaml:"text"`
	Keywords    []string        `yaml:"keywords"`
	AuthorID    string          `yaml:"author_id"` // default: each another
	Followers   int             `yaml:"followers"`
	Likes       int             `yaml:"likes"`
	Reposts     int             `yaml:"reposts"`
	Comments    int             `yaml:"comments"`
	Region      string          `yaml:"region"`
	Lang        string          `yaml:"lang"`
	DuplicateOf string          `yaml:"duplicate_of"`
}

// TrendRows are buckets of the trends at even distances.
type TrendRows struct {
	At         time.Time       `yaml:"at"`
	Every      config.Duration `yaml:"every"` // default: the grain
	Count      int             `yaml:"count"` // default 1
	Brand      string          `yaml:"brand"`
	SKU        string          `yaml:"sku"`
	Grain      string          `yaml:"grain"` // default 1h
	Mentions   int             `yaml:"mentions"`
	Complaints int             `yaml:"complaints"`
	Negative   int             `yaml:"negative"`
	Positive   int             `yaml:"positive"`
	Duplicates int             `yaml:"duplicates"`
	Reach      int             `yaml:"reach"`
	Types      map[string]int  `yaml:"types"`
	Channels   map[string]int  `yaml:"channels"`
}

// ValueRows are values of a business series at even distances.
type ValueRows struct {
	At     time.Time       `yaml:"at"`
	Every  config.Duration `yaml:"every"` // default 1h
	Count  int             `yaml:"count"` // default 1
	Brand  string          `yaml:"brand"`
	SKU    string          `yaml:"sku"`
	Series string          `yaml:"series"`
	Value  float64         `yaml:"value"`
}

func (t *Test) mentions(run string) (list []schemas.Mention) {
	for i, rows := range t.Mentions {
		for j := range max(1, rows.Count) {
			id := fmt.Sprintf("p%d-%d", i, j)
			at := rows.At.Add(time.Duration(j) * cmp.Or(rows.Every.Std(), time.Minute))
			m := schemas.Mention{
				Run: run, Brand: rows.Brand, SKU: rows.SKU, Primary: true, Channel: cmp.Or(rows.Channel, "weibo"), PostID: id,
				Kind: "post", PublishedAt: at, IngestedAt: at, Text: rows.Text, Polarity: schemas.Polarity(cmp.Or(rows.Polarity, "neutral")),
				Complaint: rows.Complaint, Keywords: rows.Keywords, AuthorID: cmp.Or(rows.AuthorID, id),
				Followers: int64(rows.Followers), Likes: int64(rows.Likes), Reposts: int64(rows.Reposts), Comments: int64(rows.Comments), Region: rows.Region, Lang: rows.Lang, DuplicateOf: rows.DuplicateOf,
			}
			for _, kind := range rows.Types {
				m.Complaints = append(m.Complaints, schemas.ComplaintScore{Type: schemas.ComplaintType(kind), Score: 1})
			}
			list = append(list, m)
		}
	}
	return list
}

var grains = map[string]time.Duration{"1m": time.Minute, "1h": time.Hour, "1d": 24 * time.Hour}

func (rows *TrendRows) add(r *detect.Range) {
	grain := cmp.Or(rows.Grain, "1h")
	for j := range max(1, rows.Count) {
		bucket := rows.At.Add(time.Duration(j) * cmp.Or(rows.Every.Std(), grains[grain]))
		*r.Trends.At(detect.TrendKey{Brand: rows.Brand, SKU: rows.SKU, Grain: grain, Bucket: bucket.UTC()}) = detect.Trend{
			Mentions: uint64(rows.Mentions), Complaints: uint64(rows.Complaints), Negative: uint64(rows.Negative), Positive: uint64(rows.Positive),
			Neutral: uint64(max(0, rows.Mentions-rows.Negative-rows.Positive)), Duplicates: uint64(rows.Duplicates), Reach: uint64(rows.Reach),
			Types: counts(rows.Types), Channels: counts(rows.Channels),
		}
	}
}

func counts(m map[string]int) (list []detect.Counted) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, detect.Counted{Name: name, N: uint64(m[name])})
	}
	return list
}

func (rows *ValueRows) add(r *detect.Range, zone *time.Location) {
	for j := range max(1, rows.Count) {
		at := rows.At.Add(time.Duration(j) * cmp.Or(rows.Every.Std(), time.Hour)).UTC()
		y, m, d := at.In(zone).Date()
		r.Values = append(r.Values, detect.Value{
			Value: &mentionlog.Value{Brand: rows.Brand, SKU: rows.SKU, Series: rows.Series, At: at, Value: rows.Value, Recorded: at, Offset: int64(len(r.Values))},
			Day:   time.Date(y, m, d, 0, 0, 0, 0, zone).UTC(),
		})
	}
}
