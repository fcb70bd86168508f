package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// posts holds the account against the posts that the mentions hold. It counts
// month by month, because a post has one time, and so within the memory that a
// month of posts takes. A post that came again after the horizon has another
// place in its source and counts again.
func (d *doctor) posts(ctx context.Context) {
	kept := map[string]uint64{}
	gone := map[string]bool{} // runs of which mentions may be gone by the retention
	months, err := d.months(ctx)
	for _, m := range months {
		if err != nil {
			break
		}
		var n uint64
		var oldest time.Time
		err = d.store.Conn().QueryRow(m.within(ctx), `SELECT uniqExact(channel, post_id, source_topic, source_partition, source_offset), min(ingested_at) FROM mentions
			WHERE run = {run:String} AND published_at >= {month:DateTime('UTC')} AND published_at < {month:DateTime('UTC')} + INTERVAL 1 MONTH`).Scan(&n, &oldest)
		kept[m.run] += n
		if m.run == "live" && time.Since(oldest) > d.config.Retention.Mentions.Std()-7*24*time.Hour {
			gone[m.run] = true
		}
	}
	if err == nil {
		err = d.values(ctx, kept)
	}
	var list []string
	if err == nil {
		list, err = d.unaccounted(ctx, kept, gone)
	}
	if err == nil && len(list) > 0 {
		err = fmt.Errorf("%s", strings.Join(list, "; "))
	}
	d.add("posts", err, "mentions and business series hold all that was stored")
}

// months are the runs and months that have mentions.
func (d *doctor) months(ctx context.Context) (list []slice, err error) {
	rows, err := d.store.Conn().Query(ctx, "SELECT DISTINCT run, toDateTime(toStartOfMonth(published_at), 'UTC') FROM mentions")
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var s slice
		if err := rows.Scan(&s.run, &s.month); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// values adds the values of business series, which the account counts with the
// posts.
func (d *doctor) values(ctx context.Context, kept map[string]uint64) error {
	rows, err := d.store.Conn().Query(ctx, "SELECT run, count() FROM business_values GROUP BY run")
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var run string
		var n uint64
		if err := rows.Scan(&run, &n); err != nil {
			return err
		}
		kept[run] += n
	}
	return rows.Err()
}

// unaccounted lists the runs whose account differs from the posts kept.
func (d *doctor) unaccounted(ctx context.Context, kept map[string]uint64, gone map[string]bool) (list []string, err error) {
	rows, err := d.store.Conn().Query(ctx, "SELECT run, sum(stored) FROM intake_totals GROUP BY run ORDER BY run")
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var run string
		var stored uint64
		if err := rows.Scan(&run, &stored); err != nil {
			return nil, err
		}
		if stored != kept[run] && (stored < kept[run] || !gone[run]) {
			list = append(list, fmt.Sprintf("%s: %d stored, %d in the tables", run, stored, kept[run]))
		}
		delete(kept, run)
	}
	for run, n := range kept {
		list = append(list, fmt.Sprintf("%s: no account, %d in the tables", run, n))
	}
	return list, rows.Err()
}

// once looks for rows that are there twice: two of one record of the source, or
// two of one post within the horizon. A copy that came after it is there anew:
// late, if it has the time of the first.
func (d *doctor) once(ctx context.Context, slices []slice) {
	var list []string
	horizon := int64(d.config.Dedup.Horizon.Std().Seconds())
	for _, s := range slices {
		rows, err := d.rows(s.within(ctx), fmt.Sprintf(`SELECT concat(run, ' ', brand, ' ', sku, ' ', channel, '/', post_id) FROM mentions
			WHERE run = {run:String} AND brand >= {first:String} AND brand <= {last:String}
				AND published_at >= {month:DateTime('UTC')} AND published_at < {month:DateTime('UTC')} + INTERVAL 1 MONTH
			GROUP BY run, brand, sku, channel, post_id
			HAVING count() > 1 AND (count() > uniqExact(source_topic, source_partition, source_offset)
				OR countIf(NOT late) > 1 AND dateDiff('second', minIf(published_at, NOT late), maxIf(published_at, NOT late)) <= %d)
			LIMIT 5`, horizon))
		if err != nil {
			d.add("mentions", err, "")
			return
		}
		list = append(list, rows...)
	}
	var err error
	if len(list) > 0 {
		err = fmt.Errorf("twice: %s", strings.Join(list[:min(len(list), worstShown)], "; "))
	}
	d.add("mentions", err, "each (run, post, brand, sku) once, or again after dedup.horizon")
}
