package look

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/jedib0t/go-pretty/v6/text"

	"fenghuo/schemas"
)

// DeadRow is a row of a backfill that is no post and no value, as it is printed.
type DeadRow struct {
	Reason schemas.Reason `json:"reason"`
	Detail string         `json:"detail"`
	Source string         `json:"source"` // a file, or topic/partition
	Row    int64          `json:"row"`    // of the file, from 1, or the offset
	Length uint64         `json:"length"` // of the original
	SHA256 string         `json:"sha256"` // of the original
	Value  string         `json:"value"`  // its first bytes; what is not UTF-8 is replaced
}

// DeadRows reads the first limit dead rows of a run, all where limit is 0, in
// the order of their files.
func DeadRows(ctx context.Context, conn driver.Conn, run string, limit int) (list []DeadRow, err error) {
	query := "SELECT reason, detail, source, number, length, sha256, value FROM dead_rows WHERE run = ? ORDER BY source, number"
	if limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", limit)
	}
	rows, err := conn.Query(ctx, query, run)
	if err != nil {
		return nil, fmt.Errorf("dead rows of run %q: %w", run, err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	for rows.Next() {
		var d DeadRow
		if err := rows.Scan((*string)(&d.Reason), &d.Detail, &d.Source, &d.Row, &d.Length, &d.SHA256, &d.Value); err != nil {
			return nil, err
		}
		d.Value = strings.ToValidUTF8(d.Value, "\uFFFD")
		list = append(list, d)
	}
	return list, rows.Err()
}

// RenderDeadRow prints a dead row on two lines: why and whence, and the begin
// of what it was.
func RenderDeadRow(w io.Writer, d DeadRow, v View) {
	fmt.Fprintf(w, "%s  %s row %s  %s bytes  %s\n", text.Pad(string(d.Reason), 12, ' '), printable(d.Source), grouped(d.Row),
		grouped(int64(d.Length)), printable(d.Detail))
	renderExcerpt(w, d.Value, v)
}
