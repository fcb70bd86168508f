package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"
)

// grains with their bucket of a mention; {zone} is that of the run's days.
var grains = []struct{ name, bucket string }{
	{"1m", "toDateTime(toStartOfMinute(published_at), 'UTC')"},
	{"1h", "toDateTime(toStartOfHour(published_at), 'UTC')"},
	{"1d", "toDateTime(toTimeZone(toStartOfDay(toTimeZone(published_at, {zone:String})), 'UTC'))"},
}

// recount holds every figure of every bucket of the trends against the mentions.
func (d *doctor) recount(ctx context.Context, slices []slice) {
	told, began := time.Now(), time.Now()
	for i, g := range grains {
		var err error
		var differ uint64
		var list []string
		for j, s := range slices {
			var n uint64
			var found []string
			var same bool
			if same, err = d.same(ctx, g.name, g.bucket, s); err != nil {
				break
			}
			if !same {
				n, found, err = d.compare(ctx, g.name, g.bucket, s)
			}
			if err != nil {
				break
			}
			differ, list = differ+n, append(list, found...)
			if time.Since(told) > tellEvery {
				told = time.Now()
				done := float64(i*len(slices)+j+1) / float64(len(grains)*len(slices))
				left := time.Duration(float64(time.Since(began)) * (1 - done) / done)
				d.log.Info("doctor: recounting the mentions", zap.String("grain", g.name), zap.String("done", fmt.Sprintf("%.0f %%", 100*done)),
					zap.Duration("left", left.Round(time.Second)))
			}
		}
		if err == nil && differ > 0 {
			list = list[:min(len(list), worstShown)]
			err = fmt.Errorf("%d buckets differ: %s", differ, strings.Join(list, "; "))
		}
		d.add("trends "+g.name, err, "a recount of mentions gives the same")
	}
}

const (
	tellEvery  = 10 * time.Second
	worstShown = 5
)

// figures of a bucket: as a mention adds to it, and as the trends keep it. Maps
// are compared by a sum of hashes, which adds up as the counts do.
var figures = []struct{ name, counted, kept string }{
	{"mentions", "NOT spam", "mentions"},
	{"complaints", "complaint AND NOT spam", "complaints"},
	{"negative", "polarity = 'negative' AND NOT spam", "negative"},
	{"neutral", "polarity = 'neutral' AND NOT spam", "neutral"},
	{"positive", "polarity = 'positive' AND NOT spam", "positive"},
	{"spam", "spam", "spam"},
	{"late", "late", "late"},
	{"duplicates", "duplicate_of != '' AND NOT spam", "duplicates"},
	{"reach", "if(spam, 0, greatest(0, followers))", "reach"},
	{"likes", "if(spam, 0, greatest(0, likes))", "likes"},
	{"reposts", "if(spam, 0, greatest(0, reposts))", "reposts"},
	{"comments", "if(spam, 0, greatest(0, comments))", "comments"},
	{"complaint_types", "if(spam OR NOT complaint, 0, arraySum(t -> cityHash64(t) % 1000003, mapKeys(complaints)))",
		"arraySum((t, n) -> cityHash64(t) % 1000003 * n, mapKeys(complaint_types), mapValues(complaint_types))"},
	{"channels", "if(spam, 0, cityHash64(channel) % 1000003)",
		"arraySum((c, n) -> cityHash64(c) % 1000003 * n, mapKeys(channels), mapValues(channels))"},
}

// sides reads a slice from both sides, a row a mention (1) and a row a bucket
// of the trends (2), f being what stands for its figures.
const sides = `(
	SELECT brand, arrayJoin(arrayConcat(if(primary, [''], []), if(sku != '', [sku], []))) AS s, %[1]s AS bucket, 1 AS side,
		%[2]s AS f, if(spam, 0, toFloat64(sentiment)) AS feeling
	FROM mentions WHERE run = {run:String} AND brand >= {first:String} AND brand <= {last:String}
		AND published_at >= {month:DateTime('UTC')} AND published_at < {month:DateTime('UTC')} + INTERVAL 1 MONTH + INTERVAL 1 DAY
	UNION ALL
	SELECT brand, sku AS s, bucket, 2 AS side, %[3]s AS f, sentiment_sum AS feeling
	FROM trend_buckets WHERE run = {run:String} AND brand >= {first:String} AND brand <= {last:String} AND grain = '%[4]s')
WHERE bucket >= {month:DateTime('UTC')} AND bucket < {month:DateTime('UTC')} + INTERVAL 1 MONTH`

// same tells whether both sides of a slice have the same sum of figures, each
// times a hash of its key and a factor of its own. What adds up to the same
// buckets has the same sum, anything else all but surely has not; and no bucket
// has to be held in memory.
func (d *doctor) same(ctx context.Context, grain, bucket string, s slice) (same bool, err error) {
	var counted, kept []string
	factor := uint64(1)
	for _, f := range figures {
		factor *= 6364136223846793005
		counted = append(counted, fmt.Sprintf("toInt64(%s) * (%d)", f.counted, int64(factor)))
		kept = append(kept, fmt.Sprintf("toInt64(%s) * (%d)", f.kept, int64(factor)))
	}
	err = d.store.Conn().QueryRow(s.within(ctx), `SELECT sumIf(toInt64(key) * f, side = 1) = sumIf(toInt64(key) * f, side = 2)
			AND abs(sumIf(key % 1024 * feeling, side = 1) - sumIf(key % 1024 * feeling, side = 2)) < 1e-3
		FROM (SELECT cityHash64(brand, s, bucket) AS key, side, f, feeling FROM `+
		fmt.Sprintf(sides, bucket, strings.Join(counted, " + "), strings.Join(kept, " + "), grain)+")").Scan(&same)
	return same, err
}

// compare returns how many buckets of a slice differ, and describes some.
func (d *doctor) compare(ctx context.Context, grain, bucket string, s slice) (differ uint64, list []string, err error) {
	var names, counted, kept []string
	for _, f := range figures {
		names = append(names, "'"+f.name+"'")
		counted = append(counted, "toInt64("+f.counted+")")
		kept = append(kept, "toInt64("+f.kept+")")
	}
	query := fmt.Sprintf(`SELECT count() OVER (), brand, sku, bucket, off.1, off.2, off.3 FROM (
		SELECT brand, s AS sku, bucket, arrayResize(sumForEachIf(f, side = 1), %[1]d) AS counted, arrayResize(sumForEachIf(f, side = 2), %[1]d) AS kept,
			sumIf(feeling, side = 1) AS felt, sumIf(feeling, side = 2) AS felt_kept,
			arrayFirst(x -> x.2 != x.3, arrayZip([%[2]s, 'sentiment_sum'],
				arrayConcat(kept, [toInt64(round(felt_kept * 1000))]), arrayConcat(counted, [toInt64(round(felt * 1000))]))) AS off
		FROM %[3]s
		GROUP BY brand, s, bucket
		HAVING counted != kept OR abs(felt - felt_kept) > 1e-6 * (1 + counted[1]))
		ORDER BY brand, sku, bucket LIMIT %[4]d`,
		len(figures), strings.Join(names, ", "),
		fmt.Sprintf(sides, bucket, "["+strings.Join(counted, ", ")+"]", "["+strings.Join(kept, ", ")+"]", grain), worstShown)
	rows, err := d.store.Conn().Query(s.within(ctx), query)
	if err != nil {
		return 0, nil, d.store.Explain(err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var brand, sku, figure string
		var at time.Time
		var keeps, counts int64
		if err := rows.Scan(&differ, &brand, &sku, &at, &figure, &keeps, &counts); err != nil {
			return 0, nil, err
		}
		list = append(list, describe(s.run, brand, sku, at, figure, keeps, counts))
	}
	return differ, list, rows.Err()
}

func describe(run, brand, sku string, at time.Time, figure string, keeps, counts int64) string {
	where := fmt.Sprintf("%s %s", run, brand)
	if sku != "" {
		where += "/" + sku
	}
	where += at.UTC().Format(" 2006-01-02 15:04 UTC")
	switch figure {
	case "complaint_types", "channels":
		return fmt.Sprintf("%s: %s are not those of the mentions", where, figure)
	case "sentiment_sum":
		return fmt.Sprintf("%s: %s %.3f in trends, %.3f in mentions", where, figure, float64(keeps)/1000, float64(counts)/1000)
	}
	return fmt.Sprintf("%s: %s %d in trends, %d in mentions", where, figure, keeps, counts)
}
