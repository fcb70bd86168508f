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

// Applied is what a migration changed.
type Applied struct {
	Migrations []int    // versions
	Views      []string // questions that were made, or replaced
}

// Migrate creates the database, applies the migrations that are not applied yet,
// in order, and replaces the views that are not the ones of this program. Every
// statement is idempotent and every version is recorded under its own token, so
// that two processes at once do the same work twice at worst.
func (s *Store) Migrate(ctx context.Context) (Applied, error) {
	return s.MigrateCluster(ctx, "")
}

// MigrateCluster is Migrate for the ClickHouse cluster of that name; "" is one
// node.
func (s *Store) MigrateCluster(ctx context.Context, cluster string) (Applied, error) {
	var done Applied
	if err := s.bootstrap.Exec(ctx, createDatabase(s.database, cluster)); err != nil {
		return done, s.explain(err)
	}
	if err := s.applyMigrations(ctx, cluster, &done); err != nil {
		return done, err
	}
	return done, s.replaceViews(ctx, cluster, &done)
}

func (s *Store) applyMigrations(ctx context.Context, cluster string, done *Applied) error {
	migrations := schemas.Migrations()
	if err := s.apply(ctx, migrations[0], cluster); err != nil {
		return err
	}
	recorded, err := s.recorded(ctx)
	if err != nil {
		return err
	}
	if err := check(migrations, recorded); err != nil {
		return err
	}
	for _, m := range migrations {
		if _, before := recorded[m.Version]; before {
			continue
		}
		if err := s.apply(ctx, m, cluster); err != nil {
			// Another process may be ahead, and have dropped what this step needs.
			if recorded, rerr := s.recorded(ctx); rerr == nil && recorded[m.Version] == m.Checksum {
				continue
			}
			return err
		}
		if err := s.record(ctx, m); err != nil {
			return err
		}
		s.log.Info("migration applied", zap.String("file", m.Name))
		done.Migrations = append(done.Migrations, m.Version)
	}
	return nil
}

// replaceViews makes the views whose comment is not the one that this program
// gives them: new ones, those of another version, and those that somebody dropped.
// Of a cluster it makes all, because the comments of the other nodes are not seen.
func (s *Store) replaceViews(ctx context.Context, cluster string, done *Applied) error {
	var list []struct {
		Name    string `ch:"name"`
		Comment string `ch:"comment"`
	}
	err := s.conn.Select(ctx, &list, "SELECT name, comment FROM system.tables WHERE database = currentDatabase() AND engine = 'View'")
	if err != nil {
		return s.explain(err)
	}
	comments := map[string]string{}
	for _, v := range list {
		comments[v.Name] = v.Comment
	}
	for _, v := range schemas.Views() {
		if cluster == "" && comments[v.Name] == v.Comment {
			continue
		}
		statements, err := render([]string{v.Statement()}, s.database, cluster)
		if err != nil {
			return err
		}
		for _, statement := range statements {
			if err := s.conn.Exec(ctx, statement); err != nil && exceptionCode(err) != codeTableExists {
				return fmt.Errorf("view %s: %w", v.Name, s.explain(err))
			}
		}
		done.Views = append(done.Views, v.Name)
	}
	if len(done.Views) > 0 {
		s.log.Info("views made or replaced", zap.Strings("views", done.Views))
	}
	return nil
}

// apply runs the statements. A name that another process made in the same
// moment is there, which is all that is wanted.
func (s *Store) apply(ctx context.Context, m schemas.Migration, cluster string) error {
	statements, err := render(m.Statements(), s.database, cluster)
	if err != nil {
		return fmt.Errorf("migration %s: %w", m.Name, err)
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
	for _, m := range migrations {
		if checksum, ok := recorded[m.Version]; ok && checksum != m.Checksum {
			return fmt.Errorf("migration %s was applied with another content (SHA-256 %.12s, here %.12s): use the fenghuo that made this database, or another database", m.Name, checksum, m.Checksum)
		}
	}
	for version := range recorded {
		if version >= len(migrations) {
			return fmt.Errorf("the database has migration %d, this fenghuo knows %d: use the newer fenghuo", version, len(migrations)-1)
		}
	}
	return nil
}
