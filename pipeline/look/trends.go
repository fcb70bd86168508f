package look

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Grains are the bucket lengths that the trends are kept at.
var Grains = map[string]time.Duration{"1m": time.Minute, "1h": time.Hour, "1d": 24 * time.Hour}

// TrendQuery chooses buckets of the trends. SKU "" is the whole brand.
type TrendQuery struct {
	Run, Brand, SKU, Grain string
	From, To               time.Time // To is not included
}

// TrendRow is one bucket, or of a brand over several. Spam is counted apart.
type TrendRow struct {
	Run            string            `json:"run"`
	Brand          string            `json:"brand"`
	SKU            string            `json:"sku"`
	Grain          string            `json:"grain"`
	Bucket         time.Time         `json:"bucket"`
	Mentions       uint64            `json:"mentions"`
	Complaints     uint64            `json:"complaints"`
	Negative       uint64            `json:"negative"`
	Neutral        uint64            `json:"neutral"`
	Positive       uint64            `json:"positive"`
	NegativeShare  float64           `json:"negative_share"`
	Spam           uint64            `json:"spam"`
	Late           uint64            `json:"late"`
	Duplicates     uint64            `json:"duplicates"`
	Reach          uint64            `json:"reach"`
	ComplaintTypes map[string]uint64 `json:"complaint_types"`
	Channels       map[string]uint64 `json:"channels"`
}

// Trend reads the buckets of one brand or SKU, oldest first; a bucket without
// a mention has no row.
func Trend(ctx context.Context, db driver.Conn, q TrendQuery) ([]TrendRow, error) {
	return readTrends(ctx, db, `SELECT run, brand, sku, toString(grain), bucket, mentions, complaints, negative, neutral,
		positive, toFloat64(negative_share), spam, late, duplicates, reach, complaint_types, channels
		FROM trends WHERE run = ? AND brand = ? AND sku = ? AND grain = ? AND bucket >= ? AND bucket < ? ORDER BY bucket`,
		q.Run, q.Brand, q.SKU, q.Grain, q.From, q.To)
}

// TrendsByBrand sums the buckets of every brand, the most mentioned first. It
// asks for whole brands in the words of the table's key, which would otherwise
// not keep it from reading every product.
func TrendsByBrand(ctx context.Context, db driver.Conn, q TrendQuery) ([]TrendRow, error) {
	return readTrends(ctx, db, `SELECT run, brand, '', toString(any(grain)), min(bucket), sum(mentions) AS m, sum(complaints), sum(negative) AS n,
		sum(neutral), sum(positive), if(m = 0, 0, n / m), sum(spam), sum(late), sum(duplicates), sum(reach), sumMap(complaint_types), sumMap(channels)
		FROM trend_buckets WHERE run = ? AND sku = '' AND (sku != '') < 1 AND grain = ? AND bucket >= ? AND bucket < ?
		GROUP BY run, brand ORDER BY m DESC, brand SETTINGS optimize_empty_string_comparisons = 0`,
		q.Run, q.Grain, q.From, q.To)
}

func readTrends(ctx context.Context, db driver.Conn, query string, args ...any) (list []TrendRow, err error) {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read trends: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	for rows.Next() {
		var r TrendRow
		if err := rows.Scan(&r.Run, &r.Brand, &r.SKU, &r.Grain, &r.Bucket, &r.Mentions, &r.Complaints, &r.Negative, &r.Neutral,
			&r.Positive, &r.NegativeShare, &r.Spam, &r.Late, &r.Duplicates, &r.Reach, &r.ComplaintTypes, &r.Channels); err != nil {
			return nil, fmt.Errorf("read trends: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// NewestBucket is the begin of the newest bucket of a run, and of a brand where
// q names one; the zero time when there is none.
func NewestBucket(ctx context.Context, db driver.Conn, q TrendQuery) (time.Time, error) {
	var newest time.Time
	err := db.QueryRow(ctx, `SELECT max(bucket) FROM trend_buckets WHERE run = ? AND grain = ? AND (? = '' OR brand = ?)`,
		q.Run, q.Grain, q.Brand, q.Brand).Scan(&newest)
	if err != nil {
		return time.Time{}, fmt.Errorf("read trends: %w", err)
	}
	if newest.Unix() <= 0 { // the maximum of no rows
		return time.Time{}, nil
	}
	return newest.UTC(), nil
}
