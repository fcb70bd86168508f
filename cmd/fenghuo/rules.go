package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/engine"
	"fenghuo/pipeline/rules"
	"fenghuo/pipeline/store"
)

func newRulesCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List trend rules, or test them on given rows",
		Example: `  fenghuo rules list
  fenghuo rules test deploy/rules/tests/*.yaml`,
	}
	cmd.AddCommand(newRulesListCommand(a), newRulesTestCommand(a))
	return cmd
}

func newRulesListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list [FILE...]",
		Short: "List the trend rules of the config, or of rule files",
		Example: `  fenghuo rules list
  fenghuo rules list deploy/rules/*.yaml --json`,
		RunE: func(cmd *cobra.Command, files []string) error {
			list, err := a.rulesOf(files)
			if err != nil {
				return err
			}
			return a.printRules(cmd.OutOrStdout(), list)
		},
	}
}

func (a *app) rulesOf(files []string) (list []config.Rule, err error) {
	if len(files) == 0 {
		c, err := a.loadConfig()
		if err != nil {
			return nil, err
		}
		return c.Rules, nil
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		rules, err := config.ParseRules(name, data)
		if err != nil {
			return nil, err
		}
		list = append(list, rules...)
	}
	return list, nil
}

func (a *app) printRules(out io.Writer, list []config.Rule) error {
	for _, r := range list {
		if a.json {
			err := json.NewEncoder(out).Encode(map[string]any{
				"name": r.Name, "every": r.Every.String(), "lookback": r.Lookback.String(), "for": r.For.String(), "keep_firing_for": r.KeepFiringFor.String(),
				"level": r.Level, "labels": r.Labels, "summary": r.Summary, "sql": r.SQL,
			})
			if err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(out, "%-28s %-7s every %s, for %s, keeps firing for %s\n%29s%s\n", r.Name, r.Level, r.Every, r.For, r.KeepFiringFor, "", r.Summary)
	}
	return nil
}

func newRulesTestCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "test FILE...",
		Short: "Run trend rules on given rows and compare the alerts",
		Long: `Test reads files of tests: which rules, rows of mentions or trends, and the alerts
that must come. It runs the rules in a temporary database of the embedded
ClickHouse engine and needs no services. docs/rules.md shows such a file.`,
		Example: `  fenghuo rules test deploy/rules/tests/*.yaml`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			return a.testRules(cmd.Context(), files, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
}

func (a *app) testRules(ctx context.Context, files []string, out, progress io.Writer) (err error) {
	var tests []*rules.TestFile
	for _, name := range files {
		f, err := rules.LoadTests(name)
		if err != nil {
			return err
		}
		tests = append(tests, f)
	}
	s, close, err := scratchStore(ctx, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, close()) }()
	failed, run := 0, 0
	for i, f := range tests {
		for j := range f.Tests {
			run++
			t := &f.Tests[j]
			differences, err := f.Play(ctx, s.Conn(), fmt.Sprintf("test-%d-%d", i, j), t)
			if err != nil {
				return fmt.Errorf("%s: test %q: %w", files[i], t.Name, err)
			}
			if len(differences) > 0 {
				failed++
			}
			if err := a.printOutcome(out, files[i], t.Name, differences); err != nil {
				return err
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d tests failed", failed, run)
	}
	return nil
}

func (a *app) printOutcome(out io.Writer, file, name string, differences []string) error {
	if a.json {
		return json.NewEncoder(out).Encode(map[string]any{"file": file, "test": name, "ok": len(differences) == 0, "differences": differences})
	}
	mark := "ok  "
	if len(differences) > 0 {
		mark = "FAIL"
	}
	fmt.Fprintf(out, "%s  %s: %s\n", mark, file, name)
	for _, d := range differences {
		fmt.Fprintf(out, "      %s\n", d)
	}
	return nil
}

// scratchStore is a migrated database of an embedded engine that is gone after
// close.
func scratchStore(ctx context.Context, progress io.Writer) (s *store.Store, close func() error, err error) {
	dir, err := os.MkdirTemp("", "fenghuo-rules-")
	if err != nil {
		return nil, nil, err
	}
	e, err := engine.Start(ctx, engine.Options{Dir: dir, Addr: "127.0.0.1:0", Ephemeral: true, Log: zap.NewNop(), Progress: progress})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	c := config.Default().ClickHouse
	c.URL = e.URL()
	if s, err = store.Open(ctx, c, zap.NewNop()); err == nil {
		_, err = s.Migrate(ctx)
	}
	close = func() error {
		var err error
		if s != nil {
			err = s.Close()
		}
		return errors.Join(err, e.Close(), os.RemoveAll(dir))
	}
	if err != nil {
		return nil, nil, errors.Join(err, close())
	}
	return s, close, nil
}

// checkRules prepares the SQL of the config's rules. Without ClickHouse, or
// before its tables are there, it says that this was left out.
func (a *app) checkRules(ctx context.Context, c *config.Config, warn io.Writer) error {
	s, err := store.Open(ctx, c.ClickHouse, zap.NewNop())
	if errors.Is(err, store.ErrUnreachable) {
		fmt.Fprintf(warn, "the SQL of the rules was not checked: ClickHouse cannot be reached at %s\n", c.ClickHouse.URL)
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read from
	var states uint64
	err = s.Conn().QueryRow(ctx, "SELECT count() FROM rule_state").Scan(&states)
	if err != nil {
		fmt.Fprintf(warn, "the SQL of the rules was not checked: database %q has no tables yet, run fenghuo migrate\n", c.ClickHouse.Database)
		return nil
	}
	var faults []error
	for i := range c.Rules {
		if err := rules.Check(ctx, s.Conn(), &c.Rules[i]); err != nil {
			faults = append(faults, fmt.Errorf("rule %s: %w", c.Rules[i].Name, err))
		}
	}
	return errors.Join(faults...)
}
