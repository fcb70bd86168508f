package backfill

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"fenghuo/pipeline/ingest"
	"fenghuo/schemas"
)

// mostKnown is how many rows are looked at again when a run goes on. One that
// came or went anywhere before them has moved them all.
const mostKnown = 1000

// known are the last posts and values that an earlier start has landed, by the
// number of their row from 0. A run goes on behind so many rows: with an input that
// has others in their places, such as a topic to which late posts came, some would
// be counted twice and some never.
type known struct {
	landed int64 // rows
	rows   map[int64]mark
}

// mark is what tells a row from its neighbours.
type mark struct {
	at    time.Time
	id    string  // of a post, or the series
	value float64 // of the series
}

// recall asks for what the run holds.
func (h *history) recall(ctx context.Context) (known, error) {
	k := known{landed: h.landed, rows: make(map[int64]mark)}
	if h.landed == 0 {
		return k, nil
	}
	rows, err := h.Store.Conn().Query(ctx, `SELECT source_offset AS row, published_at, post_id, toFloat64(0) FROM mentions WHERE run = @run AND row < @landed ORDER BY row DESC LIMIT @most
		UNION ALL
		SELECT source_offset AS row, at, series, value FROM business_values WHERE run = @run AND row < @landed ORDER BY row DESC LIMIT @most`,
		clickhouse.Named("run", h.Run), clickhouse.Named("landed", h.landed), clickhouse.Named("most", mostKnown))
	if err != nil {
		return k, fmt.Errorf("what has landed of run %q: %w", h.Run, err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var n int64
		var m mark
		if err := rows.Scan(&n, &m.at, &m.id, &m.value); err != nil {
			return k, err
		}
		k.rows[n] = m
	}
	return k, rows.Err()
}

// check refuses a row that is not the one that has landed.
func (k known) check(n int64, row *ingest.Row) error {
	want, landed := k.rows[n]
	if !landed {
		return nil
	}
	if is := markOf(row.Value); is.at.Equal(want.at) && (is.id == "" || is.id == want.id) && is.value == want.value {
		return nil
	}
	return errChanged(fmt.Sprintf("row %d in order of time was %q of %s", n+1, want.id, want.at.Format(time.RFC3339)))
}

// markOf reads the mark of a row, the id as far as the input gives one.
func markOf(row []byte) mark {
	if schemas.IsValue(row) {
		v, _, _ := schemas.DecodeValue(row, time.Time{})
		return mark{at: v.Timestamp, id: v.Series, value: v.Value}
	}
	post, _, _ := schemas.DecodePost(row, time.Time{})
	return mark{at: post.PublishedAt, id: post.ID}
}

// end refuses an input that ends before what has landed does.
func (k known) end(rows int64) error {
	if rows >= k.landed {
		return nil
	}
	return errChanged(fmt.Sprintf("%d rows were taken, it has %d", k.landed, rows))
}

func errChanged(how string) error {
	return fmt.Errorf("the input is no longer the one the run was begun with (%s): use --replace to build it anew", how)
}
