package store

import (
	"context"
	"fmt"
	"time"
)

// Layout says how brands are laid out over the partitions of the mentions
// topic and where its log is cut into ranges. State and tokens depend on it.
type Layout struct {
	Topic      string
	Epoch      int
	Partitions int
	Hash       string
	CutAfter   time.Duration
	CutRecords int
	Starts     []int64 // first offset of the epoch, by partition
}

// LayoutError says that the topic does not fit the recorded layout.
type LayoutError struct{ Recorded, Found Layout }

func (e *LayoutError) Error() string {
	describe := func(l Layout) string {
		return fmt.Sprintf("%d partitions, hash %s, ranges of %v or %d records", l.Partitions, l.Hash, l.CutAfter, l.CutRecords)
	}
	return fmt.Sprintf("topic %q has %s, but its layout epoch %d was recorded with %s: stop all processes and run `fenghuo migrate --new-layout`",
		e.Found.Topic, describe(e.Found), e.Recorded.Epoch, describe(e.Recorded))
}

// EnsureLayout returns the recorded layout of want.Topic, after recording want
// as epoch 0 when there is none. It fails with a *LayoutError when they differ.
func (s *Store) EnsureLayout(ctx context.Context, want Layout) (Layout, error) {
	recorded, found, err := s.Layout(ctx, want.Topic)
	if err != nil {
		return Layout{}, err
	}
	if !found {
		if err := s.recordLayout(ctx, want); err != nil {
			return Layout{}, err
		}
		// Another process may have been first: what is recorded holds.
		if recorded, _, err = s.Layout(ctx, want.Topic); err != nil {
			return Layout{}, err
		}
	}
	if recorded.Partitions != want.Partitions || recorded.Hash != want.Hash ||
		recorded.CutAfter != want.CutAfter || recorded.CutRecords != want.CutRecords {
		return Layout{}, &LayoutError{Recorded: recorded, Found: want}
	}
	return recorded, nil
}

// NewLayout records the next epoch, which begins at want.Starts: the ends of
// the partitions, once all before them has landed.
func (s *Store) NewLayout(ctx context.Context, want Layout) (Layout, error) {
	recorded, found, err := s.Layout(ctx, want.Topic)
	if err != nil {
		return Layout{}, err
	}
	if found {
		want.Epoch = recorded.Epoch + 1
	}
	return want, s.recordLayout(ctx, want)
}

// Landed returns, by partition, the offset up to which an epoch has landed.
func (s *Store) Landed(ctx context.Context, l Layout) ([]int64, error) {
	landed := make([]int64, l.Partitions)
	rows, err := s.conn.Query(ctx, `SELECT t, max(to_offset) FROM progress
		WHERE run = 'live' AND topic = ? AND layout_epoch = ? GROUP BY t`, l.Topic, uint32(l.Epoch))
	if err != nil {
		return nil, s.explain(err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	for rows.Next() {
		var t int32
		var to int64
		if err := rows.Scan(&t, &to); err != nil {
			return nil, err
		}
		if int(t) < len(landed) {
			landed[t] = to
		}
	}
	return landed, rows.Err()
}

// Layout returns the recorded layout of a topic.
func (s *Store) Layout(ctx context.Context, topic string) (l Layout, found bool, err error) {
	rows, err := s.conn.Query(ctx, `SELECT epoch, partitions, hash, cut_after_ms, cut_after_records, starts
		FROM layout WHERE topic = ? ORDER BY epoch DESC, created_at LIMIT 1`, topic)
	if err != nil {
		return l, false, s.explain(err)
	}
	defer rows.Close() //nolint:errcheck // one row
	if !rows.Next() {
		return l, false, rows.Err()
	}
	var epoch, partitions, cutMillis, cutRecords uint32
	l.Topic = topic
	if err := rows.Scan(&epoch, &partitions, &l.Hash, &cutMillis, &cutRecords, &l.Starts); err != nil {
		return l, false, err
	}
	l.Epoch, l.Partitions = int(epoch), int(partitions)
	l.CutAfter, l.CutRecords = time.Duration(cutMillis)*time.Millisecond, int(cutRecords)
	return l, true, nil
}

func (s *Store) recordLayout(ctx context.Context, l Layout) error {
	batch, err := s.conn.PrepareBatch(ctx, `INSERT INTO layout (topic, epoch, partitions, hash, cut_after_ms, cut_after_records, starts)`)
	if err != nil {
		return s.explain(err)
	}
	err = batch.Append(l.Topic, uint32(l.Epoch), uint32(l.Partitions), l.Hash, uint32(l.CutAfter.Milliseconds()), uint32(l.CutRecords), l.Starts)
	if err != nil {
		return err
	}
	return s.explain(batch.Send())
}
