package detect

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"fenghuo/schemas"
)

// Log names the log that rows come from: tokens and positions belong to it.
type Log struct {
	Run       string
	Rebuild   int // raised when a run is built anew, so that its tokens are fresh
	Topic     string
	Epoch     int // layout epoch
	Partition int
}

// token names a range of the log: ClickHouse drops a block whose token it
// knows, which makes landing a range again harmless.
func (l Log) token(r *Range) string {
	return fmt.Sprintf("%s/%d/%d/%d-%d/%s/%d", l.Topic, l.Epoch, l.Partition, r.From, r.To, l.Run, l.Rebuild)
}

// tables lands ranges in ClickHouse, one block a table.
type tables struct {
	conn     driver.Conn
	log      Log
	near     bool // the server is on this machine
	aWeekOld bool // the run is: competitors have a week to be compared with
}

// insert sends one block. columns are slices of equal length, in the order of
// the query's columns.
func (t *tables) insert(ctx context.Context, token, query string, columns ...any) error {
	return insert(ctx, t.conn, token, query, columns...)
}

func insert(ctx context.Context, conn driver.Conn, token, query string, columns ...any) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"insert_deduplication_token":      token,
		"insert_deduplicate":              1,
		"async_insert":                    0,
		"max_partitions_per_insert_block": 0,
	}))
	batch, err := conn.PrepareBatch(ctx, query)
	if err != nil {
		return err
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	for i, c := range columns {
		if err := batch.Column(i).Append(c); err != nil {
			return fmt.Errorf("column %d of %q: %w", i, query, err)
		}
	}
	return batch.Send()
}

const insertIntake = `INSERT INTO intake_log (run, source_topic, source_epoch, source_partition, outcome, reason, count)`

// intakeRow is a line of the account.
type intakeRow struct {
	key   IntakeKey
	count uint64
}

func (t *tables) intake(ctx context.Context, r *Range) error {
	if len(r.Intake) == 0 {
		return nil
	}
	rows := make([]intakeRow, 0, len(r.Intake))
	for k, n := range r.Intake {
		rows = append(rows, intakeRow{k, n})
	}
	return t.insert(ctx, t.log.token(r), insertIntake,
		column(rows, func(*intakeRow) string { return t.log.Run }),
		column(rows, func(i *intakeRow) string { return i.key.Source.Topic }),
		column(rows, func(i *intakeRow) uint32 { return uint32(i.key.Source.Epoch) }),
		column(rows, func(i *intakeRow) int32 { return int32(i.key.Source.Partition) }),
		column(rows, func(i *intakeRow) string { return i.key.Outcome }),
		column(rows, func(i *intakeRow) string { return string(i.key.Reason) }),
		column(rows, func(i *intakeRow) uint64 { return i.count }),
	)
}

const insertAlerts = `INSERT INTO alert_log (id, incident, fingerprint, run, brand, brand_name, sku, signal, crisis_type, state, level,
	severity, at, fired_at, window_start, window_end, observed, expected, channels, learning, suspected_attack, evidence, seq)`

func (t *tables) alerts(ctx context.Context, r *Range) error {
	if len(r.Alerts) == 0 {
		return nil
	}
	return InsertAlerts(ctx, t.conn, t.log.token(r), r.Alerts)
}

// InsertAlerts lands transitions as one block: rows whose token is known are
// there already.
func InsertAlerts(ctx context.Context, conn driver.Conn, token string, rows []schemas.Alert) error {
	evidence := make([]string, len(rows))
	order := make([]uint32, len(rows))
	for i := range rows {
		b, err := json.Marshal(rows[i].Evidence)
		if err != nil {
			return fmt.Errorf("evidence of alert %s: %w", rows[i].ID, err)
		}
		evidence[i], order[i] = string(b), uint32(i)
	}
	return insert(ctx, conn, token, insertAlerts,
		column(rows, func(a *schemas.Alert) string { return a.ID }),
		column(rows, func(a *schemas.Alert) string { return a.Incident }),
		column(rows, func(a *schemas.Alert) string { return a.Fingerprint }),
		column(rows, func(a *schemas.Alert) string { return a.Run }),
		column(rows, func(a *schemas.Alert) string { return a.Brand }),
		column(rows, func(a *schemas.Alert) string { return a.BrandName }),
		column(rows, func(a *schemas.Alert) string { return a.SKU }),
		column(rows, func(a *schemas.Alert) string { return string(a.Signal) }),
		column(rows, func(a *schemas.Alert) string { return string(a.CrisisType) }),
		column(rows, func(a *schemas.Alert) string { return string(a.State) }),
		column(rows, func(a *schemas.Alert) string { return string(a.Level) }),
		column(rows, func(a *schemas.Alert) float64 { return a.Severity }),
		column(rows, func(a *schemas.Alert) time.Time { return a.At }),
		column(rows, func(a *schemas.Alert) time.Time { return a.FiredAt }),
		column(rows, func(a *schemas.Alert) time.Time { return a.WindowStart }),
		column(rows, func(a *schemas.Alert) time.Time { return a.WindowEnd }),
		column(rows, func(a *schemas.Alert) float64 { return a.Observed }),
		column(rows, func(a *schemas.Alert) float64 { return a.Expected }),
		column(rows, func(a *schemas.Alert) []string { return a.Channels }),
		column(rows, func(a *schemas.Alert) bool { return a.Learning }),
		column(rows, func(a *schemas.Alert) bool { return a.SuspectedAttack }),
		evidence, order,
	)
}

// heard says how far the sources of the live run were heard of.
func (t *tables) heard(ctx context.Context, r *Range) error {
	if t.log.Run != "live" || len(r.Heard) == 0 {
		return nil
	}
	return t.insert(ctx, t.log.token(r), `INSERT INTO source_positions (topic, epoch, partition, offset)`,
		column(r.Heard, func(h *Heard) string { return h.Source.Topic }),
		column(r.Heard, func(h *Heard) uint32 { return uint32(h.Source.Epoch) }),
		column(r.Heard, func(h *Heard) int32 { return int32(h.Source.Partition) }),
		column(r.Heard, func(h *Heard) int64 { return h.Offset }),
	)
}

// progress says that the range has landed; it is the last thing of a range.
func (t *tables) progress(ctx context.Context, r *Range) error {
	tick := r.Tick
	if tick.IsZero() {
		tick = time.Unix(0, 0)
	}
	return t.insert(ctx, t.log.token(r), `INSERT INTO progress (run, topic, layout_epoch, t, to_offset, last_tick)`,
		[]string{t.log.Run}, []string{t.log.Topic}, []uint32{uint32(t.log.Epoch)}, []int32{int32(t.log.Partition)},
		[]int64{r.To}, []time.Time{tick})
}

// column turns a field of the rows into a column.
func column[R, V any](rows []R, value func(*R) V) []V {
	values := make([]V, len(rows))
	for i := range rows {
		values[i] = value(&rows[i])
	}
	return values
}
