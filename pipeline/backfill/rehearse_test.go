package backfill

import (
	"fmt"
	"slices"
	"testing"
)

// A rehearsal says what the run of the same rows has stored: the same alerts
// with the same ids.
func TestARehearsalSaysWhatTheRunSays(t *testing.T) {
	a := newArchive(t)
	o := a.options("real")
	a.fill(o)
	alerts, err := Rehearse(t.Context(), Options{
		Config: o.Config, Analyzer: o.Analyzer, Run: o.Run, Rows: o.Rows, Source: o.Source, Workers: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for i := range alerts {
		said = append(said, fmt.Sprint(alerts[i].ID, alerts[i].State, alerts[i].Level))
	}
	rows, err := a.store.Conn().Query(t.Context(), "SELECT concat(id, state, level) FROM alerts WHERE run = ?", o.Run)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read to its end
	var stored []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		stored = append(stored, s)
	}
	slices.Sort(said)
	slices.Sort(stored)
	if len(said) == 0 || !slices.Equal(said, stored) {
		t.Errorf("the rehearsal says %d transitions, the run stored %d", len(said), len(stored))
	}
}
