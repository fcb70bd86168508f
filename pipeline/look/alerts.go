package look

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"fenghuo/schemas"
)

// Levels from the mildest to the worst.
var Levels = []schemas.Level{schemas.Blue, schemas.Yellow, schemas.Orange, schemas.Red}

// AlertQuery chooses transitions; an empty field chooses all.
type AlertQuery struct {
	Run   string
	Brand string
	Level schemas.Level // this level or worse
	Limit int           // the newest so many; 0 = all
}

const alertColumns = `id, incident, fingerprint, run, brand, brand_name, sku, signal, crisis_type, state, level, severity,
	at, fired_at, window_start, window_end, observed, expected, channels, learning, suspected_attack, evidence`

// Alerts reads transitions in the order they happened.
func Alerts(ctx context.Context, db driver.Conn, q AlertQuery) ([]schemas.Alert, error) {
	where, args := q.where()
	sql := "SELECT " + alertColumns + " FROM alerts WHERE " + where + " ORDER BY at DESC, seq DESC, id"
	if q.Limit > 0 {
		sql += fmt.Sprintf(" LIMIT %d", q.Limit)
	}
	list, _, err := readAlerts(ctx, db, sql, args)
	slices.Reverse(list)
	return list, err
}

func (q AlertQuery) where() (string, []any) {
	parts, args := []string{"run = ?"}, []any{q.Run}
	if q.Brand != "" {
		parts, args = append(parts, "brand = ?"), append(args, q.Brand)
	}
	if i := slices.Index(Levels, q.Level); i > 0 {
		levels := make([]string, 0, len(Levels))
		for _, l := range Levels[i:] {
			levels = append(levels, string(l))
		}
		parts, args = append(parts, "level IN ?"), append(args, levels)
	}
	return strings.Join(parts, " AND "), args
}

// readAlerts reads rows of alertColumns, perhaps with inserted_at after them,
// and returns the newest inserted_at.
func readAlerts(ctx context.Context, db driver.Conn, sql string, args []any) (list []schemas.Alert, newest time.Time, err error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, newest, fmt.Errorf("read alerts: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	withInserted := len(rows.Columns()) > strings.Count(alertColumns, ",")+1
	for rows.Next() {
		var a schemas.Alert
		var signal, kind, state, level, evidence string
		var inserted time.Time
		into := []any{
			&a.ID, &a.Incident, &a.Fingerprint, &a.Run, &a.Brand, &a.BrandName, &a.SKU, &signal, &kind, &state, &level, &a.Severity,
			&a.At, &a.FiredAt, &a.WindowStart, &a.WindowEnd, &a.Observed, &a.Expected, &a.Channels, &a.Learning, &a.SuspectedAttack, &evidence,
		}
		if withInserted {
			into = append(into, &inserted)
		}
		if err := rows.Scan(into...); err != nil {
			return nil, newest, fmt.Errorf("read alerts: %w", err)
		}
		a.Signal, a.CrisisType = schemas.Signal(signal), schemas.ComplaintType(kind)
		a.State, a.Level = schemas.State(state), schemas.Level(level)
		if err := json.Unmarshal([]byte(evidence), &a.Evidence); err != nil {
			return nil, newest, fmt.Errorf("alert %s has evidence that is not JSON: %w", a.ID, err)
		}
		list = append(list, a)
		if inserted.After(newest) {
			newest = inserted
		}
	}
	return list, newest, rows.Err()
}

// overlap is how far behind the newest row seen a follower looks again: rows
// of several writers do not become visible in the order of their times.
const overlap = 30 * time.Second

// FollowAlerts calls show with every transition as it lands, after those that
// Alerts gave, until ctx is done. seen are the ids that were shown.
func FollowAlerts(ctx context.Context, db driver.Conn, q AlertQuery, seen []schemas.Alert, every time.Duration, show func(schemas.Alert) error) error {
	shown := make(map[string]bool, len(seen))
	for _, a := range seen {
		shown[a.ID] = true
	}
	where, args := q.where()
	sql := "SELECT " + alertColumns + ", inserted_at FROM alerts WHERE " + where + " AND inserted_at > ? ORDER BY inserted_at, at, seq"
	since := time.Unix(0, 0)
	for {
		list, newest, err := readAlerts(ctx, db, sql, append(slices.Clone(args), since.UTC()))
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, a := range list {
			if shown[a.ID] {
				continue
			}
			shown[a.ID] = true
			if err := show(a); err != nil {
				return err
			}
		}
		if next := newest.Add(-overlap); next.After(since) {
			since = next
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}
