package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"fenghuo/pipeline/config"
)

// loadConfig reads --config, then $FENGHUO_CONFIG, then ./fenghuo.yaml, and
// applies --brokers and --clickhouse. Without any file it is the built-in
// defaults; a file that was named must exist.
func (a *app) loadConfig() (*config.Config, error) {
	c, err := a.readConfig()
	var faults config.FaultsError
	switch {
	case errors.As(err, &faults):
		return nil, fmt.Errorf("the config cannot be used:\n%w", faults)
	case err != nil:
		return nil, err
	}
	return c, c.Override(a.brokers, a.clickhouse)
}

func (a *app) readConfig() (*config.Config, error) {
	path := a.configPath
	if path == "" {
		path = os.Getenv("FENGHUO_CONFIG")
	}
	if path != "" {
		return config.Load(path)
	}
	c, err := config.Load("fenghuo.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return config.Default(), nil
	}
	return c, err
}

func newConfigCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check a config file, or print an example",
		Example: `  fenghuo config example > fenghuo.yaml
  fenghuo config check`,
	}
	cmd.AddCommand(newConfigCheckCommand(a), newConfigExampleCommand())
	return cmd
}

func newConfigCheckCommand(a *app) *cobra.Command {
	var offline bool
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Report everything that is wrong with a config file",
		Long: `Check reads the config file and reports every fault with its line and column.
Without FILE it checks the one that the other commands would use. Environment
variables that the file names must be set. The SQL of trend rules is prepared
where ClickHouse can be reached; --offline leaves that out.`,
		Example: `  fenghuo config check
  fenghuo config check prod.yaml --json
  fenghuo config check --offline`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				a.configPath = args[0]
			}
			c, err := a.loadConfig()
			var faults config.FaultsError
			switch {
			case err == nil && !offline && len(c.Rules) > 0:
				if err := a.checkRules(cmd.Context(), c, cmd.ErrOrStderr()); err != nil {
					return err
				}
				return a.printSound(cmd.OutOrStdout(), c)
			case err == nil:
				return a.printSound(cmd.OutOrStdout(), c)
			case !errors.As(err, &faults):
				return err
			}
			return a.printFaults(cmd.OutOrStdout(), faults)
		},
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "do not reach ClickHouse to prepare the SQL of trend rules")
	return cmd
}

func (a *app) printSound(out io.Writer, c *config.Config) error {
	skus := 0
	for _, b := range c.Brands {
		skus += len(b.SKUs)
	}
	if a.json {
		return json.NewEncoder(out).Encode(map[string]any{"ok": true, "brands": len(c.Brands), "skus": skus, "rules": len(c.Rules)})
	}
	_, err := fmt.Fprintf(out, "ok: %d brands, %d SKUs, %d rules\n", len(c.Brands), skus, len(c.Rules))
	return err
}

func (a *app) printFaults(out io.Writer, faults config.FaultsError) error {
	encoder := json.NewEncoder(out)
	for _, f := range faults {
		if !a.json {
			fmt.Fprintln(out, f)
			continue
		}
		if err := encoder.Encode(map[string]any{"file": f.File, "line": f.Line, "column": f.Column, "message": f.Message}); err != nil {
			return err
		}
	}
	what := faults[0].File
	if faults[len(faults)-1].File != what {
		what = "the config"
	}
	return fmt.Errorf("%s cannot be used, faults: %d", what, len(faults))
}

func newConfigExampleCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "example",
		Short:   "Print a commented config file with every key",
		Example: `  fenghuo config example > fenghuo.yaml`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), config.Example)
			return err
		},
	}
}
