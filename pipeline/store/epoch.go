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

// SourcePositions is, by partition, the last offset of a source topic's epoch
// that has landed.
func (s *Store) SourcePositions(ctx context.Context, topic string, epoch uint32) (map[int]int64, error) {
	rows, err := s.conn.Query(ctx, "SELECT partition, max(offset) FROM source_positions WHERE topic = ? AND epoch = ? GROUP BY partition", topic, epoch)
	if err != nil {
		return nil, s.explain(err)
	}
	defer rows.Close() //nolint:errcheck // read to its end below
	positions := map[int]int64{}
	for rows.Next() {
		var partition int32
		var offset int64
		if err := rows.Scan(&partition, &offset); err != nil {
			return nil, err
		}
		positions[int(partition)] = offset
	}
	return positions, rows.Err()
}
