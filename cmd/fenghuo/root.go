package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// app holds what every command shares: the global flags.
type app struct {
	configPath string // --config, $FENGHUO_CONFIG, ./fenghuo.yaml
	brokers    string // --brokers overrides kafka.brokers, comma-separated
	clickhouse string // --clickhouse overrides clickhouse.url
	json       bool   // --json: one JSON object a line on stdout
	logFormat  string // console or json
	logLevel   string
}

func newRootCommand() *cobra.Command {
	a := &app{}
	root := &cobra.Command{
		Use:           "fenghuo",
		Short:         "Early warning for brands: posts in, alerts out",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	f := root.PersistentFlags()
	f.StringVar(&a.configPath, "config", "", "config file (default $FENGHUO_CONFIG, then ./fenghuo.yaml)")
	f.StringVar(&a.brokers, "brokers", "", "Kafka brokers, comma-separated; overrides the config")
	f.StringVar(&a.clickhouse, "clickhouse", "", "ClickHouse URL, such as http://127.0.0.1:8123; overrides the config")
	f.BoolVar(&a.json, "json", false, "print JSON, one object a line")
	f.StringVar(&a.logFormat, "log-format", "console", "log format: console or json")
	f.StringVar(&a.logLevel, "log-level", "info", "log level: debug, info, warn or error")
	root.AddCommand(
		// one line per command, in the order a newcomer meets them
		newDemoCommand(a),
		newUpCommand(a),
		newRunCommand(a),
		newMigrateCommand(a),
		newConfigCommand(a),
		newAnalyzeCommand(a),
		newDetectCommand(),
		newSimulateCommand(a),
		newIngestCommand(a),
		newBackfillCommand(a),
		newRunsCommand(a),
		newTrendsCommand(a),
		newRulesCommand(a),
		newAlertsCommand(a),
		newReportCommand(a),
		newDeadLettersCommand(a),
		newDoctorCommand(a),
		newTrainCommand(),
		newEvaluateCommand(a),
	)
	root.SetFlagErrorFunc(knownFlag)
	takeUsage(root)
	return root
}

// version is what the Go toolchain stamped: a tag, or the time and hash of the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version + " " + info.GoVersion
}

// logger logs to stderr, so that stdout stays for results.
func (a *app) logger() (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(a.logLevel)
	if err != nil {
		return nil, fmt.Errorf("--log-level %q: debug, info, warn or error", a.logLevel)
	}
	c := zap.NewProductionConfig()
	switch a.logFormat {
	case "json":
	case "console":
		c = zap.NewDevelopmentConfig()
		c.Development = false
		c.DisableStacktrace = true
		c.DisableCaller = true
	default:
		return nil, fmt.Errorf("--log-format %q: console or json", a.logFormat)
	}
	c.Level = zap.NewAtomicLevelAt(level)
	return c.Build()
}
