package detect

import (
	"slices"
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
// mentions partition. Its mentions and trends are gone once it is packed.
type Range struct {
	From, To int64
	*rows
	First, Last time.Time // event time of mentions and values, when packed; zero = none

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

	mentions, trends packed
	late             int // primary mentions, when packed
}

// rows are what a range adds to mentions and trends.
type rows struct {
	Mentions []schemas.Mention
	Trends   Trends
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

// spareRows are rows that were packed, for their memory.
var spareRows spare[*rows]

// newRange begins a range of about as many rows as the one before it, which is nil
// for the first.
func newRange(from int64, before *rows) *Range {
	list := spareRows.take()
	if list == nil {
		list = new(rows)
		if before != nil {
			list.Mentions = make([]schemas.Mention, 0, len(before.Mentions))
			list.Trends.rows = make([]trendRow, 0, before.Trends.Len())
		}
	}
	return &Range{From: from, To: from, rows: list, Intake: map[IntakeKey]uint64{}}
}

// forgetRows gives the memory of the rows to a later range.
func (r *Range) forgetRows() {
	used, size := len(r.Mentions), cap(r.Mentions)
	clear(r.Mentions)
	r.Mentions = r.Mentions[:0]
	r.Trends.reset()
	spareRows.give(r.rows, used, size)
	r.rows = nil
}

// Release gives the memory of a range that has landed to later ones. Nothing
// of the range may be used after that, save its alerts and its snapshot.
func (r *Range) Release() {
	if r.rows != nil {
		r.forgetRows()
	}
	r.mentions.release(&mentionRoom)
	r.trends.release(&trendRoom)
}

// Join adds the next range of the log, so that both land as one, and ends it.
// Both are packed, and only the next may have a snapshot.
func (r *Range) Join(next *Range) {
	r.To, r.Tick, r.Heard, r.Snapshot = next.To, next.Tick, next.Heard, next.Snapshot
	r.mentions.join(&next.mentions)
	r.trends.join(&next.trends)
	r.late += next.late
	if !next.First.IsZero() {
		r.reach(next.First)
		r.reach(next.Last)
	}
	r.Values = append(r.Values, next.Values...)
	r.Dead = append(r.Dead, next.Dead...)
	r.Alerts = append(r.Alerts, next.Alerts...)
	r.Expired = append(r.Expired, next.Expired...)
	for k, n := range next.Intake {
		r.Intake[k] += n
	}
}

// reach extends the range's event time to a moment.
func (r *Range) reach(at time.Time) {
	if r.First.IsZero() || at.Before(r.First) {
		r.First = at
	}
	if at.After(r.Last) {
		r.Last = at
	}
}

// RangeOf makes a range of rows that come from no log, with their trends.
func RangeOf(mentions []schemas.Mention, loc *time.Location) *Range {
	r := newRange(0, nil)
	r.Mentions = append(r.Mentions, mentions...)
	for i := range mentions {
		r.Trends.add(&mentions[i], loc)
	}
	return r
}

// manyMentions take some megabytes.
const manyMentions = 10_000

// extend takes a record into the range.
func (r *Range) extend(offset int64, recorded time.Time) {
	if r.records == 0 {
		r.firstAt = recorded
	}
	r.records++
	r.To = offset + 1
}

// store takes a mention into the range. Its memory doubles: by less, the first
// ranges, whose memory later ones use, would be copied again and again. From many
// on it grows by a quarter, as half of it might stay empty for good.
func (r *Range) store(m *schemas.Mention) {
	if n := len(r.Mentions); n == cap(r.Mentions) {
		more := max(64, n)
		if n > manyMentions {
			more = n / 4
		}
		r.Mentions = slices.Grow(r.Mentions, more)
	}
	r.Mentions = append(r.Mentions, *m)
}

// ends tells whether the log is cut after the record just taken.
func (r *Range) ends(recorded time.Time, heartbeat bool) bool {
	return r.records >= CutRecords || heartbeat && recorded.Sub(r.firstAt) >= CutAfter
}

// Empty tells whether nothing of a packed range has to land.
func (r *Range) Empty() bool {
	return r.mentions.rows == 0 && len(r.Values) == 0 && len(r.Intake) == 0 && len(r.Alerts) == 0 && len(r.Expired) == 0
}
