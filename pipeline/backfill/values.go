package backfill

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"fenghuo/pipeline/ingest"
	"fenghuo/schemas"
)

// ValuesFromRun yields the values of business series that hold in a run, in
// order of their time.
func ValuesFromRun(ctx context.Context, conn driver.Conn, run string, s Span) iter.Seq2[ingest.Row, error] {
	return func(yield func(ingest.Row, error) bool) {
		rows, err := conn.Query(ctx, `SELECT series, brand, sku, at, value FROM business_latest
			WHERE run = ? AND at >= ? AND at < ? ORDER BY at, brand, series, sku`, run, openFrom(s.From), openTo(s.To))
		if err != nil {
			yield(ingest.Row{}, fmt.Errorf("values of run %q: %w", run, err))
			return
		}
		defer rows.Close() //nolint:errcheck // its errors come from Err
		for rows.Next() {
			var v schemas.Value
			if err := rows.Scan(&v.Series, &v.Brand, &v.SKU, &v.Timestamp, &v.Value); err != nil {
				yield(ingest.Row{}, err)
				return
			}
			value, err := json.Marshal(v)
			if err != nil {
				yield(ingest.Row{}, err)
				return
			}
			if !yield(ingest.Row{At: v.Timestamp, Key: "series/" + v.Brand, Value: value}, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(ingest.Row{}, fmt.Errorf("values of run %q: %w", run, err))
		}
	}
}

// Merge yields two sequences that are in order of event time as one; of equal
// times the first's rows come first. An error of either comes at its place.
func Merge(first, second iter.Seq2[ingest.Row, error]) iter.Seq2[ingest.Row, error] {
	return func(yield func(ingest.Row, error) bool) {
		next, stop := iter.Pull2(second)
		defer stop()
		b, berr, more := next()
		for a, aerr := range first {
			for more && aerr == nil && (berr != nil || b.At.Before(a.At)) {
				if !yield(b, berr) {
					return
				}
				b, berr, more = next()
			}
			if !yield(a, aerr) {
				return
			}
		}
		for ; more; b, berr, more = next() {
			if !yield(b, berr) {
				return
			}
		}
	}
}
