package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/store"
)

func newRunsCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List, compare and drop backfills",
		Example: `  fenghuo runs
  fenghuo runs compare may may-strict    # alerts gained, lost, earlier, later
  fenghuo runs drop may-strict`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd, func(s *store.Store) error { return a.listRuns(cmd, s) })
		},
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "drop NAME", Short: "Remove a run and all of its rows", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return a.withStore(cmd, func(s *store.Store) error { return a.dropRun(cmd, s, args[0]) })
			},
		},
		&cobra.Command{
			Use: "compare A B", Short: "Hold the incidents of two runs over the same history against each other", Args: cobra.ExactArgs(2),
			RunE: func(cmd *cobra.Command, args []string) error {
				return a.withStore(cmd, func(s *store.Store) error { return a.compareRuns(cmd, s, args[0], args[1]) })
			},
		})
	return cmd
}

// withStore opens the ClickHouse of the config for one piece of work.
func (a *app) withStore(cmd *cobra.Command, work func(*store.Store) error) (err error) {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	s, err := a.openStore(cmd.Context(), c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return work(s)
}

func (a *app) listRuns(cmd *cobra.Command, s *store.Store) error {
	runs, err := s.Runs(cmd.Context())
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if a.json {
		for _, r := range runs {
			if err := json.NewEncoder(out).Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	t := newTable(out, "run", "state", "posts", "from", "to", "source", "started")
	for _, r := range runs {
		t.AppendRow(table.Row{r.Name, r.State, r.Posts, r.FirstAt.Format(time.DateTime), r.LastAt.Format(time.DateTime), r.Source, r.StartedAt.Format(time.DateTime)})
	}
	t.Render()
	return nil
}

func (a *app) dropRun(cmd *cobra.Command, s *store.Store, name string) error {
	run, found, err := s.FindRun(cmd.Context(), name)
	if err != nil {
		return err
	}
	if !found || run.State == store.RunDropped {
		return fmt.Errorf("no run %q: fenghuo runs lists them", name)
	}
	if err := s.DropRows(cmd.Context(), name); err != nil {
		return err
	}
	run.State = store.RunDropped
	if err := s.SaveRun(cmd.Context(), run); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "run %s is gone\n", name)
	return err
}

func (a *app) compareRuns(cmd *cobra.Command, s *store.Store, left, right string) error {
	changes, err := backfill.Compare(cmd.Context(), s, left, right)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if a.json {
		for _, c := range changes {
			if err := json.NewEncoder(out).Encode(c); err != nil {
				return err
			}
		}
		return nil
	}
	counts := map[backfill.Change]int{}
	t := newTable(out, "change", "brand", "sku", "type", "fired in "+left, "fired in "+right, "level "+left, "level "+right)
	for _, c := range changes {
		counts[c.Change]++
		t.AppendRow(table.Row{c.Change, c.Brand, c.SKU, c.CrisisType, when(c.LeftAt), when(c.RightAt), c.LeftLevel, c.RightLevel})
	}
	t.Render()
	_, err = fmt.Fprintf(out, "%s against %s: %d gained, %d lost, %d earlier, %d later, %d at the same time\n", right, left,
		counts[backfill.Gained], counts[backfill.Lost], counts[backfill.Earlier], counts[backfill.Later], counts[backfill.Same])
	return err
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// newTable is how commands print tables.
func newTable(out io.Writer, columns ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.Style().Options.DrawBorder = false
	t.Style().Options.SeparateColumns = false
	t.AppendHeader(table.Row(columns))
	return t
}
