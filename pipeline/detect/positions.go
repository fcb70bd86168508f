package detect

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"fenghuo/pipeline/store/native"
)

// ofThis is the condition of rows of the log that lands, with the values of this.
const ofThis = `run = @run AND topic = @topic AND layout_epoch = @epoch AND t = @t`

func (t *tables) this(more ...any) []any {
	return append([]any{clickhouse.Named("run", t.log.Run), clickhouse.Named("topic", t.log.Topic),
		clickhouse.Named("epoch", t.log.Epoch), clickhouse.Named("t", t.log.Partition)}, more...)
}

// landed is the offset up to which the log has landed, 0 when nothing has.
func (t *tables) landed(ctx context.Context) (int64, error) {
	var to int64
	err := t.conn.QueryRow(ctx, `SELECT max(to_offset) FROM progress WHERE `+ofThis, t.this()...).Scan(&to)
	if err != nil {
		return 0, fmt.Errorf("progress: %w", err)
	}
	return to, nil
}

// saveSnapshot stores the entries and, last, the row that makes them count; it
// forgets what is stored, and called again after an error it goes on from there.
// A snapshot of an offset that has not landed must not be stored: a restart
// from it would pass over what still has to land.
func (t *tables) saveSnapshot(ctx context.Context, generation uint64, s *Snapshot) error {
	token := fmt.Sprintf("%s/%d/%d/%d/%d/%s", t.log.Topic, t.log.Epoch, t.log.Partition, generation, s.Offset, t.log.Run)
	for s.stored < len(s.Entries) {
		entries := stateBlock(s.Entries[s.stored:])
		if err := t.state(ctx, fmt.Sprint(token, "/", s.stored), generation, s.Offset, entries); err != nil {
			return fmt.Errorf("snapshot state: %w", err)
		}
		s.stored += len(entries)
		clear(entries)
	}
	err := t.insert(ctx, token, `INSERT INTO snapshots (run, topic, layout_epoch, t, generation, offset, keys, full)`,
		[]string{t.log.Run}, []string{t.log.Topic}, []uint32{uint32(t.log.Epoch)}, []int32{int32(t.log.Partition)},
		[]uint64{generation}, []int64{s.Offset}, []uint64{uint64(len(s.Entries))}, []bool{s.Full})
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	if s.Full {
		return t.dropOlder(ctx, generation)
	}
	return nil
}

// stateBlockBytes is what a block of state holds: a thousand brands have a
// hundred megabytes, which this process and the server would each hold again.
const stateBlockBytes = 8 << 20

// stateBlock is the beginning of entries that makes a block: of stateBlockBytes,
// or one larger entry.
func stateBlock(entries []Entry) []Entry {
	n, size := 0, 0
	for n < len(entries) && (n == 0 || size+len(entries[n].Value) <= stateBlockBytes) {
		size += len(entries[n].Value)
		n++
	}
	return entries[:n]
}

// state stores a block of entries.
func (t *tables) state(ctx context.Context, token string, generation uint64, offset int64, entries []Entry) error {
	rows := make([]*Entry, len(entries))
	for i := range entries {
		rows[i] = &entries[i]
	}
	b := native.New(stateRoom.begin(0), rows, 8)
	b.Words("run", func(*Entry) string { return t.log.Run })
	b.Words("topic", func(*Entry) string { return t.log.Topic })
	b.Uint32s("layout_epoch", func(*Entry) uint32 { return uint32(t.log.Epoch) })
	b.Int32s("t", func(*Entry) int32 { return int32(t.log.Partition) })
	b.Uint64s("generation", func(*Entry) uint64 { return generation })
	b.Int64s("offset", func(*Entry) int64 { return offset })
	b.Strings("key", func(e *Entry) string { return e.Key })
	b.Values("value", func(e *Entry) []byte { return e.Value })
	p := packRows(b, len(rows))
	defer p.release(&stateRoom)
	return t.insertBlocks(ctx, token, "snapshot_state", &p)
}

// dropOlder removes the generations before the one given, first the rows that
// make them count, then their state. A process that was killed within its full
// snapshot, or within dropOlder, has left state without such a row.
func (t *tables) dropOlder(ctx context.Context, generation uint64) error {
	old, err := t.generationsBefore(ctx, generation)
	if err != nil || len(old) == 0 {
		return err
	}
	err = t.conn.Exec(ctx, `DELETE FROM snapshots WHERE `+ofThis+` AND generation < @generation`,
		t.this(clickhouse.Named("generation", generation))...)
	if err != nil {
		return fmt.Errorf("old snapshots: %w", err)
	}
	for _, g := range old {
		if err := t.conn.Exec(ctx, `ALTER TABLE snapshot_state DROP PARTITION (?, ?, ?)`, t.log.Run, int32(t.log.Partition), g); err != nil {
			return fmt.Errorf("old snapshot state: %w", err)
		}
	}
	return nil
}

// generationsBefore lists those of which there are rows.
func (t *tables) generationsBefore(ctx context.Context, generation uint64) (old []uint64, err error) {
	rows, err := t.conn.Query(ctx, `SELECT DISTINCT generation FROM (SELECT generation FROM snapshots WHERE `+ofThis+`
		UNION ALL SELECT generation FROM snapshot_state WHERE `+ofThis+`) WHERE generation < @generation`,
		t.this(clickhouse.Named("generation", generation))...)
	if err != nil {
		return nil, fmt.Errorf("old snapshots: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var g uint64
		if err := rows.Scan(&g); err != nil {
			return nil, fmt.Errorf("old snapshots: %w", err)
		}
		old = append(old, g)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("old snapshots: %w", err)
	}
	return old, nil
}

// loadSnapshot returns the newest snapshot that is not beyond landed; nil when
// there is none. A generation counts only while its full snapshot does, and all
// of that is there: a paused former owner may still add to one that was dropped,
// or half of which was.
func (t *tables) loadSnapshot(ctx context.Context, landed int64) (*Snapshot, error) {
	for {
		generation, offset, err := t.newestSnapshot(ctx, landed)
		if err != nil || generation == 0 {
			return nil, err
		}
		s := &Snapshot{Offset: offset, Full: true}
		if s.Entries, err = t.loadEntries(ctx, generation, offset); err != nil {
			return nil, err
		}
		// Another owner may have dropped the generation while it was read.
		if again, _, err := t.newestSnapshot(ctx, landed); err != nil || again == generation {
			return s, err
		}
	}
}

// newestSnapshot returns generation 0 when there is no snapshot.
func (t *tables) newestSnapshot(ctx context.Context, landed int64) (generation uint64, offset int64, err error) {
	rows, err := t.conn.Query(ctx, `WITH mine AS (SELECT generation, offset, keys, full FROM snapshots WHERE `+ofThis+` AND offset <= @landed),
			there AS (SELECT generation, offset, uniqExact(key) AS keys FROM snapshot_state WHERE `+ofThis+` GROUP BY generation, offset)
		SELECT generation, offset FROM mine
		WHERE generation IN (SELECT generation FROM mine INNER JOIN there USING (generation, offset, keys) WHERE full)
		ORDER BY offset DESC, generation DESC LIMIT 1`, t.this(clickhouse.Named("landed", landed))...)
	if err != nil {
		return 0, 0, fmt.Errorf("snapshot: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	if rows.Next() {
		if err := rows.Scan(&generation, &offset); err != nil {
			return 0, 0, fmt.Errorf("snapshot: %w", err)
		}
	}
	return generation, offset, rows.Err()
}

func (t *tables) loadEntries(ctx context.Context, generation uint64, offset int64) ([]Entry, error) {
	rows, err := t.conn.Query(ctx, `SELECT key, argMax(value, offset) AS newest FROM snapshot_state
		WHERE `+ofThis+` AND generation = @generation AND offset <= @offset
		GROUP BY key HAVING newest != '' ORDER BY key`, t.this(clickhouse.Named("generation", generation), clickhouse.Named("offset", offset))...)
	if err != nil {
		return nil, fmt.Errorf("snapshot state: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	var entries []Entry
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return nil, fmt.Errorf("snapshot state: %w", err)
		}
		entries = append(entries, Entry{Key: key, Value: []byte(value)})
	}
	return entries, rows.Err()
}

// newGeneration names the snapshots of one process: later ones are greater.
func newGeneration() uint64 { return uint64(time.Now().UnixNano()) }
