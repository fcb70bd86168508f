package trends

import (
	"context"
	"fmt"
	"iter"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.uber.org/zap"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/ingest"
	"fenghuo/pipeline/simulate"
	"fenghuo/pipeline/store"
)

// history is a simulated fortnight with a crisis, filled into run "past" by the
// real pipeline.
type history struct {
	conn   driver.Conn
	truth  simulate.Truth
	config *config.Config
	newest time.Time
	t      *testing.T
}

var filled = sync.OnceValues(func() (*history, error) {
	sim, err := simulate.New(simulate.Options{Seed: 5, Days: 10, Brands: 4, SKUs: 16, PostsPerDay: 900})
	if err != nil {
		return nil, err
	}
	h := &history{config: sim.Config()}
	h.config.ClickHouse.URL = clickhouseURL
	h.config.ClickHouse.Database = fmt.Sprintf("trends_%d", os.Getpid())
	ctx := context.Background()
	s, err := store.Open(ctx, h.config.ClickHouse, zap.NewNop())
	if err != nil {
		return nil, err
	}
	if _, err := s.Migrate(ctx); err != nil {
		return nil, err
	}
	a, err := analyzer.New(analyzer.Options{Brands: h.config.Brands})
	if err != nil {
		return nil, err
	}
	_, err = backfill.Run(ctx, backfill.Options{
		Config: h.config, Analyzer: a, Store: s, Run: "past", Rows: rowsOf(sim), Source: "test", Identity: "test", Workers: 2, Log: zap.NewNop(),
	})
	if err != nil {
		return nil, err
	}
	h.conn, h.truth = s.Conn(), sim.Truth()
	if h.newest, err = Newest(ctx, h.conn, "past"); err != nil {
		return nil, err
	}
	if err := h.addRuleAlert(ctx); err != nil {
		return nil, err
	}
	return h, h.addOrders(ctx)
})

// addRuleAlert has a trend rule tell of the crisis besides the detectors.
func (h *history) addRuleAlert(ctx context.Context) error {
	return h.conn.Exec(ctx, `INSERT INTO alert_log (id, incident, run, brand, signal, state, level, at, fired_at)
		VALUES ('rule', 'rule', 'past', ?, 'rule:negative-half', 'firing', 'red', ?, ?)`,
		h.truth.Crisis.Brand, h.truth.Crisis.Peak.UnixMilli(), h.truth.Crisis.Peak.UnixMilli())
}

// addOrders gives the brand of the crisis 20 orders an hour, sent by product,
// the last of each hour sent twice: 9 first, then 10.
func (h *history) addOrders(ctx context.Context) error {
	return h.conn.Exec(ctx, `INSERT INTO business_values (run, brand, series, sku, at, day, value, ingested_at, source_offset)
		SELECT 'past', ?, 'orders', if(number % 3 = 0, 'a', 'b'), toStartOfHour(?::DateTime) + intDiv(number, 3) * 3600 AS at,
			toStartOfDay(toDateTime(at), ?), if(number % 3 = 1, 9, 10), at, number FROM numbers(3 * 24 * 12)`,
		h.truth.Crisis.Brand, h.truth.Start.UTC().Format(time.DateTime), h.config.Location().String())
}

// clickhouseURL is set by the first test that asks for the history.
var clickhouseURL string

func past(t *testing.T) *history {
	t.Helper()
	clickhouseURL = embeddedtest.ClickHouse(t)
	h, err := filled()
	if err != nil {
		t.Fatal(err)
	}
	mine := *h
	mine.t = t
	return &mine
}

func rowsOf(sim *simulate.Simulator) iter.Seq2[ingest.Row, error] {
	return func(yield func(ingest.Row, error) bool) {
		for r := range sim.Records() {
			if !yield(ingest.Row{At: r.At, Value: r.Raw}, nil) {
				return
			}
		}
	}
}

// ask runs a view in run "past"; values are name=value pairs.
func (h *history) ask(name string, given ...string) []map[string]any {
	h.t.Helper()
	v, err := Find(name)
	if err != nil {
		h.t.Fatal(err)
	}
	params := map[string]string{}
	for _, p := range given {
		key, value, _ := strings.Cut(p, "=")
		params[key] = value
	}
	return h.run(v, params)
}

func (h *history) run(v *View, params map[string]string) []map[string]any {
	h.t.Helper()
	table := h.table(v, params)
	var rows []map[string]any
	for _, r := range table.Rows {
		row := map[string]any{}
		for i, c := range table.Columns {
			row[c.Name] = r[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// table is the answer of a view in run "past".
func (h *history) table(v *View, params map[string]string) *store.Table {
	h.t.Helper()
	for _, name := range []string{"run", "run_a", "run_b"} {
		if v.param(name) != nil {
			params[name] = "past"
		}
	}
	bound, err := v.Bind(params, Setting{Location: h.config.Location(), Newest: h.newest})
	if err != nil {
		h.t.Fatal(err)
	}
	table, err := v.Run(h.t.Context(), h.conn, bound)
	if err != nil {
		h.t.Fatal(err)
	}
	return table
}

// count asks one number of the mentions of run "past".
func (h *history) count(expression, where string, args ...any) float64 {
	h.t.Helper()
	var n float64
	if err := h.conn.QueryRow(h.t.Context(), "SELECT toFloat64("+expression+") FROM mentions WHERE run = 'past' AND "+where, args...).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func number(v any) float64 {
	switch x := v.(type) {
	case uint64:
		return float64(x)
	case int64:
		return float64(x)
	case float64:
		return x
	}
	panic(fmt.Sprintf("%T is no number", v))
}

// sum leaves out what is empty.
func sum(rows []map[string]any, column string) (total float64) {
	for _, r := range rows {
		if r[column] != nil {
			total += number(r[column])
		}
	}
	return total
}
