package store

import (
	"context"
	"fmt"
	"reflect"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Table is the result of a query whose columns are not known beforehand.
type Table struct {
	Columns []Column
	Rows    [][]any // values as the driver gives them; NULL is nil
}

// Column of a Table.
type Column struct {
	Name string
	Type string // of ClickHouse, such as LowCardinality(String)
}

// ReadTable reads all rows of a query. Limits and parameters of the query go
// with ctx.
func ReadTable(ctx context.Context, conn driver.Conn, query string) (*Table, error) {
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	t := &Table{}
	types := rows.ColumnTypes()
	for _, c := range types {
		t.Columns = append(t.Columns, Column{c.Name(), c.DatabaseTypeName()})
	}
	for rows.Next() {
		targets := make([]any, len(types))
		for i, c := range types {
			targets[i] = reflect.New(c.ScanType()).Interface()
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, fmt.Errorf("read a row: %w", err)
		}
		row := make([]any, len(targets))
		for i, target := range targets {
			row[i] = plain(reflect.ValueOf(target).Elem())
		}
		t.Rows = append(t.Rows, row)
	}
	return t, rows.Err()
}

// plain unwraps the pointer of a Nullable column.
func plain(v reflect.Value) any {
	if v.Kind() != reflect.Pointer {
		return v.Interface()
	}
	if v.IsNil() {
		return nil
	}
	return v.Elem().Interface()
}
