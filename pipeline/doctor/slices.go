package doctor

import (
	"context"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// sliceSize is about how many mentions are held against the trends at once,
// which bounds the memory of the server: about 300 MB where a slice differs.
const sliceSize = 250_000

// slice is a stretch of brands in a month of a run. Mentions and trends both
// lie in this order, so that all slices together read each row once.
type slice struct {
	run, zone   string
	month       time.Time
	first, last string // brands, both included
	mentions    uint64
}

// slices cuts all runs. Months of the live run of which mentions may be gone by
// the retention are left out: trends are kept longer.
func (d *doctor) slices(ctx context.Context) ([]slice, error) {
	zones := map[string]string{"live": d.config.Location().String()}
	runs, err := d.store.Runs(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		zones[r.Name] = r.Timezone
	}
	rows, err := d.store.Conn().Query(ctx, `SELECT run, month, brand, sum(n) FROM (
			SELECT run, toDateTime(toStartOfMonth(published_at), 'UTC') AS month, brand, count() AS n FROM mentions GROUP BY ALL
			UNION ALL
			SELECT run, toDateTime(toStartOfMonth(bucket), 'UTC') AS month, brand, 0 FROM trend_buckets GROUP BY ALL)
		WHERE run != 'live' OR month >= now() - toIntervalDay(?)
		GROUP BY run, month, brand ORDER BY run, month, brand`, int(d.config.Retention.Mentions.Std().Hours()/24))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	var list []slice
	for rows.Next() {
		var s slice
		if err := rows.Scan(&s.run, &s.month, &s.first, &s.mentions); err != nil {
			return nil, err
		}
		s.last, s.zone = s.first, zones[s.run]
		if s.zone == "" { // a run that was dropped, or a table filled by hand
			s.zone = zones["live"]
		}
		if n := len(list) - 1; n >= 0 && list[n].run == s.run && list[n].month.Equal(s.month) && list[n].mentions+s.mentions <= sliceSize {
			list[n].last, list[n].mentions = s.last, list[n].mentions+s.mentions
			continue
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// within asks a query about a slice; it may name {run}, {month}, {first}, {last}
// and {zone}.
func (s slice) within(ctx context.Context) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithParameters(map[string]string{
		"run": parameter.Replace(s.run), "zone": s.zone, "month": s.month.UTC().Format(time.DateTime),
		"first": parameter.Replace(s.first), "last": parameter.Replace(s.last),
	}))
}

// parameter writes a value as the server reads it: tab-separated text.
var parameter = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`)
