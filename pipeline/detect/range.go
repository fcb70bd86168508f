package detect

import (
	"slices"
	"sync"
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
	Trends   Trends
	Values   []Value
	Dead     []DeadRow // of a backfill, which adds them itself
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

// IntakeKey is a line of the account.
type IntakeKey struct {
	Source  mentionlog.Source
	Outcome string // stored, unattributed, duplicate, dead
	Reason  schemas.Reason
}

// spent are ranges that have landed, for their memory.
var spent sync.Pool

func newRange(from int64) *Range {
	r, _ := spent.Get().(*Range)
	if r == nil {
		r = &Range{Intake: map[IntakeKey]uint64{}}
	}
	r.From, r.To = from, from
	return r
}

// Release gives the memory of a range that has landed to a later one. Nothing
// of the range may be used after that, save its alerts and its snapshot.
func (r *Range) Release() {
	clear(r.Mentions)
	clear(r.Values)
	clear(r.Intake)
	r.Trends.reset()
	*r = Range{Mentions: r.Mentions[:0], Values: r.Values[:0], Intake: r.Intake, Trends: r.Trends}
	spent.Put(r)
}

// RangeOf makes a range of rows that come from no log, with their trends.
func RangeOf(mentions []schemas.Mention, loc *time.Location) *Range {
	r := newRange(0)
	r.Mentions = mentions
	for i := range mentions {
		r.Trends.add(&mentions[i], loc)
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

// store takes a mention into the range. Its memory doubles: by less, the first
// ranges, whose memory later ones use, would be copied again and again.
func (r *Range) store(m *schemas.Mention) {
	if n := len(r.Mentions); n == cap(r.Mentions) {
		r.Mentions = slices.Grow(r.Mentions, max(64, n))
	}
	r.Mentions = append(r.Mentions, *m)
}

// ends tells whether the log is cut after the record just taken.
func (r *Range) ends(recorded time.Time, heartbeat bool) bool {
	return r.records >= CutRecords || heartbeat && recorded.Sub(r.firstAt) >= CutAfter
}

// Empty tells whether nothing has to land.
func (r *Range) Empty() bool {
	return len(r.Mentions) == 0 && len(r.Values) == 0 && len(r.Intake) == 0 && len(r.Alerts) == 0 && len(r.Expired) == 0
}
