package schemas

// Reason says why a source record is not a post. It is a header of the dead
// letter, a row of table intake and a metric label.
type Reason string

// The reasons.
const (
	ReasonNotJSON     Reason = "not_json"
	ReasonSchema      Reason = "schema"       // JSON of another shape
	ReasonNoText      Reason = "no_text"      // empty or white space
	ReasonTooLong     Reason = "too_long"     // longer than MaxTextBytes, or the record is
	ReasonInvalidUTF8 Reason = "invalid_utf8" // in the record or after unescaping
	ReasonNoTime      Reason = "no_time"      // published_at missing or not a time
	ReasonPast        Reason = "time_past"    // before 2000
	ReasonFuture      Reason = "time_future"  // more than 10 minutes after the record's own time
	ReasonColumns     Reason = "columns"      // a row of a table with more or fewer cells than columns
)

// Headers of records that `fenghuo ingest` sends: what a row of a file cannot say
// itself once it is a record.
const (
	HeaderOrigin = "origin" // FILE:LINE, of a Parquet file FILE:ROW
	HeaderFault  = "fault"  // why the row of a table is none; the record is dead for ReasonColumns
)

// Limits of a post. A longer text is dead, not cut: a cut text would be
// analysed as something its author did not write.
const (
	MaxTextBytes       = 256 << 10 // text and title together
	MaxDeadLetterBytes = 256 << 10 // original bytes kept as a dead letter's value
)
