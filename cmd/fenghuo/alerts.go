package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/look"
	"fenghuo/schemas"
)

// alertsFlags are the flags of `fenghuo alerts`.
type alertsFlags struct {
	query  look.AlertQuery
	level  string
	follow bool
}

func newAlertsCommand(a *app) *cobra.Command {
	var f alertsFlags
	cmd := &cobra.Command{
		Use:   "alerts",
		Short: "Show alerts with their evidence",
		Long: `Show the transitions of alerts, oldest first: each firing, escalation,
de-escalation and resolution with what it rests on. They are read from
ClickHouse. With --json each transition is one line, as on the alert topics.`,
		Example: `  fenghuo alerts --follow
  fenghuo alerts --brand acme --level orange
  fenghuo alerts --run replay-2022 --json | jq -r .evidence.note`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.query.Limit < 0 {
				return fmt.Errorf("--limit %d: 0 for all, or how many", f.query.Limit)
			}
			if a.json && !cmd.Flags().Changed("limit") {
				f.query.Limit = 0 // a script wants all
			}
			return f.run(cmd.Context(), a, cmd.OutOrStdout())
		},
	}
	p := cmd.Flags()
	p.BoolVarP(&f.follow, "follow", "f", false, "go on showing alerts as they come")
	p.StringVar(&f.query.Run, "run", "live", "run: live, or the name of a backfill")
	p.StringVar(&f.query.Brand, "brand", "", "brand: id, name or alias")
	p.StringVar(&f.level, "level", "blue", "this level or worse: blue, yellow, orange or red")
	p.IntVar(&f.query.Limit, "limit", 50, "the newest so many; 0 for all, which is the default with --json")
	return cmd
}

func (f *alertsFlags) run(ctx context.Context, a *app, out io.Writer) error {
	f.query.Level = schemas.Level(f.level)
	if !slices.Contains(look.Levels, f.query.Level) {
		return fmt.Errorf("--level %q: use blue, yellow, orange or red", f.level)
	}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	db, err := a.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // only read from
	if !f.follow {   // a run to follow may yet begin
		if err := backfill.Exists(ctx, db, f.query.Run); err != nil {
			return err
		}
	}
	unknown := unknownBrand(c, f.query.Brand)
	f.query.Brand = brandID(c, f.query.Brand)
	show := a.alertPrinter(out, c.Location())

	shown := f.query
	if f.follow {
		shown.Limit = 0 // all are known, the newest are shown
	}
	list, err := look.Alerts(ctx, db.Conn(), shown)
	if err != nil {
		return db.Explain(err)
	}
	newest := list
	if n := f.query.Limit; n > 0 && len(list) > n {
		newest = list[len(list)-n:]
	}
	for _, alert := range newest {
		if err := show(alert); err != nil {
			return err
		}
	}
	if f.follow {
		return db.Explain(look.FollowAlerts(ctx, db.Conn(), f.query, list, time.Second, show))
	}
	if len(list) == 0 && !a.json {
		fmt.Fprintf(os.Stderr, "no alerts in run %q%s\n", f.query.Run, unknown)
	}
	return nil
}

// alertPrinter prints blocks for people, in the configured zone, or JSON.
func (a *app) alertPrinter(out io.Writer, loc *time.Location) func(schemas.Alert) error {
	if a.json {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		return func(alert schemas.Alert) error { return e.Encode(alert) }
	}
	width, color := columns(out), look.IsTerminal(out)
	return func(alert schemas.Alert) error {
		look.RenderAlert(out, look.In(alert, loc), width, color)
		return nil
	}
}

// columns is the width to print for.
func columns(out io.Writer) int {
	if width := terminalWidth(out); width > 0 {
		return min(width, 120)
	}
	return 100
}

// terminalWidth is 0 where out is no terminal.
func terminalWidth(out io.Writer) int {
	if f, ok := out.(interface{ Fd() uintptr }); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return width
		}
	}
	return 0
}

// unknownBrand says which names the config does not know; empty if it knows all.
func unknownBrand(c *config.Config, names ...string) (list string) {
	for _, name := range names {
		name = strings.TrimSpace(name)
		id := brandID(c, name)
		if name != "" && !slices.ContainsFunc(c.Brands, func(b config.Brand) bool { return b.ID == id }) {
			list += fmt.Sprintf("; the config has no brand %q", name)
		}
	}
	return list
}

// brandID finds the id of a brand by id, name or alias, in any case where none
// is written so. A brand that the config does not know may still be in the tables.
func brandID(c *config.Config, name string) string {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, b := range c.Brands {
			if same(b.ID, name) || same(b.Name, name) || slices.ContainsFunc(b.Aliases, func(alias string) bool { return same(alias, name) }) {
				return b.ID
			}
		}
	}
	return name
}
