package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
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
// while ClickHouse cannot be reached.
func Examine(ctx context.Context, c *config.Config, log *zap.Logger) []Finding {
	d := &doctor{config: c}
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
}

func (d *doctor) add(check string, err error, fine string, args ...any) {
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
	d.add("posts", d.none(ctx, `SELECT concat(run, ': ', toString(stored), ' stored, ', toString(kept), ' in mentions')
		FROM (SELECT run, sum(stored) AS stored FROM intake_totals GROUP BY run) AS a
		FULL JOIN (SELECT run, uniqExact(channel, post_id) AS kept FROM mentions GROUP BY run) AS m USING run
		WHERE stored != kept`), "mentions hold every stored post (kept shorter than the account by retention only)")
	d.add("mentions", d.none(ctx, `SELECT concat(run, ' ', brand, ' ', sku, ' ', channel, '/', post_id) FROM mentions
		GROUP BY run, brand, sku, channel, post_id HAVING count() > 1 LIMIT 5`), "each (run, post, brand, sku) once")
	d.recount(ctx, "1m", "toStartOfMinute(published_at)", "1")
	d.recount(ctx, "1h", "toStartOfHour(published_at)", "1")
	d.days(ctx)
}

// recount holds one grain of the trends of some runs against the mentions.
func (d *doctor) recount(ctx context.Context, grain, bucket, runs string) {
	d.add("trends "+grain, d.none(ctx, fmt.Sprintf(recount, bucket, runs, bucket, runs, grain, runs)), "a recount of mentions gives the same")
}

// days checks the runs zone by zone: the days of a run begin in the zone that
// it was filled with.
func (d *doctor) days(ctx context.Context) {
	zones := map[string][]string{d.config.Location().String(): {"live"}}
	runs, err := d.store.Runs(ctx)
	if err != nil {
		d.add("trends 1d", err, "")
		return
	}
	for _, r := range runs {
		zones[r.Timezone] = append(zones[r.Timezone], r.Name)
	}
	for _, zone := range slices.Sorted(maps.Keys(zones)) {
		bucket := fmt.Sprintf("toTimeZone(toStartOfDay(toTimeZone(published_at, %s)), 'UTC')", quote(zone))
		names := make([]string, len(zones[zone]))
		for i, name := range zones[zone] {
			names[i] = quote(name)
		}
		d.recount(ctx, "1d", bucket, "run IN ("+strings.Join(names, ", ")+")")
	}
}

// quote writes a string literal of SQL.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// recount lists buckets in which trends and mentions differ.
const recount = `WITH counted AS (
	SELECT run, brand, s AS sku, bucket, countIf(NOT spam) AS mentions, countIf(complaint AND NOT spam) AS complaints,
		countIf(polarity = 'negative' AND NOT spam) AS negative
	FROM (SELECT *, '' AS s, toDateTime(%s, 'UTC') AS bucket FROM mentions WHERE primary AND %s
		UNION ALL SELECT *, sku AS s, toDateTime(%s, 'UTC') AS bucket FROM mentions WHERE sku != '' AND %s)
	GROUP BY run, brand, s, bucket)
SELECT concat(run, ' ', brand, if(sku = '', '', concat('/', sku)), ' ', toString(bucket), ' UTC: ',
	toString(sumIf(mentions, side = 2)), ' in trends, ', toString(sumIf(mentions, side = 1)), ' in mentions')
FROM (SELECT *, 1 AS side FROM counted
	UNION ALL SELECT run, brand, sku, bucket, mentions, complaints, negative, 2 AS side FROM trends WHERE grain = '%s' AND %s)
GROUP BY run, brand, sku, bucket
HAVING sumIf(mentions, side = 1) != sumIf(mentions, side = 2) OR sumIf(complaints, side = 1) != sumIf(complaints, side = 2)
	OR sumIf(negative, side = 1) != sumIf(negative, side = 2)
ORDER BY run, brand, sku, bucket LIMIT 5`

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
	rows, err := d.store.Conn().Query(ctx, query)
	if err != nil {
		return fmt.Errorf("%w: run fenghuo migrate", err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return err
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if len(list) > 0 {
		return fmt.Errorf("%s", strings.Join(list, "; "))
	}
	return nil
}
