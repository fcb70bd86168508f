package report

import (
	"context"
	"fmt"
	"slices"

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
