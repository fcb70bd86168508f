package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fenghuo/schemas"
)

// quoted is how many posts are quoted of a kind.
const quoted = 5

const postColumns = `channel, post_id, sku, published_at, text, toString(polarity), arraySort(mapKeys(complaints)), followers, likes + reposts + comments,
	duplicate_of`

// readPosts reads posts of the scope that fulfil a condition, in an order. The
// copies of a post are those of its near-duplicate group in the span; the same
// text is quoted once.
func (b *builder) readPosts(ctx context.Context, condition, order string, args ...any) (list []Post, err error) {
	where, scoped := b.where()
	rows, err := b.db.Query(ctx, fmt.Sprintf(`SELECT %s FROM mentions WHERE %s AND %s ORDER BY %s, published_at, post_id LIMIT 1 BY text LIMIT %d`,
		postColumns, where, condition, order, quoted), slices.Concat(scoped, args)...)
	if err != nil {
		return nil, fmt.Errorf("quote posts: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	var firsts []string
	for rows.Next() {
		var p Post
		var polarity, first string
		if err := rows.Scan(&p.Channel, &p.ID, &p.SKU, &p.At, &p.Text, &polarity, &p.Types, &p.Followers, &p.Reactions, &first); err != nil {
			return nil, fmt.Errorf("quote posts: %w", err)
		}
		p.Polarity, p.At = schemas.Polarity(polarity), p.At.UTC()
		if first == "" {
			first = p.ID
		}
		list, firsts = append(list, p), append(firsts, first)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return list, b.countCopies(ctx, list, firsts)
}

// countCopies fills in how many near-duplicates follow the first of each
// post's group.
func (b *builder) countCopies(ctx context.Context, list []Post, firsts []string) error {
	if len(list) == 0 {
		return nil
	}
	where, args := b.where()
	rows, err := b.db.Query(ctx, `SELECT duplicate_of, count() FROM mentions WHERE `+where+` AND duplicate_of IN ? GROUP BY duplicate_of`,
		append(args, firsts)...)
	if err != nil {
		return fmt.Errorf("count near-duplicates: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	for rows.Next() {
		var first string
		var n uint64
		if err := rows.Scan(&first, &n); err != nil {
			return fmt.Errorf("count near-duplicates: %w", err)
		}
		for i := range list {
			if firsts[i] == first {
				list[i].Copies = int64(n)
			}
		}
	}
	return rows.Err()
}

// sign finds the first posts of the excess.
func (b *builder) sign(ctx context.Context) (err error) {
	condition, args := b.condition()
	begin := b.hours.at(b.onset)
	b.FirstSign.Posts, err = b.readPosts(ctx, condition+" AND published_at >= ?", "published_at", append(args, begin)...)
	b.FirstSign.At = begin
	if len(b.FirstSign.Posts) > 0 {
		b.FirstSign.At = b.FirstSign.Posts[0].At
	}
	return err
}

// quote chooses the most influential posts, by followers times reactions, and
// the most typical ones, by how much of what sets the crisis apart is in them.
func (b *builder) quote(ctx context.Context) (err error) {
	condition, args := b.condition()
	begin := append(slices.Clone(args), b.hours.at(b.onset))
	b.Influence, err = b.readPosts(ctx, condition+" AND published_at >= ? AND followers + likes + reposts + comments > 0",
		"log2(1 + followers) * log2(2 + likes + reposts + comments) DESC", begin...)
	if err != nil || len(b.Keywords) == 0 {
		return err
	}
	words, weights := make([]string, len(b.Keywords)), make([]float64, len(b.Keywords))
	for i, k := range b.Keywords {
		words[i], weights[i] = k.Name, float64(k.Count)
	}
	b.Typical, err = b.readPosts(ctx, condition+" AND published_at >= ? AND duplicate_of = '' AND hasAny(keywords, ?)",
		"arraySum(arrayMap((w, x) -> if(has(keywords, w), x, 0), ?, ?)) DESC, length(text)", append(begin, words, words, weights)...)
	return err
}

// groups is how many repeated texts are shown.
const groups = 3

// repeats measures near-duplicates and quotes the largest groups.
func (b *builder) repeats(ctx context.Context) error {
	h := b.hours
	r := &b.Report.Repeats
	r.Share = share(int64(total(h.repeats[h.span:])), b.Totals.Mentions)
	r.UsualShare = share(int64(total(b.usual.pick(h.repeats))), int64(total(b.usual.pick(h.mentions))))
	where, args := b.where()
	rows, err := b.db.Query(ctx, fmt.Sprintf(`SELECT any(text), count() + 1 AS n, uniqExactIf(author_id, author_id != ''), min(published_at), max(published_at),
			duplicate_of FROM mentions WHERE %s AND duplicate_of != '' GROUP BY duplicate_of HAVING n >= 3 ORDER BY n DESC, duplicate_of LIMIT %d`, where, groups), args...)
	if err != nil {
		return fmt.Errorf("count near-duplicates: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	for rows.Next() {
		var g Repeat
		var n, authors uint64
		var first string
		if err := rows.Scan(&g.Text, &n, &authors, &g.From, &g.To, &first); err != nil {
			return fmt.Errorf("count near-duplicates: %w", err)
		}
		g.Count, g.Authors, g.From, g.To = int64(n), int64(authors), g.From.UTC(), g.To.UTC()
		r.Groups = append(r.Groups, g)
	}
	return rows.Err()
}

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
