package mentionlog

import (
	"hash/fnv"
	"time"

	"fenghuo/schemas"
)

// Source is a place in a source topic. Epoch rises when the topic is created
// anew, so that its offsets can start again.
type Source struct {
	Topic     string
	Epoch     int
	Partition int
}

// Post is a source record with all of its mentions that belong to one mentions
// partition. They travel together, so that they count or do not count
// together.
type Post struct {
	Source   Source
	Offset   int64     // of the source record
	Recorded time.Time // timestamp of the source record
	// Home is true on exactly one of the records of a post (the partition of
	// its first brand): that partition counts the post in the account.
	Home bool

	ID              string
	Channel         string
	Kind            string
	Lang            string
	Text            string
	AuthorID        string
	Region          string
	PublishedAt     time.Time // millisecond grain
	Followers       int64
	Likes           int64
	Reposts         int64
	Comments        int64
	Rating          float32
	Tokens          []string
	Keywords        []string
	Sentiment       float32
	Polarity        schemas.Polarity
	Complaint       bool
	Complaints      []schemas.ComplaintScore
	Spam            bool
	Fingerprint     uint64
	AnalyzerVersion string
	Mentions        []Mention
}

// Mention is what a post says of one brand or SKU.
type Mention struct {
	Brand     string
	SKU       string
	Primary   bool
	Complaint bool
	Sentiment float32
	Polarity  schemas.Polarity
}

// Heartbeat tells every mentions partition how far a source partition was
// read.
type Heartbeat struct {
	Source     Source
	Offset     int64     // of the last source record read, -1 = none yet
	Partitions int       // of the source topic: ticks wait for all of them
	Watermark  time.Time // highest event time read, cut to the minute; zero = none
	Idle       bool      // read to its end and silent for idle_after
	// Outcomes says what became of the source records from OutcomesFrom on, one
	// byte an offset. Only the source partition's ledger partition gets them.
	// One outcome an offset lets the receiver count each exactly once however
	// the heartbeats of two writers overlap.
	OutcomesFrom int64
	Outcomes     []Outcome
}

// Outcome is what became of one source record.
type Outcome byte

// The outcomes. None fills offsets that hold no record (compaction, control
// records). An attributed record is counted by the Home record of its post.
const (
	None Outcome = iota
	Attributed
	Unattributed
	deadBase
)

var deadReasons = []schemas.Reason{
	schemas.ReasonNotJSON, schemas.ReasonSchema, schemas.ReasonNoText, schemas.ReasonTooLong,
	schemas.ReasonInvalidUTF8, schemas.ReasonNoTime, schemas.ReasonPast, schemas.ReasonFuture,
	schemas.ReasonColumns,
}

// Dead is the outcome of a record that went to the dead letters.
func Dead(reason schemas.Reason) Outcome {
	for i, r := range deadReasons {
		if r == reason {
			return deadBase + Outcome(i)
		}
	}
	panic("mentionlog: no outcome for reason " + string(reason))
}

// Reason is why the record is dead, "" when it is not.
func (o Outcome) Reason() schemas.Reason {
	if i := int(o) - int(deadBase); i >= 0 && i < len(deadReasons) {
		return deadReasons[i]
	}
	return ""
}

// PartitionOf is the mentions partition of a brand: FNV-1a of its id. It is
// part of the layout epoch; changing it moves every brand.
func PartitionOf(brand string, partitions int) int {
	if partitions == 1 { // as a backfill has
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(brand)) //nolint:errcheck // a hash does not fail
	return int(h.Sum32() % uint32(partitions))
}

// LedgerOf is the mentions partition that keeps the account of a source
// partition.
func LedgerOf(source Source, partitions int) int { return source.Partition % partitions }
