package detect

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	chcolumn "github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// field is a column of a block: its name, the type in which its values travel
// and a slice of them. The server converts to the table's type, which for
// LowCardinality is cheaper there than here.
type field struct {
	name, kind string
	values     any
}

// insertBlock sends one block; the fields are of equal length. The columns'
// types being known, the table need not be asked for them. A block is not
// merged within itself beforehand: the rows of one have keys of their own.
func insertBlock(ctx context.Context, conn driver.Conn, token, table string, fields []field) error {
	names := make([]string, len(fields))
	columns := make([]clickhouse.ColumnNameAndType, len(fields))
	for i, f := range fields {
		names[i], columns[i] = f.name, clickhouse.ColumnNameAndType{Name: f.name, Type: f.kind}
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithColumnNamesAndTypes(columns), clickhouse.WithSettings(clickhouse.Settings{
		"insert_deduplication_token":      token,
		"insert_deduplicate":              1,
		"async_insert":                    0,
		"optimize_on_insert":              0,
		"max_partitions_per_insert_block": 0,
	}))
	batch, err := conn.PrepareBatch(ctx, fmt.Sprintf("INSERT INTO %s (%s)", table, strings.Join(names, ", ")))
	if err != nil {
		return err
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	for i, f := range fields {
		if err := appendTo(batch.Column(i), f.values); err != nil {
			return fmt.Errorf("column %s of %s: %w", f.name, table, err)
		}
	}
	return batch.Send()
}

// appendTo fills a column. Lists and maps go in by rows, and as pointers,
// which needs neither reflection nor memory.
func appendTo(to driver.BatchColumn, values any) error {
	switch v := values.(type) {
	case [][]string:
		var row []*string
		for _, list := range v {
			row = row[:0]
			for i := range list {
				row = append(row, &list[i])
			}
			if err := to.AppendRow(row); err != nil {
				return err
			}
		}
		return nil
	case rowsOfPairs:
		for i := range v.len() {
			if err := to.AppendRow(v.row(i)); err != nil {
				return err
			}
		}
		return nil
	}
	return to.Append(values)
}

// rowsOfPairs is a column of maps.
type rowsOfPairs interface {
	len() int
	row(i int) chcolumn.IterableOrderedMap // valid until the next call
}

// pairs is a column of maps, each a list of P.
type pairs[P any] struct {
	lists [][]P
	split func(*P) (key, value any) // pointers
	at    int
	list  []P
}

func (p *pairs[P]) len() int { return len(p.lists) }

func (p *pairs[P]) row(i int) chcolumn.IterableOrderedMap {
	p.list, p.at = p.lists[i], -1
	return p
}

// Put is for maps that are read.
func (p *pairs[P]) Put(any, any) {}

// Iterator, Next, Key and Value go over the pairs of a row.
func (p *pairs[P]) Iterator() chcolumn.MapIterator { return p }

// Next steps to the next pair.
func (p *pairs[P]) Next() bool { p.at++; return p.at < len(p.list) }

// Key is the key of the pair.
func (p *pairs[P]) Key() any { k, _ := p.split(&p.list[p.at]); return k }

// Value is the value of the pair.
func (p *pairs[P]) Value() any { _, v := p.split(&p.list[p.at]); return v }
