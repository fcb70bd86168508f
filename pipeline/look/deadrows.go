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
	Line   int64          `json:"line"`   // of the file, the row of a Parquet file, from 1, or the offset
	Length uint64         `json:"length"` // of the original
	SHA256 string         `json:"sha256"` // of the original
	Value  string         `json:"value"`  // its first bytes; what is not UTF-8 is replaced
}

// DeadRows reads the first limit dead rows of a run, all where limit is 0, in
// the order of their files.
func DeadRows(ctx context.Context, conn driver.Conn, run string, limit int) (list []DeadRow, err error) {
	tail := ""
	if limit > 0 {
		tail = fmt.Sprintf("LIMIT %d", limit)
	}
	return readDeadRows(ctx, conn, run, tail)
}

// FirstDeadRows reads the first dead row of a run for each reason.
func FirstDeadRows(ctx context.Context, conn driver.Conn, run string) ([]DeadRow, error) {
	return readDeadRows(ctx, conn, run, "LIMIT 1 BY reason")
}

func readDeadRows(ctx context.Context, conn driver.Conn, run, tail string) (list []DeadRow, err error) {
	rows, err := conn.Query(ctx, `SELECT reason, detail, source, number, length, sha256, value FROM dead_rows WHERE run = ?
		ORDER BY source, number `+tail, run)
	if err != nil {
		return nil, fmt.Errorf("dead rows of run %q: %w", run, err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	for rows.Next() {
		var d DeadRow
		if err := rows.Scan((*string)(&d.Reason), &d.Detail, &d.Source, &d.Line, &d.Length, &d.SHA256, &d.Value); err != nil {
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
	fmt.Fprintf(w, "%s  %s:%d  %s bytes  %s\n", text.Pad(string(d.Reason), 12, ' '), printable(d.Source), d.Line,
		grouped(int64(d.Length)), printable(d.Detail))
	renderExcerpt(w, d.Value, v)
}
