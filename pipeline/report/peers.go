package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"fenghuo/schemas"
)

// peersShown bounds the competitors, by the order of the config.
const peersShown = 8

// rivals are the configured competitors, or where there are none the other
// brands of the category.
func (b *builder) rivals() []string {
	brand := brandOf(b.config, b.Brand)
	if brand == nil {
		return nil
	}
	ids := brand.Competitors
	if len(ids) == 0 && brand.Category != "" {
		for _, other := range b.config.Brands {
			if other.Category == brand.Category && other.ID != b.Brand {
				ids = append(ids, other.ID)
			}
		}
	}
	return ids[:min(len(ids), peersShown)]
}

// peers counts the competitors in the same days, from the trends.
func (b *builder) peers(ctx context.Context) error {
	ids := b.rivals()
	if len(ids) == 0 {
		return nil
	}
	mentions, list := map[string][]float64{}, map[string]*Peer{}
	negative := map[string]int64{}
	for _, id := range ids {
		mentions[id] = make([]float64, len(b.hours.mentions))
		list[id] = &Peer{Brand: id, Name: nameOf(b.config, id)}
	}
	rows, err := b.db.Query(ctx, `SELECT brand, toUnixTimestamp(bucket), mentions, complaints, negative FROM trends
		WHERE run = ? AND brand IN ? AND sku = '' AND grain = '1h' AND bucket >= ? AND bucket < ?`, b.run, ids, b.hours.start, b.to)
	if err != nil {
		return fmt.Errorf("count competitors: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	for rows.Next() {
		var id string
		var bucket uint32
		var n, complaints, upset uint64
		if err := rows.Scan(&id, &bucket, &n, &complaints, &upset); err != nil {
			return fmt.Errorf("count competitors: %w", err)
		}
		i := int(time.Unix(int64(bucket), 0).Sub(b.hours.start) / time.Hour)
		mentions[id][i] = float64(n)
		if i >= b.hours.span {
			list[id].Complaints += int64(complaints)
			negative[id] += int64(upset)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := b.peerIncidents(ctx, ids, list); err != nil {
		return err
	}
	for _, id := range ids {
		p, x := list[id], mentions[id]
		p.Mentions, p.Counts = int64(total(x[b.hours.span:])), b.hours.steps(x, b.Series.StepHours)
		p.Usual = b.usual.mean(x) * float64(len(x)-b.hours.span)
		p.NegativeShare = share(negative[id], p.Mentions)
		b.Peers = append(b.Peers, *p)
	}
	slices.SortStableFunc(b.Peers, func(x, y Peer) int { return cmp.Compare(y.Mentions, x.Mentions) })
	return nil
}

// peerIncidents counts what fired for the competitors in the span, besides rules.
func (b *builder) peerIncidents(ctx context.Context, ids []string, list map[string]*Peer) error {
	rows, err := b.db.Query(ctx, `SELECT brand, uniqExact(incident) FROM alerts WHERE run = ? AND brand IN ? AND fired_at >= ? AND fired_at < ?
		AND NOT startsWith(signal, ?) GROUP BY brand`, b.run, ids, b.from, b.to, string(schemas.SignalRule))
	if err != nil {
		return fmt.Errorf("count the competitors' alerts: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	for rows.Next() {
		var id string
		var n uint64
		if err := rows.Scan(&id, &n); err != nil {
			return fmt.Errorf("count the competitors' alerts: %w", err)
		}
		list[id].Incidents = int64(n)
	}
	return rows.Err()
}
