package trends

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"fenghuo/pipeline/store"
)

// Query is the statement that asks the view; its values come as parameters of
// the same names.
func (v *View) Query() string {
	args := make([]string, len(v.Params))
	for i, p := range v.Params {
		args[i] = fmt.Sprintf("%s = {%s:%s}", p.Name, p.Name, p.Type)
	}
	return fmt.Sprintf("SELECT * FROM %s(%s)", v.Name, strings.Join(args, ", "))
}

// Run asks the view with parameters that Bind made.
func (v *View) Run(ctx context.Context, conn driver.Conn, bound map[string]string) (*store.Table, error) {
	t, err := store.ReadTable(clickhouse.Context(ctx, clickhouse.WithParameters(bound)), conn, v.Query())
	if err != nil {
		return nil, fmt.Errorf("view %s: %w", v.Name, err)
	}
	return t, nil
}

// Newest is the moment after the newest hour of a run that has a mention; the
// zero time when the run has none.
func Newest(ctx context.Context, conn driver.Conn, run string) (time.Time, error) {
	var newest time.Time
	err := conn.QueryRow(ctx, `SELECT max(bucket) FROM trend_buckets WHERE run = ? AND grain = '1h'`, run).Scan(&newest)
	if err != nil {
		return time.Time{}, fmt.Errorf("newest bucket of run %q: %w", run, err)
	}
	if newest.Unix() <= 0 { // the maximum of no rows
		return time.Time{}, nil
	}
	return newest.Add(time.Hour).UTC(), nil
}
