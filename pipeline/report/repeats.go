package report

import (
	"context"
	"fmt"
)

// groups is how many repeated texts are shown.
const groups = 3

// repeats measures near-duplicates and quotes the largest groups.
func (b *builder) repeats(ctx context.Context) error {
	h := b.hours
	r := &b.Report.Repeats
	r.Share = share(int64(total(h.repeats[h.span:])), b.Totals.Mentions)
	r.UsualShare = share(int64(total(b.usual.pick(h.repeats))), int64(total(b.usual.pick(h.mentions))))
	where, args := b.where()
	rows, err := b.db.Query(ctx, fmt.Sprintf(`SELECT argMin(text, (published_at, post_id)), count() + 1 AS n, uniqExactIf(author_id, author_id != ''), min(published_at), max(published_at),
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
