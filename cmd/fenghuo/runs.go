package main

import (
	"context"
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
		Long: `List the backfills with what they cover, in the config's timezone. A run is
running, done, stopped or failed; the command that made it goes on with one that
was stopped, failed, or was killed and so still says running.`,
		Example: `  fenghuo runs
  fenghuo runs compare may may-strict    # alerts gained, lost, earlier, later
  fenghuo runs drop may-strict`,
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
			Long: `Compare pairs the incidents of two runs, such as one history under two configs,
that concern the same brand and SKU within two days of each other, the nearest
first, and says which B has gained or lost, and which fire earlier or later there,
by how many hours. Those of a trend rule or of a business series are held against
those of the same. Times are in the config's timezone. With --json, one line a pair.`,
			Example: `  fenghuo backfill --run may-strict --config strict.yaml --from-run may
  fenghuo runs compare may may-strict
  fenghuo runs compare may live --json`,
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
	c, err := a.loadConfig()
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
		second := func(at time.Time) string { return secondOrBlank(at, c.Location()) }
		t.AppendRow(table.Row{r.Name, r.State, r.Posts, second(r.FirstAt), second(r.LastAt), r.Source, second(r.StartedAt)})
	}
	t.Render()
	return nil
}

// secondOrBlank is empty for a run that has no posts yet.
func secondOrBlank(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.DateTime)
}

func (a *app) dropRun(cmd *cobra.Command, s *store.Store, name string) error {
	if err := backfill.Drop(cmd.Context(), s, name); err != nil {
		return err
	}
	if a.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]string{"run": name, "state": "gone"})
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "run %s is gone\n", name)
	return err
}

func (a *app) compareRuns(cmd *cobra.Command, s *store.Store, left, right string) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	zone := c.Location()
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
	if err := printDifferentSpans(cmd.Context(), cmd.ErrOrStderr(), s, zone, left, right); err != nil {
		return err
	}
	sum := backfill.Summarize(changes)
	fmt.Fprintf(out, "%s against %s: %d gained, %d lost, %d earlier, %d later, %d at the same time", right, left,
		sum.Counts[backfill.Gained], sum.Counts[backfill.Lost], sum.Counts[backfill.Earlier], sum.Counts[backfill.Later], sum.Counts[backfill.Same])
	if moved := sum.Counts[backfill.Earlier] + sum.Counts[backfill.Later]; moved > 0 {
		fmt.Fprintf(out, " (median shift %+.1f h)", sum.MedianHours)
	}
	fmt.Fprintf(out, "; level higher in %d, lower in %d\n", sum.Higher, sum.Lower)
	if len(changes) == 0 {
		return nil
	}
	when := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format("2006-01-02 15:04")
	}
	t := newTable(out, "change", "hours", "brand", "sku", "type", "fired in "+left, "fired in "+right, "level "+left, "level "+right)
	for _, c := range changes {
		kind := c.CrisisType
		switch {
		case c.Rule != "":
			kind = "rule:" + c.Rule
		case c.Series != "":
			kind = "series:" + c.Series
		}
		shift := ""
		if c.Hours != 0 {
			shift = fmt.Sprintf("%+.1f", c.Hours)
		}
		t.AppendRow(table.Row{c.Change, shift, c.Brand, c.SKU, kind, when(c.LeftAt), when(c.RightAt), c.LeftLevel, c.RightLevel})
	}
	t.Render()
	return nil
}

// printDifferentSpans warns of runs that do not cover the same days: what one
// has lost then may be what it never saw.
func printDifferentSpans(ctx context.Context, warn io.Writer, s *store.Store, zone *time.Location, left, right string) error {
	var spans [2]store.Run
	for i, name := range []string{left, right} {
		run, found, err := s.FindRun(ctx, name)
		if err != nil || !found { // live has no span
			return err
		}
		if run.State == store.RunRunning {
			fmt.Fprintf(warn, "%s is not finished: what it has not reached counts as gained or lost\n", name)
		}
		spans[i] = run
	}
	const day = 24 * time.Hour
	if spans[0].FirstAt.IsZero() || spans[1].FirstAt.IsZero() { // nothing has landed yet
		return nil
	}
	if spans[0].FirstAt.Sub(spans[1].FirstAt).Abs() > day || spans[0].LastAt.Sub(spans[1].LastAt).Abs() > day {
		date := func(t time.Time) string { return t.In(zone).Format(time.DateOnly) }
		fmt.Fprintf(warn, "%s covers %s to %s, %s covers %s to %s: incidents outside of one's days count as gained or lost\n",
			left, date(spans[0].FirstAt), date(spans[0].LastAt), right, date(spans[1].FirstAt), date(spans[1].LastAt))
	}
	return nil
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
