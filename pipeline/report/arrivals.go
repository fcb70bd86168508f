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

// Hours within which three posts are an arrival. Keywords are chosen for being
// unusual, so that a chance post is rarer, and the night may lie between.
const (
	together      = 12
	wordsTogether = 24
)

// arrivals fills in what came when.
func (b *builder) arrivals(ctx context.Context) (err error) {
	condition, args := b.condition()
	if b.Channels, err = b.arrive(ctx, together, "channel", "primary AND "+condition, args...); err != nil {
		return err
	}
	if b.Types, err = b.arrive(ctx, together, "arrayJoin(mapKeys(complaints))", "primary"); err != nil {
		return err
	}
	if b.Products, err = b.arrive(ctx, together, "sku", "sku != '' AND "+condition, args...); err != nil {
		return err
	}
	if len(b.Products) > productsShown {
		slices.SortStableFunc(b.Products, func(x, y Arrival) int { return cmp.Compare(y.Count, x.Count) })
		b.Products = b.Products[:productsShown]
		slices.SortStableFunc(b.Products, byArrival)
	}
	return b.arriveWords(ctx, condition, args)
}

// arriveWords counts the posts that say a keyword, and not only those of which
// it is among the few keywords.
func (b *builder) arriveWords(ctx context.Context, condition string, args []any) error {
	words, err := b.words(ctx)
	if err != nil || len(words) == 0 {
		return err
	}
	if b.texts, err = b.readTokens(ctx, words); err != nil {
		return err
	}
	phrases := make([]string, len(words))
	for i, word := range words {
		phrases[i] = phrase(word, b.texts)
	}
	b.Keywords, err = b.arrive(ctx, wordsTogether, `arrayJoin(arrayFilter((word, phrase) -> has(keywords, word)
		OR phrase != '' AND position(concat(' ', arrayStringConcat(tokens, ' '), ' '), phrase) > 0, ?, ?))`,
		"primary AND "+condition, append([]any{words, phrases}, args...)...)
	return err
}

// arrive counts what an expression names by the hour, from the history on.
// Three posts within so many hours are no accident. The first of the arguments
// belong to the expression if it has a ?. What came in the hour of the first
// sign, but before it, is no arrival.
func (b *builder) arrive(ctx context.Context, within int, expression, condition string, args ...any) ([]Arrival, error) {
	own := strings.Count(expression, "?")
	all := slices.Concat([]any{b.FirstSign.At, b.FirstSign.At, within}, args[:own], []any{b.run, b.brand, b.hours.start, b.to}, args[own:])
	rows, err := b.db.Query(ctx, `SELECT name, toUnixTimestamp(toStartOfHour(t)) AS hour, count(), toUnixTimestamp64Milli(minIf(t, t >= ?)),
			toUnixTimestamp64Milli(minIf(t, t >= ? AND third >= t AND third <= t + INTERVAL ? HOUR))
		FROM (SELECT name, t, leadInFrame(t, 2, toDateTime64(0, 3, 'UTC')) OVER (PARTITION BY name ORDER BY t ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING) AS third
			FROM (SELECT `+expression+` AS name, published_at AS t FROM mentions
				WHERE run = ? AND brand = ? AND published_at >= ? AND published_at < ? AND NOT spam AND `+condition+`))
		GROUP BY name, hour ORDER BY name, hour`, all...)
	if err != nil {
		return nil, fmt.Errorf("order of arrival: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	comers := map[string]*comer{}
	for rows.Next() {
		var name string
		var hour uint32
		var n uint64
		var s sighting
		if err := rows.Scan(&name, &hour, &n, &s.first, &s.burst); err != nil {
			return nil, fmt.Errorf("order of arrival: %w", err)
		}
		if comers[name] == nil {
			comers[name] = &comer{hours: make([]float64, len(b.hours.mentions))}
		}
		c := comers[name]
		s.hour = int(time.Unix(int64(hour), 0).Sub(b.hours.start) / time.Hour)
		c.hours[s.hour] = float64(n)
		c.sightings = append(c.sightings, s)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	list := []Arrival{}
	for name, c := range comers {
		if a, ok := b.arrival(c); ok {
			a.Name, a.Label = name, name
			list = append(list, a)
		}
	}
	slices.SortFunc(list, byArrival)
	return list, nil
}

// comer is what comes: its counts by the hour from the history on, and in
// each hour with posts its first one, in milliseconds, and its first one that
// two others follow soon, or 0.
type comer struct {
	hours     []float64
	sightings []sighting
}

type sighting struct {
	hour         int
	first, burst int64
}

// arrival tells when one came: not before the crisis' first sign, nor before
// its own excess began. It is not ok if it has not come since.
func (b *builder) arrival(c *comer) (a Arrival, ok bool) {
	span, usual := c.hours[b.hours.span:], b.usual.mean(c.hours)
	a = Arrival{Count: int64(total(span)), Usual: usual * float64(len(span)), Counts: b.hours.steps(c.hours, b.Series.StepHours)}
	_, top := highest(span[b.onset:])
	begin := b.hours.span + max(b.onset, onset(span, usual, b.onset+top))
	var first, burst int64
	for _, s := range slices.Backward(c.sightings) {
		if s.hour < begin {
			break
		}
		first, burst = cmp.Or(s.first, first), cmp.Or(s.burst, burst)
	}
	a.At, a.Few = time.UnixMilli(cmp.Or(burst, first)).UTC(), burst == 0
	return a, first != 0
}

func byArrival(x, y Arrival) int {
	return cmp.Or(x.At.Compare(y.At), cmp.Compare(y.Count, x.Count), cmp.Compare(x.Name, y.Name))
}
