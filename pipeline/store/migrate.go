package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"go.uber.org/zap"

	"fenghuo/schemas"
)

// Migrate creates the database and applies what is not applied yet, in order.
// It returns the versions that it applied. Every statement is idempotent and
// every version is recorded under its own token, so that two processes at once
// do the same work twice at worst.
func (s *Store) Migrate(ctx context.Context) (applied []int, err error) {
	return s.MigrateCluster(ctx, "")
}

// MigrateCluster is Migrate for the ClickHouse cluster of that name; "" is one
// node.
func (s *Store) MigrateCluster(ctx context.Context, cluster string) (applied []int, err error) {
	if err := s.bootstrap.Exec(ctx, createDatabase(s.database, cluster)); err != nil {
		return nil, s.explain(err)
	}
	migrations := schemas.Migrations()
	if err := s.apply(ctx, migrations[0], cluster); err != nil {
		return nil, err
	}
	recorded, err := s.recorded(ctx)
	if err != nil {
		return nil, err
	}
	if err := check(migrations, recorded); err != nil {
		return nil, err
	}
	for _, m := range migrations {
		if _, done := recorded[m.Version]; done {
			continue
		}
		if err := s.apply(ctx, m, cluster); err != nil {
			// Another process may be ahead, and have dropped what this step needs.
			if recorded, rerr := s.recorded(ctx); rerr == nil && recorded[m.Version] == m.Checksum {
				continue
			}
			return applied, err
		}
		if err := s.record(ctx, m); err != nil {
			return applied, err
		}
		s.log.Info("migration applied", zap.String("file", m.Name))
		applied = append(applied, m.Version)
	}
	return applied, nil
}

// apply runs the statements. A name that another process made in the same
// moment is there, which is all that is wanted.
func (s *Store) apply(ctx context.Context, m schemas.Migration, cluster string) error {
	statements, err := render(m, s.database, cluster)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if err := s.conn.Exec(ctx, statement); err != nil && exceptionCode(err) != codeTableExists {
			return fmt.Errorf("migration %s: %w", m.Name, s.explain(err))
		}
	}
	return nil
}

// recorded maps the applied versions to the checksums of their files.
func (s *Store) recorded(ctx context.Context) (map[int]string, error) {
	var list []struct {
		Version  uint32 `ch:"version"`
		Checksum string `ch:"checksum"`
	}
	err := s.conn.Select(ctx, &list, "SELECT version, any(m.checksum) AS checksum FROM migrations AS m GROUP BY version")
	if err != nil {
		return nil, s.explain(err)
	}
	out := make(map[int]string, len(list))
	for _, m := range list {
		out[int(m.Version)] = m.Checksum
	}
	return out, nil
}

func (s *Store) record(ctx context.Context, m schemas.Migration) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"insert_deduplication_token": "migration/" + strconv.Itoa(m.Version),
	}))
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO migrations (version, name, checksum, applied_at)")
	if err != nil {
		return s.explain(err)
	}
	if err := batch.Append(uint32(m.Version), m.Name, m.Checksum, time.Now()); err != nil {
		return err
	}
	return s.explain(batch.Send())
}

// check refuses a schema that this program did not make.
func check(migrations []schemas.Migration, recorded map[int]string) error {
	for version, checksum := range recorded {
		if version >= len(migrations) {
			return fmt.Errorf("the database has migration %d, this fenghuo knows %d: use the newer fenghuo", version, len(migrations)-1)
		}
		if m := migrations[version]; checksum != m.Checksum {
			return fmt.Errorf("migration %s was applied with another content (SHA-256 %.12s, here %.12s): use the fenghuo that made this database, or another database", m.Name, checksum, m.Checksum)
		}
	}
	return nil
}
