package detect

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/store"
)

// Blocks of state hold all entries in their order, none more than it may but
// one of a single entry.
func TestStateBlock(t *testing.T) {
	var entries []Entry
	for i, size := range []int{1, stateBlockBytes, 2, stateBlockBytes - 2, 1, 0, 3 * stateBlockBytes, 5} {
		entries = append(entries, Entry{Key: string(rune('a' + i)), Value: make([]byte, size)})
	}
	var keys, sizes []string
	for rest := entries; len(rest) > 0; {
		block := stateBlock(rest)
		rest = rest[len(block):]
		var names string
		total := 0
		for _, e := range block {
			names += e.Key
			keys = append(keys, e.Key)
			total += len(e.Value)
		}
		sizes = append(sizes, names)
		if total > stateBlockBytes && len(block) > 1 {
			t.Errorf("block %s has %d bytes", names, total)
		}
	}
	if want := []string{"a", "b", "c", "d", "e", "f", "g", "h"}; !slices.Equal(keys, want) {
		t.Errorf("entries %v, want %v", keys, want)
	}
	if want := []string{"a", "b", "cd", "ef", "g", "h"}; !slices.Equal(sizes, want) {
		t.Errorf("blocks %v, want %v", sizes, want)
	}
}

// A snapshot of several blocks is read as it was stored, and what is stored is
// not kept here. One that is stored again after it was interrupted is whole.
func TestASnapshotIsReadAsItWasStored(t *testing.T) {
	place := &tables{conn: snapshotsDatabase(t).Conn(), log: Log{Run: "past", Topic: "backfill"}}
	var want []Entry
	for i := range 20 {
		value := make([]byte, 1<<20)
		for j := range value {
			value[j] = byte(i + j%251)
		}
		want = append(want, Entry{Key: fmt.Sprintf("brand/%02d", i), Value: value})
	}
	snapshot := &Snapshot{Offset: 7, Full: true, Entries: slices.Clone(want)}
	first := stateBlock(snapshot.Entries)
	if err := place.state(t.Context(), "backfill/0/0/1/7/past/0", 1, 7, first); err != nil { // and then the server went away
		t.Fatal(err)
	}
	if err := place.saveSnapshot(t.Context(), 1, snapshot); err != nil {
		t.Fatal(err)
	}
	for i, e := range snapshot.Entries {
		if e.Value != nil {
			t.Errorf("entry %d is kept", i)
		}
	}
	got, err := place.loadSnapshot(t.Context(), 7)
	if err != nil || got == nil {
		t.Fatalf("%v, %v", got, err)
	}
	same := func(a, b Entry) bool { return a.Key == b.Key && bytes.Equal(a.Value, b.Value) }
	if got.Offset != 7 || !slices.EqualFunc(got.Entries, want, same) {
		t.Errorf("offset %d, %d entries: not what was stored", got.Offset, len(got.Entries))
	}

	want = want[:2]
	if err := place.saveSnapshot(t.Context(), 2, &Snapshot{Offset: 9, Full: true, Entries: slices.Clone(want)}); err != nil {
		t.Fatal(err)
	}
	if got, err = place.loadSnapshot(t.Context(), 9); err != nil || got == nil || got.Offset != 9 || !slices.EqualFunc(got.Entries, want, same) {
		t.Errorf("%v, %v: not the newer whole snapshot", got, err)
	}
	var rows uint64
	if err := place.conn.QueryRow(t.Context(), "SELECT count() FROM snapshot_state").Scan(&rows); err != nil || rows != 2 {
		t.Errorf("%d rows of state, %v: what a whole snapshot makes needless is kept", rows, err)
	}
}

// A process that was killed within its full snapshot leaves state that counts for
// nothing: the next full snapshot of the log removes it, that of others it leaves.
func TestAKilledSnapshotIsRemoved(t *testing.T) {
	place := &tables{conn: snapshotsDatabase(t).Conn(), log: Log{Run: "past", Topic: "backfill"}}
	other := &tables{conn: place.conn, log: Log{Run: "past", Topic: "backfill", Partition: 1}}
	entries := func() []Entry { return []Entry{{"brand/1", []byte("one")}, {"brand/2", []byte("two")}} }
	for _, half := range []*tables{place, other} { // and then they were killed
		if err := half.state(t.Context(), fmt.Sprint("half/", half.log.Partition), 3, 5, entries()[:1]); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := place.loadSnapshot(t.Context(), 100); err != nil || s != nil {
		t.Fatalf("%v, %v: half a snapshot counts", s, err)
	}
	if err := place.saveSnapshot(t.Context(), 4, &Snapshot{Offset: 7, Full: true, Entries: entries()}); err != nil {
		t.Fatal(err)
	}
	var left []string
	err := place.conn.QueryRow(t.Context(), "SELECT groupArray(DISTINCT concat(toString(t), '/', toString(generation))) FROM snapshot_state").Scan(&left)
	if slices.Sort(left); err != nil || !slices.Equal(left, []string{"0/4", "1/3"}) {
		t.Errorf("partitions %v, %v", left, err)
	}
}

// A paused owner whose state was dropped while it wrote its full snapshot makes it
// count with the rest of it; what an older one holds whole is taken.
func TestASnapshotWithoutItsBeginningDoesNotCount(t *testing.T) {
	place := &tables{conn: snapshotsDatabase(t).Conn(), log: Log{Run: "past", Topic: "backfill"}}
	whole := []Entry{{"brand/1", []byte("one")}, {"brand/2", []byte("two")}}
	if err := place.saveSnapshot(t.Context(), 2, &Snapshot{Offset: 7, Full: true, Entries: slices.Clone(whole)}); err != nil {
		t.Fatal(err)
	}
	paused := &Snapshot{Offset: 9, Full: true, Entries: slices.Clone(whole), stored: 1}
	if err := place.saveSnapshot(t.Context(), 1, paused); err != nil {
		t.Fatal(err)
	}
	got, err := place.loadSnapshot(t.Context(), 100)
	if err != nil || got == nil || got.Offset != 7 || len(got.Entries) != 2 {
		t.Errorf("%v, %v: not the snapshot that is whole", got, err)
	}
}

// snapshotsDatabase is a database of the test's own.
func snapshotsDatabase(t *testing.T) *store.Store {
	t.Helper()
	c := config.Default().ClickHouse
	c.URL, c.Database = embeddedtest.ClickHouse(t), fmt.Sprintf("snapshots_%d", time.Now().UnixNano())
	s, err := store.Open(t.Context(), c, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Conn().Exec(context.WithoutCancel(t.Context()), "DROP DATABASE "+c.Database)
		_ = s.Close()
	})
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}
