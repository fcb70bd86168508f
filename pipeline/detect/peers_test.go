package detect

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/store"
	"fenghuo/schemas"
)

// Competitors are counted as far as every partition has landed; of a window of
// which less than half has, nothing is said: a brand that is behind is not silent.
func TestPeersAreCountedAsFarAsTheyHaveLanded(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, config.ClickHouse{URL: embeddedtest.ClickHouse(t), Database: fmt.Sprintf("peers_%d", os.Getpid())}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // nothing is lost
	if _, err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	// A competitor with a mention a minute, a week and a day long.
	if err := s.Conn().Exec(ctx, `INSERT INTO trend_buckets (run, brand, sku, grain, bucket, mentions)
		SELECT 'live', 'other', '', '1m', toDateTime('2026-03-01 00:00:00', 'UTC') + number * 60, 1 FROM numbers(8 * 1440)`); err != nil {
		t.Fatal(err)
	}
	from, to := time.Date(2026, 3, 8, 6, 0, 0, 0, time.UTC), time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC)
	tables := &tables{conn: s.Conn(), log: Log{Run: "live", Topic: "mentions", Epoch: 1, Partition: 0}}
	for _, c := range []struct {
		name   string
		others []string // ticks of the other partitions
		want   []schemas.PeerEvidence
	}{
		{"there is no other partition", nil, []schemas.PeerEvidence{{Brand: "other", Observed: 360, Expected: 360}}},
		{"all are further", []string{"2026-03-08 12:00:00", "2026-03-08 13:00:00"}, []schemas.PeerEvidence{{Brand: "other", Observed: 360, Expected: 360}}},
		{"one is behind", []string{"2026-03-08 11:00:00", "2026-03-08 13:00:00"}, []schemas.PeerEvidence{{Brand: "other", Observed: 300, Expected: 300}}},
		{"one is far behind", []string{"2026-03-08 08:00:00", "2026-03-08 13:00:00"}, nil},
		{"one has not begun", []string{"1970-01-01 00:00:00"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			tables.log.Epoch++
			for i, tick := range c.others {
				if err := s.Conn().Exec(ctx, `INSERT INTO progress (run, topic, layout_epoch, t, to_offset, last_tick) VALUES
					('live', 'mentions', ?, ?, 0, '1970-01-01 00:00:00'), ('live', 'mentions', ?, ?, 9, ?)`, tables.log.Epoch, i+1, tables.log.Epoch, i+1, tick); err != nil {
					t.Fatal(err)
				}
			}
			got, err := tables.peersSoFar(ctx, []string{"other"}, from, to)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
