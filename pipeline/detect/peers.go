package detect

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"go.uber.org/zap"

	"fenghuo/detectors/engine"
	"fenghuo/schemas"
)

const (
	// Peers are compared with the same hours of their own week before the
	// alert's window.
	peersPast = 7

	// peersAsked bounds the brands whose figures an alert is held against, by
	// the order of the config.
	peersAsked = 24
)

// neighbours are the brands that one is held against.
type neighbours struct {
	rivals []string // the configured competitors, or where there are none the other brands of its category
	asked  []string // they, the brand itself, and others of the config
}

func newNeighbours(b *engine.Brand, all []engine.Brand) (n neighbours) {
	n.rivals = b.Competitors[:min(len(b.Competitors), peersAsked)]
	if len(n.rivals) == 0 && b.Category != "" {
		for i := 0; i < len(all) && len(n.rivals) < peersAsked; i++ {
			if all[i].Category == b.Category && all[i].ID != b.ID {
				n.rivals = append(n.rivals, all[i].ID)
			}
		}
	}
	n.asked = append([]string{b.ID}, n.rivals...)
	for i := 0; i < len(all) && len(n.asked) <= peersAsked; i++ {
		if id := all[i].ID; !slices.Contains(n.asked, id) {
			n.asked = append(n.asked, id)
		}
	}
	return n
}

// annotatePeers adds to alerts what the brand's competitors did in the same
// window, and whether it moved alone, from the trends that have landed: the
// window as far as all partitions are with it, or nothing when that is less than
// half. It changes no state, level or time: how far other brands are differs, so
// a replay may add other figures. A failure is logged and the alert goes without.
func (l *Lander) annotatePeers(ctx context.Context, r *Range) error {
	for i := range r.Alerts {
		a := &r.Alerts[i]
		n, known := l.neighbours[a.Brand]
		if a.State == schemas.Resolved || !known || len(n.asked) < 2 || a.Evidence.Peers != nil || a.Evidence.Move.Kind != "" || a.Evidence.Series.Name != "" {
			continue
		}
		channel := mainChannel(&a.Evidence)
		moves, err := l.tables.movesSoFar(ctx, n.asked, channel, a.WindowStart, a.WindowEnd)
		if err != nil {
			l.log.Warn("detect: an alert goes without its competitors' figures", zap.String("alert", a.ID), zap.Error(err))
			continue
		}
		a.Evidence.Peers = peersOf(n.rivals, moves)
		a.Evidence.Move = commonMove(a.Brand, channel, n.rivals, moves)
		a.Evidence.Note += noteOf(a.Evidence.Move)
	}
	return nil
}

// mainChannel is where at least half of the mentions are, "" if nowhere.
func mainChannel(e *schemas.Evidence) string {
	for _, c := range e.Channels {
		if 2*c.Count >= e.Mentions {
			return c.Channel
		}
	}
	return ""
}

// movement is a brand's mentions in a window, and what the same hours of the
// days before make expect.
type movement struct {
	brand              string
	observed, expected float64
	there, usualThere  float64 // of them, on the channel asked for
}

// movesSoFar is moves of the part of a window that all partitions have landed;
// nil when that is less than half of it.
func (t *tables) movesSoFar(ctx context.Context, brands []string, channel string, from, to time.Time) ([]movement, error) {
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
	return t.moves(ctx, brands, channel, from, to)
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

// moves counts the mentions of brands in a window, and what the same hours of up
// to seven days before make expect; whole days only, since the run began. Without
// such a day nothing is known. Brands without a mention in either are left out.
func (t *tables) moves(ctx context.Context, brands []string, channel string, from, to time.Time) (list []movement, err error) {
	days, err := t.daysBefore(ctx, from)
	if err != nil || days == 0 {
		return nil, err
	}
	day := (24 * time.Hour).Seconds()
	length := to.Sub(from).Seconds()
	rows, err := t.conn.Query(ctx, `SELECT brand,
			toFloat64(sumIf(mentions, bucket >= @from)) AS observed, sumIf(mentions, bucket < @from) * @share AS expected,
			toFloat64(sumIf(channels[@channel], bucket >= @from)) AS there, sumIf(channels[@channel], bucket < @from) * @share AS usual_there
		FROM trend_buckets WHERE run = @run AND grain = '1m' AND sku = '' AND brand IN @brands AND bucket >= @past AND bucket < @to
			AND positiveModulo(toInt64(toUnixTimestamp(bucket)) - @begin, 86400) < @length
		GROUP BY brand HAVING observed + expected > 0 ORDER BY brand`,
		clickhouse.Named("from", from.UTC()), clickhouse.Named("to", to.UTC()), clickhouse.Named("past", from.UTC().AddDate(0, 0, -days)),
		clickhouse.Named("run", t.log.Run), clickhouse.Named("brands", brands), clickhouse.Named("channel", channel),
		clickhouse.Named("begin", from.Unix()), clickhouse.Named("length", length),
		clickhouse.Named("share", max(1, length/day)/float64(days)))
	if err != nil {
		return nil, fmt.Errorf("competitors: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var m movement
		if err := rows.Scan(&m.brand, &m.observed, &m.expected, &m.there, &m.usualThere); err != nil {
			return nil, fmt.Errorf("competitors: %w", err)
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

// daysBefore is how many days of the run lie before a time, up to seven. They are
// counted until there are as many.
func (t *tables) daysBefore(ctx context.Context, at time.Time) (int, error) {
	if t.aWeekOld {
		return peersPast, nil
	}
	var n uint64
	var first time.Time
	if err := t.conn.QueryRow(ctx, `SELECT min(bucket), count() FROM trend_buckets
		WHERE run = @run AND grain = '1h' AND sku = '' AND bucket >= @past AND bucket < @at`,
		clickhouse.Named("run", t.log.Run), clickhouse.Named("at", at.UTC()), clickhouse.Named("past", at.UTC().AddDate(0, 0, -peersPast-1))).Scan(&first, &n); err != nil {
		return 0, fmt.Errorf("competitors: %w", err)
	}
	if n == 0 {
		return 0, nil
	}
	days := min(peersPast, int(at.Sub(first)/(24*time.Hour)))
	t.aWeekOld = days == peersPast
	return days, nil
}
