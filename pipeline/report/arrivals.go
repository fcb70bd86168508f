package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Of keywords the most unusual are shown, of the others the most frequent.
const (
	keywordsShown = 12
	productsShown = 8
	wordsLookedAt = 500
)

// arrivals fills in what came when.
func (b *builder) arrivals(ctx context.Context) (err error) {
	condition, args := b.condition()
	if b.Channels, err = b.arrive(ctx, "channel", "primary AND "+condition, args...); err != nil {
		return err
	}
	if b.Types, err = b.arrive(ctx, "arrayJoin(mapKeys(complaints))", "primary"); err != nil {
		return err
	}
	if b.Products, err = b.arrive(ctx, "sku", "sku != '' AND "+condition, args...); err != nil {
		return err
	}
	if len(b.Products) > productsShown {
		slices.SortStableFunc(b.Products, func(x, y Arrival) int { return cmp.Compare(y.Count, x.Count) })
		b.Products = b.Products[:productsShown]
		slices.SortStableFunc(b.Products, byArrival)
	}
	words, err := b.words(ctx)
	if err != nil || len(words) == 0 {
		return err
	}
	b.Keywords, err = b.arrive(ctx, "arrayJoin(arrayIntersect(keywords, ?))", "primary AND "+condition, append([]any{words}, args...)...)
	return err
}

// arrive counts what an expression names by the hour, from the history on.
// The first of the arguments belongs to the expression if it has a ?.
func (b *builder) arrive(ctx context.Context, expression, condition string, args ...any) ([]Arrival, error) {
	all := []any{b.hours.at(b.onset), b.hours.at(b.onset)}
	if strings.Contains(expression, "?") {
		all, args = append(all, args[0]), args[1:]
	}
	all = append(append(all, b.run, b.brand, b.hours.start, b.to), args...)
	rows, err := b.db.Query(ctx, `SELECT name, toUnixTimestamp(toStartOfHour(t)) AS hour, count(),
			toUnixTimestamp64Milli(minIf(t, t >= ?)), toUnixTimestamp64Milli(minIf(t, t >= ? AND third > t AND third <= t + INTERVAL 12 HOUR))
		FROM (SELECT name, t, leadInFrame(t, 2, toDateTime64(0, 3, 'UTC')) OVER (PARTITION BY name ORDER BY t ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING) AS third
			FROM (SELECT `+expression+` AS name, published_at AS t FROM mentions
				WHERE run = ? AND brand = ? AND published_at >= ? AND published_at < ? AND NOT spam AND `+condition+`))
		GROUP BY name, hour`, all...)
	if err != nil {
		return nil, fmt.Errorf("order of arrival: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	hours, first, burst := map[string][]float64{}, map[string]int64{}, map[string]int64{}
	soonest := func(m map[string]int64, name string, ms int64) {
		if old := m[name]; ms > 0 && (old == 0 || ms < old) {
			m[name] = ms
		}
	}
	for rows.Next() {
		var name string
		var hour uint32
		var n uint64
		var single, triple int64
		if err := rows.Scan(&name, &hour, &n, &single, &triple); err != nil {
			return nil, fmt.Errorf("order of arrival: %w", err)
		}
		if hours[name] == nil {
			hours[name] = make([]float64, len(b.hours.mentions))
		}
		hours[name][int(time.Unix(int64(hour), 0).Sub(b.hours.start)/time.Hour)] = float64(n)
		soonest(first, name, single)
		soonest(burst, name, triple)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var list []Arrival
	for name, x := range hours {
		if first[name] == 0 {
			continue // only before the first sign
		}
		a := Arrival{Name: name, Count: int64(total(x[b.hours.span:])), Few: burst[name] == 0, Counts: b.hours.steps(x, b.Series.StepHours)}
		a.Usual = b.usual.mean(x) * float64(len(x)-b.hours.span)
		a.At = time.UnixMilli(cmp.Or(burst[name], first[name])).UTC()
		list = append(list, a)
	}
	slices.SortFunc(list, byArrival)
	return list, nil
}

func byArrival(x, y Arrival) int {
	return cmp.Or(x.At.Compare(y.At), cmp.Compare(y.Count, x.Count), cmp.Compare(x.Name, y.Name))
}
