package detect

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"go.uber.org/zap"

	"fenghuo/schemas"
)

// Peers are compared with their own week before the alert's window.
const peersPast = 7 * 24 * time.Hour

// commonMove is the rise of the middle competitor from which an alert says that
// the move is a common one: the window holds twice what is usual.
const commonMove = 2

// annotatePeers adds to alerts what the brand's competitors did in the same
// window, from the trends that have landed: the window as far as all partitions
// are with it, or nothing when that is less than half. It changes no state,
// level or time: how far other brands are differs, so a replay may add other
// figures. A failure is logged and the alert goes without.
func (l *Lander) annotatePeers(ctx context.Context, r *Range) error {
	for i := range r.Alerts {
		a := &r.Alerts[i]
		competitors := l.competitors[a.Brand]
		if a.State == schemas.Resolved || len(competitors) == 0 || a.Evidence.Peers != nil || a.Evidence.Series.Name != "" {
			continue
		}
		peers, err := l.tables.peersSoFar(ctx, competitors, a.WindowStart, a.WindowEnd)
		if err != nil {
			l.log.Warn("detect: an alert goes without its competitors' figures", zap.String("alert", a.ID), zap.Error(err))
			continue
		}
		a.Evidence.Peers = peers
		if rise, ok := middleRise(peers); ok && rise >= commonMove {
			a.Evidence.Note += fmt.Sprintf("; a common move: competitors have %.1f times their usual", rise)
		}
	}
	return nil
}

// peersSoFar is peers of the part of a window that all partitions have landed;
// nil when that is less than half of it.
func (t *tables) peersSoFar(ctx context.Context, brands []string, from, to time.Time) ([]schemas.PeerEvidence, error) {
	landed, others, err := t.othersLanded(ctx)
	if err != nil {
		return nil, err
	}
	if others && landed.Before(to) {
		if landed.Sub(from) < to.Sub(from)/2 {
			return nil, nil
		}
		to = landed
	}
	return t.peers(ctx, brands, from, to)
}

// othersLanded is the minute up to which every other partition has landed;
// others is false when there is none.
func (t *tables) othersLanded(ctx context.Context) (landed time.Time, others bool, err error) {
	var n uint64
	err = t.conn.QueryRow(ctx, `SELECT min(tick), count() FROM (SELECT argMax(last_tick, to_offset) AS tick FROM progress
		WHERE run = @run AND topic = @topic AND layout_epoch = @epoch AND t != @own GROUP BY t)`,
		clickhouse.Named("run", t.log.Run), clickhouse.Named("topic", t.log.Topic),
		clickhouse.Named("epoch", t.log.Epoch), clickhouse.Named("own", t.log.Partition)).Scan(&landed, &n)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("progress: %w", err)
	}
	return landed, n > 0, nil
}

// peers counts the mentions of brands in a window, and what their week before
// makes expect; brands without a mention in either are left out.
func (t *tables) peers(ctx context.Context, brands []string, from, to time.Time) (list []schemas.PeerEvidence, err error) {
	rows, err := t.conn.Query(ctx, `SELECT brand, toFloat64(sumIf(mentions, bucket >= @from)) AS observed,
			sumIf(mentions, bucket < @from) * @share AS expected
		FROM trends WHERE run = @run AND brand IN @brands AND sku = '' AND grain = '1m' AND bucket >= @past AND bucket < @to
		GROUP BY brand HAVING observed + expected > 0 ORDER BY brand`,
		clickhouse.Named("from", from.UTC()), clickhouse.Named("to", to.UTC()), clickhouse.Named("past", from.UTC().Add(-peersPast)), clickhouse.Named("run", t.log.Run), clickhouse.Named("brands", brands),
		clickhouse.Named("share", to.Sub(from).Seconds()/peersPast.Seconds()))
	if err != nil {
		return nil, fmt.Errorf("competitors: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var p schemas.PeerEvidence
		if err := rows.Scan(&p.Brand, &p.Observed, &p.Expected); err != nil {
			return nil, fmt.Errorf("competitors: %w", err)
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// middleRise is the median of observed over expected; ok is false when fewer
// than two competitors have a past to compare with.
func middleRise(peers []schemas.PeerEvidence) (rise float64, ok bool) {
	var rises []float64
	for _, p := range peers {
		if p.Expected > 0 {
			rises = append(rises, (p.Observed+1)/(p.Expected+1))
		}
	}
	if len(rises) < 2 {
		return 0, false
	}
	slices.Sort(rises)
	return rises[(len(rises)-1)/2], true
}
