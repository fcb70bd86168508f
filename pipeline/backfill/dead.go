package backfill

import (
	"crypto/sha256"
	"encoding/hex"

	"fenghuo/pipeline/analyze"
	"fenghuo/pipeline/detect"
	"fenghuo/pipeline/ingest"
)

// deadBytes is how much is kept of a dead row, for people: the row itself is
// where it was.
const deadBytes = 1 << 10

// MaxDeadRows is how many dead rows of a run are kept, the earliest; more are
// counted only. A mapping that is wrong makes every row dead, and ten thousand
// of them tell that as well as ten million.
const MaxDeadRows = 10_000

// deadRow says why a row is none that counts.
func deadRow(r *ingest.Row, a *analyze.Analysis) detect.DeadRow {
	sum := sha256.Sum256(r.Value)
	return detect.DeadRow{
		From: r.From, Number: r.Number, Reason: a.Outcome.Reason(), Detail: a.Detail,
		Length: len(r.Value), SHA256: hex.EncodeToString(sum[:]), Value: append([]byte(nil), r.Value[:min(len(r.Value), deadBytes)]...),
	}
}
