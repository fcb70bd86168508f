package doctor

import (
	"context"
	"fmt"
	"strings"

	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/service"
	"fenghuo/pipeline/store"
)

// Finding is the result of one check.
type Finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Examine runs every check that can be run: those of the tables are left out
// while ClickHouse cannot be reached, and so is what was not finished when ctx
// ended.
func Examine(ctx context.Context, c *config.Config, log *zap.Logger) []Finding {
	d := &doctor{config: c, log: log, stopped: ctx.Err}
	d.kafka(ctx)
	s, err := store.Open(ctx, c.ClickHouse, log)
	d.add("clickhouse", err, "reached at %s", c.ClickHouse.URL)
	if err != nil {
		return d.findings
	}
	defer s.Close() //nolint:errcheck // only reads
	d.store = s
	d.tables(ctx)
	return d.findings
}

type doctor struct {
	config   *config.Config
	cluster  *kafkalog.Cluster // nil when it cannot be reached
	store    *store.Store
	findings []Finding
	log      *zap.Logger
	stopped  func() error // what ended the context, if it has ended
}

func (d *doctor) add(check string, err error, fine string, args ...any) {
	if err != nil && d.stopped() != nil { // by the user, which says nothing of the tables
		return
	}
	f := Finding{Check: check, OK: err == nil, Detail: fmt.Sprintf(fine, args...)}
	if err != nil {
		f.Detail = err.Error()
	}
	d.findings = append(d.findings, f)
}

func (d *doctor) kafka(ctx context.Context) {
	cluster, err := kafkalog.Connect(d.config.Kafka, "fenghuo-doctor")
	if err == nil {
		err = cluster.Ping(ctx)
	}
	d.add("kafka", err, "reached at %s", strings.Join(d.config.Kafka.Brokers, ", "))
	if err != nil {
		return
	}
	d.cluster = cluster
	var missing, there []string
	for _, t := range service.Topics(d.config.Kafka) {
		n, err := cluster.Partitions(ctx, t.Name)
		if err != nil || n == 0 {
			missing = append(missing, t.Name)
			continue
		}
		there = append(there, fmt.Sprintf("%s (%d)", t.Name, n))
	}
	if len(missing) > 0 {
		err = fmt.Errorf("missing: %s; fenghuo run creates them when kafka.create is true", strings.Join(missing, ", "))
	}
	d.add("topics", err, "%s", strings.Join(there, ", "))
}

func (d *doctor) tables(ctx context.Context) {
	d.landed(ctx)
	d.add("account", d.none(ctx, `SELECT concat(run, ' ', source, ': ', toString(read), ' read') FROM intake_totals
		WHERE read != stored + unattributed + duplicates + dead`), "read = stored + unattributed + duplicates + dead, in every run")
	slices, err := d.slices(ctx)
	if err != nil {
		d.add("mentions", fmt.Errorf("%w: run fenghuo migrate", err), "")
		return
	}
	d.posts(ctx)
	d.add("business", d.none(ctx, `SELECT concat(run, ' ', brand, ' ', series, ' ', sku, ' ', toString(at)) FROM business_values
		GROUP BY run, brand, series, sku, at, ingested_at, source_topic, source_partition, source_offset HAVING count() > 1 LIMIT 5`),
		"each value of a business series once")
	d.once(ctx, slices)
	d.recount(ctx, slices)
}

// landed says how far the mentions log has landed.
func (d *doctor) landed(ctx context.Context) {
	topic := d.config.Kafka.Topics.Mentions
	l, found, err := d.store.Layout(ctx, topic)
	if err != nil || !found {
		d.add("landed", err, "nothing yet: no process has run")
		return
	}
	landed, err := d.store.Landed(ctx, l)
	if err != nil || d.cluster == nil {
		d.add("landed", err, "offsets %v of topic %s", landed, topic)
		return
	}
	var behind int64
	for t, to := range landed {
		_, end, berr := d.cluster.Bounds(ctx, topic, t)
		if berr != nil {
			err = berr
			break
		}
		if end < to {
			err = fmt.Errorf("topic %s partition %d ends at %d but %d was landed: it was created anew; see fenghuo migrate --new-layout", topic, t, end, to)
		}
		behind += end - to
	}
	d.add("landed", err, "%d records of topic %s have not landed", behind, topic)
}

// none fails with the rows of a query that should have none.
func (d *doctor) none(ctx context.Context, query string) error {
	list, err := d.rows(ctx, query)
	if err != nil {
		return fmt.Errorf("%w: run fenghuo migrate", err)
	}
	if len(list) > 0 {
		return fmt.Errorf("%s", strings.Join(list, "; "))
	}
	return nil
}

// rows reads a query of one string column.
func (d *doctor) rows(ctx context.Context, query string) (list []string, err error) {
	rows, err := d.store.Conn().Query(ctx, query)
	if err != nil {
		return nil, d.store.Explain(err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
