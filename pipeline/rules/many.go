package rules

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"go.uber.org/zap"

	"fenghuo/pipeline/store"
)

// Limits of an evaluation at many ticks.
const (
	leastTicks = 8               // fewer are evaluated one by one
	mostTicks  = 400             // in a statement
	quick      = time.Second     // a statement below this may have twice the ticks,
	slow       = 5 * time.Second // one above this gets half of them
	manyBytes  = 4 * maxBytes    // of a result
)

// result is what a rule gave at a tick.
type result struct {
	rows  []Row
	aside []string
}

// ahead evaluates a rule that is behind at many ticks in one statement, which
// costs ClickHouse a small part of as many statements: most of the cost of one
// is planning it. The tick becomes a column, the rule a subquery that is
// correlated with it. Not every SQL can be one; and of those that can, one that
// aggregates without GROUP BY would lose the row that it gives where there is
// nothing. So results are held against those of single ticks, and a rule for
// which this fails goes on tick by tick.
type ahead struct {
	results map[int64]result // by tick in Unix seconds
	ticks   int              // of the next statement
	shape   *shape           // nil before the first statement
	off     bool             // the rule goes tick by tick
}

// shape is what a statement over many ticks needs to know.
type shape struct {
	columns []string
	tables  map[string]string // of the database: the column that tells the time of a row
}

// tickBlank is the tick in the SQL of a rule, as a moment in whole seconds.
var tickBlank = regexp.MustCompile(`\{\s*tick\s*:\s*DateTime(\s*\(\s*'UTC'\s*\))?\s*\}`)

// evaluate gives the result at a tick, looking ahead where now is far away.
func (f *follower) evaluate(ctx context.Context, tick, now time.Time) (result, error) {
	a := &f.ahead
	if r, there := a.results[tick.Unix()]; there {
		delete(a.results, tick.Unix())
		return r, nil
	}
	n := min(int(now.Sub(tick)/f.every())+1, max(a.ticks, leastTicks))
	if !a.off && f.rule.Lookback > 0 && n >= leastTicks {
		if err := f.lookAhead(ctx, tick, n); err != nil {
			if !refused(err) {
				return result{}, err
			}
			a.off, a.results = true, nil
			f.log.Info("rules: will be replayed tick by tick, which takes longer: "+oneLine(err), zap.Time("tick", tick))
		} else if r, there := a.results[tick.Unix()]; there {
			delete(a.results, tick.Unix())
			return r, nil
		}
	}
	rows, aside, err := Evaluate(ctx, f.Conn, f.rule, f.Run, tick)
	return result{rows, aside}, err
}

// lookAhead fills in the results of n ticks.
func (f *follower) lookAhead(ctx context.Context, first time.Time, n int) error {
	if f.ahead.shape == nil {
		if err := f.prepare(ctx); err != nil {
			return err
		}
	}
	began := time.Now()
	last := first.Add(time.Duration(n-1) * f.every())
	results, err := f.many(ctx, first, n)
	if err != nil {
		return err
	}
	if err := f.same(ctx, last, results[last.Unix()]); err != nil {
		return err
	}
	switch took := time.Since(began); {
	case took < quick:
		f.ahead.ticks = min(2*n, mostTicks)
	case took > slow:
		f.ahead.ticks = max(n/2, leastTicks)
	default:
		f.ahead.ticks = n
	}
	f.ahead.results = results
	return nil
}

// prepare asks for the columns of the rule and the tables there are, and tries
// ticks before all posts.
func (f *follower) prepare(ctx context.Context) error {
	t, err := store.ReadTable(limited(ctx, f.Run, anyTick), f.Conn, "DESCRIBE ("+wrap(f.rule.SQL)+")")
	if err != nil {
		return err
	}
	s := &shape{tables: map[string]string{}}
	for _, row := range t.Rows {
		s.columns = append(s.columns, fmt.Sprint(row[0]))
	}
	t, err = store.ReadTable(ctx, f.Conn, `SELECT concat(database, '.', table), any(name) FROM system.columns
		WHERE database = currentDatabase() AND name IN ('published_at', 'bucket') AND startsWith(type, 'DateTime') GROUP BY ALL`)
	if err != nil {
		return err
	}
	for _, row := range t.Rows {
		s.tables[fmt.Sprint(row[0])] = fmt.Sprint(row[1])
	}
	f.ahead.shape = s
	results, err := f.many(ctx, anyTick, leastTicks)
	if err != nil {
		return err
	}
	return f.same(ctx, anyTick, results[anyTick.Unix()])
}

// same holds a result against that of its tick alone.
func (f *follower) same(ctx context.Context, tick time.Time, many result) error {
	rows, aside, err := Evaluate(ctx, f.Conn, f.rule, f.Run, tick)
	if err != nil {
		return err
	}
	values := func(rows []Row) map[string]float64 {
		m := make(map[string]float64, len(rows))
		for i := range rows {
			m[rows[i].fingerprint(f.rule.Name)] = rows[i].Value
		}
		return m
	}
	near := func(a, b float64) bool { return a == b || a-b < 1e-9*max(a, -a) && b-a < 1e-9*max(a, -a) }
	if !maps.EqualFunc(values(rows), values(many.rows), near) || len(aside) != len(many.aside) {
		return fmt.Errorf("at %s it gives another result among many ticks than alone; does it look back further than lookback, or aggregate without GROUP BY",
			tick.UTC().Format(time.RFC3339))
	}
	return nil
}

// many runs the rule at n ticks from first on.
func (f *follower) many(ctx context.Context, first time.Time, n int) (map[int64]result, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout+2*time.Second)
	defer cancel()
	query, err := f.ahead.shape.statement(f.rule.SQL, first, f.every(), n)
	if err != nil {
		return nil, err
	}
	last := first.Add(time.Duration(n) * f.every())
	t, err := store.ReadTable(clickhouse.Context(limited(ctx, f.Run, first), clickhouse.WithSettings(clickhouse.Settings{
		"readonly": readOnly, "max_execution_time": int(Timeout.Seconds()), "max_memory_usage": maxMemory, "max_threads": 1,
		"max_result_rows": n * (maxRows + 1), "max_result_bytes": manyBytes,
		"allow_experimental_correlated_subqueries": 1,
		"additional_table_filters":                 f.ahead.shape.filters(first.Add(-f.rule.Lookback.Std()), last),
	})), f.Conn, query)
	if err != nil {
		return nil, explained(ctx, err)
	}
	results := make(map[int64]result, n)
	for i := range n {
		results[first.Add(time.Duration(i)*f.every()).Unix()] = result{}
	}
	if len(t.Rows) == 0 {
		return results, nil
	}
	columns, err := columnsOf(t.Columns[1:])
	if err != nil {
		return nil, err
	}
	for len(t.Rows) > 0 {
		at := t.Rows[0][0].(time.Time)
		end := slices.IndexFunc(t.Rows, func(row []any) bool { return !row[0].(time.Time).Equal(at) })
		if end < 0 {
			end = len(t.Rows)
		}
		of := make([][]any, end)
		for i := range of {
			of[i] = t.Rows[i][1:]
		}
		t.Rows = t.Rows[end:]
		if len(of) > maxRows {
			return nil, errTooMany
		}
		var r result
		r.rows, r.aside = columns.sift(f.rule, of)
		results[at.Unix()] = r
	}
	return results, nil
}

// statement makes the tick of the SQL a column.
func (s *shape) statement(sql string, first time.Time, every time.Duration, n int) (string, error) {
	inner := tickBlank.ReplaceAllString(strings.TrimRight(strings.TrimSpace(sql), "; \n\t"), "tick_at_")
	if inner == sql || strings.Contains(inner, "{tick") {
		return "", fmt.Errorf("it must use {tick:DateTime('UTC')} to be evaluated at many ticks")
	}
	var names, picks []string
	for i, c := range s.columns {
		name := "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(c) + "`"
		names = append(names, name)
		picks = append(picks, fmt.Sprintf("tupleElement(row_, %d) AS %s", i+1, name))
	}
	return fmt.Sprintf(`SELECT at_, %s FROM (
		SELECT tick_at_ AS at_, (SELECT groupArray(%d)(tuple(%s)) FROM (
%s
		)) AS rows_ FROM (SELECT toDateTime(%d + %d * number, 'UTC') AS tick_at_ FROM numbers(%d))
	) ARRAY JOIN rows_ AS row_ ORDER BY at_`,
		strings.Join(picks, ", "), maxRows+1, strings.Join(names, ", "), inner, first.Unix(), int64(every.Seconds()), n), nil
}

// filters keeps what no tick looks at out of the tables.
func (s *shape) filters(from, to time.Time) string {
	var list []string
	for _, table := range slices.Sorted(maps.Keys(s.tables)) {
		c := s.tables[table]
		list = append(list, fmt.Sprintf(`'%s': '%s >= toDateTime(%d) AND %s < toDateTime(%d)'`, table, c, from.Unix(), c, to.Unix()))
	}
	return "{" + strings.Join(list, ", ") + "}"
}
