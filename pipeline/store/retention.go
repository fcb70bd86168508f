package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/schemas"
)

// SetRetention makes the tables keep rows of the live run as long as the config
// says, counted from ingestion. A table that does so already is left alone,
// because changing it makes the server look through all rows. It returns the tables
// that it changed.
func (s *Store) SetRetention(ctx context.Context, r config.Retention, cluster string) (changed []string, err error) {
	for _, k := range keeps(r) {
		table := schemas.LocalTable(k.table, cluster)
		var engine string
		err := s.conn.QueryRow(ctx, "SELECT engine_full FROM system.tables WHERE database = ? AND name = ?", s.database, table).Scan(&engine)
		if err != nil {
			return changed, s.explain(err)
		}
		// On a cluster whose name is not given the table behind the distributed
		// one is not known: fenghuo migrate --cluster sets its retention.
		if strings.HasPrefix(engine, "Distributed") || strings.Contains(engine, fmt.Sprintf("toIntervalDay(%d)", k.days)) {
			continue
		}
		if err := s.conn.Exec(ctx, k.alter(cluster)); err != nil {
			return changed, s.explain(err)
		}
		s.log.Info("retention set", zap.String("table", table), zap.Int("days", k.days))
		changed = append(changed, table)
	}
	return changed, nil
}

// keep is how many days a table keeps a row, counted from a time of the row.
type keep struct {
	table, since string
	days         int
}

func keeps(r config.Retention) []keep {
	return []keep{
		{"mentions", "toDateTime(ingested_at)", days(r.Mentions)},
		{"trend_buckets", "ingested_at", days(r.Trends)},
		{"business_values", "toDateTime(ingested_at)", days(r.Trends)},
		{"alert_log", "toDateTime(inserted_at)", days(r.Alerts)},
	}
}

// days rounds up, so that nothing goes before its time.
func days(d config.Duration) int {
	const day = 24 * time.Hour
	return int((d.Std() + day - 1) / day)
}

func (k keep) alter(cluster string) string {
	return fmt.Sprintf("ALTER TABLE %s%s MODIFY TTL %s + INTERVAL %d DAY DELETE WHERE run = 'live'",
		schemas.LocalTable(k.table, cluster), onCluster(cluster), k.since, k.days)
}
