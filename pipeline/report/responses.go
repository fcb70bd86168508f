package report

import (
	"context"
	"fmt"
	"time"
)

// respond counts around each statement of the brand.
func (b *builder) respond(ctx context.Context, at []time.Time) error {
	const day = 24 * time.Hour
	for _, t := range at {
		r := Response{At: t.UTC()}
		for _, w := range []struct {
			name     string
			from, to time.Duration
		}{{"24 hours before", -day, 0}, {"24 hours after", 0, day}, {"the 24 hours after that", day, 2 * day}} {
			i, err := b.interval(ctx, w.name, r.At.Add(w.from), r.At.Add(w.to))
			if err != nil {
				return err
			}
			r.Windows = append(r.Windows, i)
		}
		b.Responses = append(b.Responses, r)
	}
	return nil
}

// interval counts from one time to another, as far as the span reaches.
func (b *builder) interval(ctx context.Context, name string, from, to time.Time) (i Interval, err error) {
	i = Interval{Name: name, From: from, To: to, Whole: true}
	if from.Before(b.hours.start) || to.After(b.to) {
		i.Whole = false
		i.From, i.To = later(from, b.hours.start), earlier(to, b.to)
	}
	if !i.From.Before(i.To) {
		i.To = i.From
		return i, nil
	}
	where, args := b.within(i.From, i.To).where()
	var n [6]uint64
	err = b.db.QueryRow(ctx, `SELECT count(), countIf(polarity = 'negative'), countIf(complaint), uniqExact(channel),
			uniqExactIf(author_id, author_id != ''), countIf(kind = 'repost' OR duplicate_of != ''), sum(followers)
		FROM mentions WHERE `+where, args...).Scan(&n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &i.Reach)
	if err != nil {
		return i, fmt.Errorf("count around a response: %w", err)
	}
	i.Mentions, i.Negative, i.Complaints = int64(n[0]), int64(n[1]), int64(n[2])
	i.Channels, i.Authors, i.Reposts = int64(n[3]), int64(n[4]), int64(n[5])
	i.NegativeShare = share(i.Negative, i.Mentions)
	return i, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
