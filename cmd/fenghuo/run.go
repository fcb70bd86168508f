package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/service"
)

func newRunCommand(a *app) *cobra.Command {
	var role, listen string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the pipeline: posts to mentions to alerts",
		Long: `Run reads the posts topic, analyses what it reads, detects, stores in ClickHouse
and publishes alerts, until it is stopped with SIGINT or SIGTERM. Start as many
processes as you like, with the same config: they share the work, and when one
stops the others take over. Nothing is lost and nothing is counted twice.

While Kafka or ClickHouse is away it waits; /readyz on the metrics address says
what for.

SIGHUP makes it read the config again. Brands, SKUs and aliases change without a
pause; for a new budget, calendar, silence, rule, series, window or channel the
detectors start again from their last snapshot; for the rest it says what takes
a restart. A config with a fault is left unused.`,
		Example: `  fenghuo run                                           # everything, with ./fenghuo.yaml
  fenghuo run --role analyze --config prod.yaml         # only the text work
  fenghuo run --role detect --listen-metrics :9465      # only detection and storage`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch service.Role(role) {
			case service.All, service.Analyze, service.Detect:
			default:
				return fmt.Errorf("--role %q: use analyze, detect or all", role)
			}
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			log, err := a.logger()
			if err != nil {
				return err
			}
			log.Info("starting", zap.String("role", role), zap.Strings("brokers", c.Kafka.Brokers),
				zap.String("clickhouse", c.ClickHouse.URL), zap.Int("brands", len(c.Brands)))
			err = service.Run(cmd.Context(), service.Options{
				Config: c, Role: service.Role(role), ListenMetrics: listen, Log: log,
				Reload: a.reloads(cmd.Context(), log), Ready: func() { log.Info("running") },
			})
			log.Info("stopped")
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&role, "role", string(service.All), "stages to run: analyze, detect or all")
	f.StringVar(&listen, "listen-metrics", "127.0.0.1:9464", "address of /metrics, /healthz and /readyz; empty for none")
	return cmd
}

// reloads reads the config again at every SIGHUP, until ctx is done.
func (a *app) reloads(ctx context.Context, log *zap.Logger) <-chan *config.Config {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	configs := make(chan *config.Config)
	go func() {
		defer signal.Stop(hangup)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangup:
			}
			c, err := a.loadConfig()
			if err != nil {
				log.Error("the config before stays in use", zap.Error(err))
				continue
			}
			select {
			case configs <- c:
			case <-ctx.Done():
				return
			}
		}
	}()
	return configs
}
