package rules

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/store"
)

// Limits of one evaluation.
const (
	maxRows   = 1000
	maxBytes  = 16 << 20
	maxMemory = 2 << 30
	Timeout   = 20 * time.Second

	maxSQL = 64 << 10 // bytes; a server parses little more

	// readOnly is the stricter of the server's two ways: besides writing it refuses
	// table functions that reach out, such as file, url and remote, and other
	// settings. A rule runs with the rights of the pipeline, which may be all.
	readOnly = 1
)

// Row is one row of a rule's result: a series that holds now.
type Row struct {
	Brand, SKU, Type string
	Labels           map[string]string // the other text columns: part of what tells series apart
	Value, Expected  float64
	Summary          string // with the row's values filled in
}

// wrap makes the SQL of a rule a subquery: nothing but a SELECT can be one. The
// line ends keep a comment in it from reaching out.
func wrap(sql string) string {
	sql = strings.TrimRight(strings.TrimSpace(sql), "; \n\t")
	return fmt.Sprintf("SELECT * FROM (\n%s\n) LIMIT %d", sql, maxRows+1)
}

// fits says how long an SQL is that is too long, which the server would quote.
func fits(sql string) error {
	if len(sql) > maxSQL {
		return fmt.Errorf("the SQL has %d bytes, the most is %d", len(sql), maxSQL)
	}
	return nil
}

// limited gives a query the parameters of a tick and the limits of a rule.
func limited(ctx context.Context, run string, tick time.Time) context.Context {
	return clickhouse.Context(ctx,
		clickhouse.WithParameters(clickhouse.Parameters{"run": escaped.Replace(run), "tick": strconv.FormatInt(tick.Unix(), 10)}),
		clickhouse.WithSettings(clickhouse.Settings{
			"readonly":           readOnly,
			"max_execution_time": int(Timeout.Seconds()),
			"max_result_rows":    maxRows + 1,
			"max_result_bytes":   maxBytes,
			"max_memory_usage":   maxMemory,
			"max_threads":        1, // a rule may keep one core busy, not all
		}))
}

// escaped writes text as the server reads a parameter.
var escaped = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`)

// Evaluate runs the rule at a tick. Rows that cannot be used are set aside:
// aside says why, one line each. An error concerns the whole evaluation.
func Evaluate(ctx context.Context, conn driver.Conn, r *config.Rule, run string, tick time.Time) (rows []Row, aside []string, err error) {
	if err := fits(r.SQL); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout+2*time.Second)
	defer cancel()
	t, err := store.ReadTable(limited(ctx, run, tick), conn, wrap(r.SQL))
	if err != nil {
		return nil, nil, explained(ctx, err)
	}
	if len(t.Rows) > maxRows {
		return nil, nil, errTooMany
	}
	if len(t.Rows) == 0 {
		return nil, nil, nil // and no columns either
	}
	columns, err := columnsOf(t.Columns)
	if err != nil {
		return nil, nil, err
	}
	rows, aside = columns.sift(r, t.Rows)
	return rows, aside, nil
}

// explained says so of a query that had its time, and of one that wants more than
// to read tables.
func explained(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("it took longer than %s: %w", Timeout, context.DeadlineExceeded)
	}
	var exception *clickhouse.Exception
	if errors.As(err, &exception) && exception.Code == codeReadOnly {
		return fmt.Errorf("a rule reads tables and views, no files and no other servers, and changes nothing: %w", err)
	}
	return err
}

// codeReadOnly is ClickHouse's READONLY.
const codeReadOnly = 164

var errTooMany = fmt.Errorf("more than %d rows: each row is an alert, so let the SQL choose", maxRows)

// sift makes series of rows, and sets aside what cannot be one.
func (c columns) sift(r *config.Rule, all [][]any) (rows []Row, aside []string) {
	seen := map[string]bool{}
	for _, values := range all {
		row, fault := c.row(r, values)
		switch key := row.fingerprint(r.Name); {
		case fault != "":
			aside = append(aside, fault)
		case seen[key]:
			aside = append(aside, fmt.Sprintf("brand %q, sku %q: a second row of the same series", row.Brand, row.SKU))
		default:
			seen[key] = true
			rows = append(rows, row)
		}
	}
	return rows, aside
}

// columns says where the values of a row stand; -1 where a column is missing.
type columns struct {
	all                               []store.Column
	brand, sku, kind, value, expected int
	labels                            []int
}

// columnsOf checks that the columns of a result can make series.
func columnsOf(all []store.Column) (c columns, err error) {
	c = columns{all: all, brand: -1, sku: -1, kind: -1, value: -1, expected: -1}
	named := map[string]struct {
		at   *int
		text bool
	}{
		"brand": {&c.brand, true}, "sku": {&c.sku, true}, "crisis_type": {&c.kind, true},
		"value": {&c.value, false}, "expected": {&c.expected, false},
	}
	for i, col := range all {
		want, known := named[col.Name]
		switch {
		case known && want.text && !isText(col.Type):
			return c, fmt.Errorf("column %s must be text, not %s", col.Name, col.Type)
		case known && !want.text && !isNumber(col.Type):
			return c, fmt.Errorf("column %s must be a number, not %s", col.Name, col.Type)
		case known:
			*want.at = i
		case isText(col.Type):
			c.labels = append(c.labels, i)
		}
	}
	if c.brand < 0 || c.value < 0 {
		return c, fmt.Errorf("the SQL must give the columns brand and value")
	}
	return c, nil
}

func bare(typ string) string {
	for _, wrapper := range []string{"LowCardinality(", "Nullable("} {
		typ = strings.TrimPrefix(typ, wrapper)
	}
	return typ
}

func isText(typ string) bool {
	return strings.HasPrefix(bare(typ), "String") || strings.HasPrefix(bare(typ), "Enum") || strings.HasPrefix(bare(typ), "FixedString")
}

func isNumber(typ string) bool {
	typ = bare(typ)
	return slices.ContainsFunc([]string{"UInt", "Int", "Float"}, func(p string) bool { return strings.HasPrefix(typ, p) })
}

// row reads one row; fault says why it is set aside.
func (c columns) row(r *config.Rule, values []any) (row Row, fault string) {
	text := func(i int) string {
		if i < 0 || values[i] == nil {
			return ""
		}
		return fmt.Sprint(values[i])
	}
	row = Row{Brand: text(c.brand), SKU: text(c.sku), Type: text(c.kind), Value: number(values[c.value])}
	if c.expected >= 0 {
		row.Expected = number(values[c.expected])
	}
	for _, i := range c.labels {
		if row.Labels == nil {
			row.Labels = map[string]string{}
		}
		row.Labels[c.all[i].Name] = text(i)
	}
	switch {
	case row.Brand == "":
		return row, "a row without a brand"
	case values[c.value] == nil:
		return row, fmt.Sprintf("brand %q, sku %q: value is NULL", row.Brand, row.SKU)
	case !finite(row.Value):
		return row, fmt.Sprintf("brand %q, sku %q: value is %v", row.Brand, row.SKU, row.Value)
	case !finite(row.Expected):
		return row, fmt.Sprintf("brand %q, sku %q: expected is %v", row.Brand, row.SKU, row.Expected)
	}
	row.Summary = summarize(r.Summary, func(name string) (any, bool) {
		i := slices.IndexFunc(c.all, func(col store.Column) bool { return col.Name == name })
		if i < 0 {
			return nil, false
		}
		return values[i], true
	})
	return row, ""
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// number is NaN for NULL.
func number(v any) float64 {
	if v == nil {
		return math.NaN()
	}
	switch x := reflect.ValueOf(v); {
	case x.CanFloat():
		return x.Float()
	case x.CanInt():
		return float64(x.Int())
	case x.CanUint():
		return float64(x.Uint())
	}
	return math.NaN()
}
