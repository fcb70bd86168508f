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
)

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), config.ClickHouse{URL: embeddedtest.ClickHouse(t), Database: fmt.Sprintf("peers_%d", os.Getpid())}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // nothing is lost
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// Competitors are counted as far as every partition has landed; of a window of
// which less than half has, nothing is said: a brand that is behind is not silent.
func TestPeersAreCountedAsFarAsTheyHaveLanded(t *testing.T) {
	ctx := t.Context()
	s := openStore(t)
	// A competitor with a mention a minute, and four more from six to twelve in
	// the morning, a week and a day long.
	if err := s.Conn().Exec(ctx, `INSERT INTO trend_buckets (run, brand, sku, grain, bucket, mentions)
		SELECT 'live', 'other', '', '1m', toDateTime('2026-03-01 00:00:00', 'UTC') + number * 60 AS b, if(toHour(b) >= 6 AND toHour(b) < 12, 5, 1)
		FROM numbers(8 * 1440)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Conn().Exec(ctx, `INSERT INTO trend_buckets (run, brand, sku, grain, bucket, mentions)
		SELECT 'live', 'other', '', '1h', toDateTime('2026-03-01 00:00:00', 'UTC') + number * 3600, 60 FROM numbers(8 * 24)`); err != nil {
		t.Fatal(err)
	}
	from, to := time.Date(2026, 3, 8, 6, 0, 0, 0, time.UTC), time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC)
	tables := &tables{conn: s.Conn(), log: Log{Run: "live", Topic: "mentions", Epoch: 1, Partition: 0}}
	for _, c := range []struct {
		name   string
		others []string // ticks of the other partitions
		want   []movement
	}{
		{"there is no other partition", nil, []movement{{brand: "other", observed: 1800, expected: 1800}}},
		{"all are further", []string{"2026-03-08 12:00:00", "2026-03-08 13:00:00"}, []movement{{brand: "other", observed: 1800, expected: 1800}}},
		{"one is behind", []string{"2026-03-08 11:00:00", "2026-03-08 13:00:00"}, []movement{{brand: "other", observed: 1500, expected: 1500}}},
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
			got, err := tables.movesSoFar(ctx, []string{"other"}, "", from, to)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(movement{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is usual rests on whole days in which somebody was heard: on the second
// day of a run the first alone, on the first nothing.
func TestPeersOfAYoungRun(t *testing.T) {
	ctx := t.Context()
	s := openStore(t)
	if err := s.Conn().Exec(ctx, `INSERT INTO trend_buckets (run, brand, sku, grain, bucket, mentions, channels)
		SELECT 'young', 'other', '', grain, toDateTime('2026-03-01 00:00:00', 'UTC') + number * 3600, 10, map('weibo', 7, 'news', 3)
		FROM numbers(48) ARRAY JOIN ['1m', '1h'] AS grain`); err != nil {
		t.Fatal(err)
	}
	tables := &tables{conn: s.Conn(), log: Log{Run: "young", Topic: "mentions", Epoch: 1}}
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		from time.Time
		want []movement
	}{
		{at.Add(-24 * time.Hour), nil},
		{at, []movement{{brand: "other", observed: 60, expected: 60, there: 42, usualThere: 42}}},
	} {
		got, err := tables.moves(ctx, []string{"other", "silent"}, "weibo", c.from, c.from.Add(6*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(movement{})); diff != "" {
			t.Errorf("from %s: %s", c.from, diff)
		}
	}
}
