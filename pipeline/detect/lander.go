package detect

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.uber.org/zap"

	"github.com/cenkalti/backoff/v5"

	"fenghuo/pipeline/telemetry"
	"fenghuo/schemas"
)

// Lander brings ranges of one log into ClickHouse and publishes their alerts,
// in this order: mentions, trends, values, dead rows, account, alert
// rows (with what competitors did), alert topics, positions, progress, snapshot. It repeats what fails until it is done or its context ends; what
// was landed before is known by its token.
type Lander struct {
	tables     tables
	publish    func(ctx context.Context, alerts []schemas.Alert, expired []string) error // nil: a backfill publishes nothing
	neighbours map[string]neighbours                                                     // by brand; learned from the config in Recover
	generation uint64
	log        *zap.Logger
	metrics    *telemetry.Metrics
	health     *telemetry.Health
	part       string // of health
	landedAt   time.Time
}

// NewLander lands ranges of l. publish may be nil.
func NewLander(conn driver.Conn, l Log, publish func(context.Context, []schemas.Alert, []string) error,
	log *zap.Logger, m *telemetry.Metrics, h *telemetry.Health) *Lander {
	return &Lander{
		tables: tables{conn: conn, log: l}, publish: publish, generation: newGeneration(),
		log: log, metrics: m, health: h, part: fmt.Sprintf("clickhouse, mentions partition %d", l.Partition),
	}
}

// Recover makes a Processor with the newest state that does not lie beyond what
// has landed, or without state at offset start. next is the first offset to
// apply; ranges up to landed need no landing again.
func (l *Lander) Recover(ctx context.Context, c ProcessorConfig, start int64) (p *Processor, next, landed int64, err error) {
	l.neighbours = map[string]neighbours{}
	for i := range c.Engine.Brands {
		b := &c.Engine.Brands[i]
		l.neighbours[b.ID] = newNeighbours(b, c.Engine.Brands)
	}
	err = l.retry(ctx, "recovery", func() error {
		if landed, err = l.tables.landed(ctx); err != nil {
			return err
		}
		snapshot, err := l.tables.loadSnapshot(ctx, landed)
		if err != nil {
			return err
		}
		next = start
		if snapshot != nil {
			next = snapshot.Offset
		}
		if p, err = NewProcessor(c, next); err != nil {
			return backoff.Permanent(err)
		}
		if snapshot == nil {
			return nil
		}
		if err := p.Restore(snapshot.Entries); err != nil {
			return backoff.Permanent(err)
		}
		return nil
	})
	if err == nil {
		l.log.Info("detect: state recovered", zap.Int("partition", l.tables.log.Partition), zap.Int64("from", next), zap.Int64("landed", landed))
	}
	return p, next, landed, err
}

// quietProgress is how often a range without rows writes its progress.
const quietProgress = 10 * time.Second

// Near tells whether ClickHouse is on this machine: nothing is compressed on the
// way then.
func (l *Lander) Near(near bool) { l.tables.near = near }

// Pack puts the mentions and trends of a range into the form in which they land,
// and out of memory into temporary files. Unlike the other methods it may be called
// while another range lands.
func (l *Lander) Pack(r *Range) error {
	l.tables.pack(r)
	if err := r.mentions.putAside(&mentionRoom); err != nil {
		return err
	}
	return r.trends.putAside(&trendRoom)
}

// Land returns once the range is landed whole. It packs it if that was not done.
func (l *Lander) Land(ctx context.Context, r *Range) error {
	if r.rows != nil {
		l.tables.pack(r)
	}
	steps := []struct {
		table string
		do    func(context.Context, *Range) error
	}{
		{"mentions", func(ctx context.Context, r *Range) error {
			return l.tables.insertPacked(ctx, r, "mentions", &r.mentions)
		}},
		{"trend_buckets", func(ctx context.Context, r *Range) error {
			return l.tables.insertPacked(ctx, r, "trend_buckets", &r.trends)
		}},
		{"business_values", l.tables.values},
		{"dead_rows", l.tables.dead},
		{"intake_log", l.tables.intake},
		{"trends of competitors", l.annotatePeers},
		{"alert_log", l.tables.alerts},
		{"alert topics", l.publishAlerts},
	}
	for _, s := range steps {
		if err := l.retry(ctx, s.table, func() error { return s.do(ctx, r) }); err != nil {
			return err
		}
	}
	if !r.Empty() || r.Snapshot != nil || time.Since(l.landedAt) > quietProgress {
		if err := l.retry(ctx, "source_positions", func() error { return l.tables.heard(ctx, r) }); err != nil {
			return err
		}
		if err := l.retry(ctx, "progress", func() error { return l.tables.progress(ctx, r) }); err != nil {
			return err
		}
		l.landedAt = time.Now()
	}
	l.count(r)
	if r.Snapshot == nil {
		return nil
	}
	if r.Snapshot.Full { // less than the generations of any later owner
		l.generation++
	}
	err := l.retry(ctx, "snapshots", func() error { return l.tables.saveSnapshot(ctx, l.generation, r.Snapshot) })
	if err == nil {
		l.metrics.Snapshots.Inc()
	}
	return err
}

func (l *Lander) publishAlerts(ctx context.Context, r *Range) error {
	if l.publish == nil || len(r.Alerts)+len(r.Expired) == 0 {
		return nil
	}
	return l.publish(ctx, r.Alerts, r.Expired)
}

func (l *Lander) count(r *Range) {
	t := fmt.Sprint(l.tables.log.Partition)
	l.metrics.Ranges.Inc()
	l.metrics.MentionsStored.WithLabelValues(t).Add(float64(r.mentions.rows))
	for k, n := range r.Intake {
		if k.Outcome == "duplicate" {
			l.metrics.Duplicates.WithLabelValues(t).Add(float64(n))
		}
	}
	l.metrics.LatePosts.WithLabelValues(t).Add(float64(r.late))
	for i := range r.Alerts {
		l.metrics.Transitions.WithLabelValues(string(r.Alerts[i].State), string(r.Alerts[i].Level)).Inc()
	}
	if !r.Tick.IsZero() {
		l.metrics.Tick.WithLabelValues(t).Set(float64(r.Tick.Unix()))
	}
}

// retry repeats one step and tells the operator why the pipeline holds.
func (l *Lander) retry(ctx context.Context, table string, step func() error) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 100*time.Millisecond, 10*time.Second
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		began := time.Now()
		err := step()
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("landing in %s: %w", table, err)
			l.health.Set(l.part, err)
			l.metrics.Retries.WithLabelValues("clickhouse").Inc()
			l.log.Warn("detect: holding, will try again", zap.Error(err))
			return struct{}{}, err
		}
		l.health.Set(l.part, nil)
		l.metrics.LandSeconds.WithLabelValues(table).Observe(time.Since(began).Seconds())
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0))
	return err
}
