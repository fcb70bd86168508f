package detect

import (
	"context"

	"fenghuo/schemas"
)

// DeadRow is a row of a backfill that is no post and no value.
type DeadRow struct {
	From   string // a file, or topic/partition
	Number int64  // which line of it, or row of a Parquet file, or offset
	Reason schemas.Reason
	Detail string
	Length int    // of the whole row, in bytes
	SHA256 string // of the whole row, in hexadecimal
	Value  []byte // its first bytes
}

const insertDead = `INSERT INTO dead_rows (run, source, number, reason, detail, length, sha256, value)`

func (t *tables) dead(ctx context.Context, r *Range) error {
	rows := r.Dead
	if len(rows) == 0 {
		return nil
	}
	return t.insert(ctx, t.log.token(r), insertDead,
		column(rows, func(*DeadRow) string { return t.log.Run }),
		column(rows, func(d *DeadRow) string { return d.From }),
		column(rows, func(d *DeadRow) int64 { return d.Number }),
		column(rows, func(d *DeadRow) string { return string(d.Reason) }),
		column(rows, func(d *DeadRow) string { return d.Detail }),
		column(rows, func(d *DeadRow) uint64 { return uint64(d.Length) }),
		column(rows, func(d *DeadRow) string { return d.SHA256 }),
		column(rows, func(d *DeadRow) string { return string(d.Value) }),
	)
}
