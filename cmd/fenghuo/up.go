package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"fenghuo/pipeline/embedded"
)

// upReady is the ready line with --json.
type upReady struct {
	Brokers    []string `json:"brokers"`
	ClickHouse string   `json:"clickhouse"`
}

func newUpCommand(a *app) *cobra.Command {
	o := embedded.Options{Progress: os.Stderr}
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run the embedded Kafka broker and ClickHouse engine until stopped",
		Long: `Run an embedded Kafka broker and an embedded ClickHouse engine on one data
directory until Ctrl-C or SIGTERM. Any Kafka client and any ClickHouse HTTP
client can use them. The first start fetches the engine with npm (180 MB) into
$FENGHUO_CACHE; FENGHUO_LIBCHDB names a libchdb.so to use instead.

The ready line on stdout says where both listen; port 0 takes a free port. Both
listen on loopback only unless told otherwise. ClickHouse asks for the user and
password of the config (clickhouse.user, clickhouse.password) if it has a
password, and the broker asks for none: keep it to networks that you trust.

Meant for trying things out and for tests, not for production: nothing is replicated.`,
		Example: `  fenghuo up
  fenghuo up --data /var/lib/fenghuo --listen-kafka 127.0.0.1:19092 --listen-clickhouse 127.0.0.1:18123
  fenghuo up --listen-kafka 127.0.0.1:0 --listen-clickhouse 127.0.0.1:0 --json
  curl http://127.0.0.1:8123/ -d 'SELECT version()'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.up(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.DataDir, "data", "./data", "directory that keeps the data")
	f.StringVar(&o.KafkaAddr, "listen-kafka", "127.0.0.1:9092", "address of the Kafka broker, host:port")
	f.StringVar(&o.ClickHouseAddr, "listen-clickhouse", "127.0.0.1:8123", "address of ClickHouse's HTTP interface, host:port")
	return cmd
}

// up runs the services until ctx ends, which is no error, or one of them does.
func (a *app) up(ctx context.Context, o embedded.Options, out io.Writer) error {
	log, err := a.logger()
	if err != nil {
		return err
	}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	if c.ClickHouse.Password != "" {
		o.User, o.Password = c.ClickHouse.User, c.ClickHouse.Password
	}
	o.Log = log
	s, err := embedded.Start(ctx, o)
	if ctx.Err() != nil {
		return nil // stopped while starting
	}
	if err != nil {
		return err
	}
	if err := a.printReady(out, s); err != nil {
		return fmt.Errorf("print the ready line: %w", closeAfter(err, s))
	}
	select {
	case <-ctx.Done():
		log.Info("stopping")
		return s.Close()
	case <-s.Done():
		return closeAfter(s.Err(), s)
	}
}

func (a *app) printReady(out io.Writer, s *embedded.Services) error {
	if a.json {
		return json.NewEncoder(out).Encode(upReady{Brokers: s.Brokers(), ClickHouse: s.ClickHouseURL()})
	}
	_, err := fmt.Fprintf(out, "ready: Kafka %s, ClickHouse %s\n", strings.Join(s.Brokers(), ","), s.ClickHouseURL())
	return err
}

// closeAfter stops what still runs; err is the reason that counts.
func closeAfter(err error, s *embedded.Services) error {
	if e := s.Close(); e != nil {
		zap.L().Warn("stop the services", zap.Error(e))
	}
	return err
}
