package store

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// RunState is where a backfill stands.
type RunState string

// The states of a run.
const (
	RunRunning RunState = "running"
	RunStopped RunState = "stopped"
	RunDone    RunState = "done"
	RunFailed  RunState = "failed"
	RunDropped RunState = "dropped"
)

// Run is a backfill: a row of view runs.
type Run struct {
	Name      string    `json:"run"`
	Rebuild   int       `json:"rebuild"`
	Source    string    `json:"source"`
	Identity  string    `json:"identity"`
	Timezone  string    `json:"timezone"` // in which the days of its trends begin
	State     RunState  `json:"state"`
	Owner     string    `json:"owner"`
	Posts     uint64    `json:"posts"`
	FirstAt   time.Time `json:"first_at,omitzero"` // zero before any post has landed
	LastAt    time.Time `json:"last_at,omitzero"`
	StartedAt time.Time `json:"started_at"`
	UpdatedAt time.Time `json:"updated_at"`
	LandRows  int64     `json:"-"` // so many rows land together
}

// Runs lists the runs that were not dropped, the newest first.
func (s *Store) Runs(ctx context.Context) ([]Run, error) {
	return s.queryRuns(ctx, "WHERE state != 'dropped' ORDER BY started_at DESC")
}

// FindRun returns the newest state of a run; found is false when there never
// was one of the name.
func (s *Store) FindRun(ctx context.Context, name string) (run Run, found bool, err error) {
	list, err := s.queryRuns(ctx, "WHERE run = ?", name)
	if err != nil || len(list) == 0 {
		return Run{}, false, err
	}
	return list[0], true, nil
}

func (s *Store) queryRuns(ctx context.Context, clause string, args ...any) (list []Run, err error) {
	rows, err := s.conn.Query(ctx, `SELECT run, rebuild, source, identity, timezone, state, owner, posts, first_at, last_at, started_at, updated_at, land_rows
		FROM runs `+clause, args...)
	if err != nil {
		return nil, s.explain(err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var r Run
		var rebuild, landRows uint32
		var state string
		if err := rows.Scan(&r.Name, &rebuild, &r.Source, &r.Identity, &r.Timezone, &state, &r.Owner, &r.Posts,
			&r.FirstAt, &r.LastAt, &r.StartedAt, &r.UpdatedAt, &landRows); err != nil {
			return nil, err
		}
		r.Rebuild, r.State, r.LandRows = int(rebuild), RunState(state), int64(landRows)
		for _, at := range []*time.Time{&r.FirstAt, &r.LastAt} {
			if at.Unix() == 0 { // as notZero has written it
				*at = time.Time{}
			}
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// SaveRun records the state of a run; UpdatedAt is set by the server.
func (s *Store) SaveRun(ctx context.Context, r Run) error {
	batch, err := s.conn.PrepareBatch(ctx, `INSERT INTO run_log (run, rebuild, source, identity, timezone, state, owner, posts, first_at, last_at, started_at, land_rows)`)
	if err != nil {
		return s.explain(err)
	}
	err = batch.Append(r.Name, uint32(r.Rebuild), r.Source, r.Identity, r.Timezone, string(r.State), r.Owner, r.Posts,
		notZero(r.FirstAt), notZero(r.LastAt), notZero(r.StartedAt), uint32(r.LandRows))
	if err != nil {
		return err
	}
	return s.explain(batch.Send())
}

// notZero keeps a time in the range of DateTime64: zero is written as 1970.
func notZero(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0)
	}
	return t
}

// DropRows removes all rows of a run: whole partitions where the table is
// partitioned by run, at once whatever their size.
func (s *Store) DropRows(ctx context.Context, run string) error {
	for _, table := range []string{"mentions", "trend_buckets", "business_values", "dead_rows", "alert_log", "intake_log", "snapshot_state"} {
		if err := s.dropPartitions(ctx, table, run); err != nil {
			return err
		}
	}
	for _, table := range []string{"progress", "snapshots", "rule_state"} {
		if err := s.conn.Exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE run = ?", table), run); err != nil {
			return s.explain(err)
		}
	}
	return nil
}

// DropState removes the snapshots of a run: one that is done is not gone on with.
func (s *Store) DropState(ctx context.Context, run string) error {
	if err := s.conn.Exec(ctx, "DELETE FROM snapshots WHERE run = ?", run); err != nil {
		return s.explain(err)
	}
	return s.dropPartitions(ctx, "snapshot_state", run)
}

func (s *Store) dropPartitions(ctx context.Context, table, run string) error {
	rows, err := s.conn.Query(ctx, fmt.Sprintf("SELECT DISTINCT _partition_id FROM %s WHERE run = ?", table), run)
	if err != nil {
		return s.explain(err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return s.explain(err)
	}
	if len(ids) == 0 {
		return nil
	}
	var engine string
	err = s.conn.QueryRow(ctx, "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = ?", table).Scan(&engine)
	if err != nil {
		return s.explain(err)
	}
	for _, id := range ids {
		if err := s.conn.Exec(ctx, fmt.Sprintf("ALTER TABLE %s DROP PARTITION ID '%s'", holder(table, engine), id)); err != nil {
			return s.explain(err)
		}
	}
	return nil
}

// distributed reads the engine of a table over shards: the cluster and the table
// that holds the rows on each of its nodes.
var distributed = regexp.MustCompile(`^Distributed\('((?:[^'\\]|\\.)*)', '(?:[^'\\]|\\.)*', '((?:[^'\\]|\\.)*)'`)

// holder names what has the partitions of a table, as ALTER TABLE takes it: the
// table itself, or for one over shards the table behind it on every node. A
// replicated table that every node holds passes on what is dropped by itself.
func holder(table, engine string) string {
	m := distributed.FindStringSubmatch(engine)
	if m == nil {
		return table
	}
	unquoted := strings.NewReplacer(`\\`, `\`, `\'`, `'`)
	return quoteName(unquoted.Replace(m[2])) + onCluster(unquoted.Replace(m[1]))
}
