package store

import (
	"context"
)

// SourceEpoch is the current epoch of a source topic; 0 until it was ever
// bumped.
func (s *Store) SourceEpoch(ctx context.Context, topic string) (uint32, error) {
	var epoch uint32
	err := s.conn.QueryRow(ctx, "SELECT max(epoch) FROM source_epochs WHERE topic = ?", topic).Scan(&epoch)
	return epoch, s.explain(err)
}

// NewSourceEpoch starts the next epoch of a source topic and returns it: the
// topic was made again, its offsets begin at 0.
func (s *Store) NewSourceEpoch(ctx context.Context, topic string) (uint32, error) {
	epoch, err := s.SourceEpoch(ctx, topic)
	if err != nil {
		return 0, err
	}
	epoch++
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO source_epochs (topic, epoch)")
	if err != nil {
		return 0, s.explain(err)
	}
	if err := batch.Append(topic, epoch); err != nil {
		return 0, err
	}
	return epoch, s.explain(batch.Send())
}
