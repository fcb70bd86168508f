package schemas

import "time"

// Mention is one row of table mentions: one per (run, post, brand, sku).
type Mention struct {
	Run             string
	Brand           string // config id
	SKU             string // "" = no SKU known
	Primary         bool   // true on exactly one row of a (run, post, brand)
	Channel         string
	PostID          string
	Kind            string
	PublishedAt     time.Time // event time, UTC, millisecond grain
	IngestedAt      time.Time // timestamp of the source record
	Late            bool      // its minute was decided before it came
	Text            string
	Tokens          []string
	Sentiment       float32 // -1..1
	Polarity        Polarity
	Complaint       bool
	Complaints      []ComplaintScore // types scoring at least .5, best first
	Keywords        []string
	AuthorID        string
	Followers       int64
	Likes           int64
	Reposts         int64
	Comments        int64
	Rating          float32
	Region          string
	Lang            string
	Spam            bool
	Fingerprint     uint64
	DuplicateOf     string // post id of the first of its near-duplicate group, "" = first or alone
	SourceTopic     string
	SourcePartition int32
	SourceOffset    int64
	AnalyzerVersion string
}

// ComplaintScore is a complaint type with its score, 0..1.
type ComplaintScore struct {
	Type  ComplaintType `json:"type"`
	Score float32       `json:"score"`
}
