package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/service"
	"fenghuo/pipeline/store"
)

func newMigrateCommand(a *app) *cobra.Command {
	var cluster, newEpoch string
	var printOnly, newLayout bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Create or update the tables in ClickHouse",
		Long: `Migrate creates the database, applies what is missing of the schema, in order, each
step once, and replaces the views of fenghuo trends that are of another version. It
may be run again at any time and by several processes at once. It also sets the
retention that the config asks for.`,
		Example: `  fenghuo migrate                              # one node
  fenghuo migrate --print                      # the SQL, without a server
  fenghuo migrate --cluster prod               # replicated and sharded tables
  fenghuo migrate --new-epoch posts            # topic posts was deleted and made again
  fenghuo migrate --new-layout                 # topic mentions has another number of partitions`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			if printOnly {
				sql, err := store.SQL(c.ClickHouse.Database, c.Retention, cluster)
				if err != nil {
					return err
				}
				_, err = io.WriteString(cmd.OutOrStdout(), sql)
				return err
			}
			s, err := a.openStore(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer s.Close()
			if newEpoch != "" {
				if posts := c.Kafka.Topics.Posts; newEpoch != posts {
					return fmt.Errorf("--new-epoch %s: the source topic of the config is %s", newEpoch, posts)
				}
				return a.startEpoch(cmd, s, newEpoch)
			}
			if newLayout {
				return a.startLayout(cmd, c, s)
			}
			return a.migrate(cmd, s, c, cluster)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&printOnly, "print", false, "print the SQL and touch nothing")
	f.StringVar(&cluster, "cluster", "", "name of the ClickHouse cluster to make replicated, sharded tables on")
	f.StringVar(&newEpoch, "new-epoch", "", "start the next epoch of this source topic, after it was deleted and made again")
	f.BoolVar(&newLayout, "new-layout", false, "start the next layout epoch of the mentions topic, after all processes were stopped; detectors learn anew")
	cmd.MarkFlagsMutuallyExclusive("new-epoch", "new-layout", "print")
	cmd.MarkFlagsMutuallyExclusive("new-epoch", "new-layout", "cluster")
	return cmd
}

// openStore connects to the ClickHouse of the config.
func (a *app) openStore(ctx context.Context, c *config.Config) (*store.Store, error) {
	log, err := a.logger()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, c.ClickHouse, log)
}

func (a *app) migrate(cmd *cobra.Command, s *store.Store, c *config.Config, cluster string) error {
	done, err := s.MigrateCluster(cmd.Context(), cluster)
	if err != nil {
		return err
	}
	retention, err := s.SetRetention(cmd.Context(), c.Retention, cluster)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	switch {
	case a.json:
		return json.NewEncoder(out).Encode(map[string]any{
			"database": s.Database(), "applied": orEmpty(done.Migrations), "views": orEmpty(done.Views), "retention": orEmpty(retention),
		})
	case len(done.Migrations)+len(done.Views)+len(retention) == 0:
		fmt.Fprintf(out, "database %s is up to date\n", s.Database())
	default:
		fmt.Fprintf(out, "database %s: %d migrations applied, %d views made or replaced, retention set on %d tables\n",
			s.Database(), len(done.Migrations), len(done.Views), len(retention))
	}
	return nil
}

// orEmpty is the list as JSON writes it: never null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (a *app) startEpoch(cmd *cobra.Command, s *store.Store, topic string) error {
	epoch, err := s.NewSourceEpoch(cmd.Context(), topic)
	if err != nil {
		return err
	}
	if a.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]any{"topic": topic, "epoch": epoch})
	}
	fmt.Fprintf(cmd.OutOrStdout(), "topic %s is now in epoch %d\n", topic, epoch)
	return nil
}

func (a *app) startLayout(cmd *cobra.Command, c *config.Config, s *store.Store) error {
	log, err := a.logger()
	if err != nil {
		return err
	}
	l, err := service.NewLayout(cmd.Context(), c, s, log)
	if err != nil {
		return err
	}
	if a.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]any{"topic": l.Topic, "layout_epoch": l.Epoch, "partitions": l.Partitions})
	}
	fmt.Fprintf(cmd.OutOrStdout(), "topic %s is now in layout epoch %d with %d partitions\n", l.Topic, l.Epoch, l.Partitions)
	return nil
}
