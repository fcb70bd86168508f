package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/look"
	"fenghuo/schemas"
)

// trendsFlags are the flags of `fenghuo trends`.
type trendsFlags struct {
	query    look.TrendQuery
	from, to string
	last     string
	rows     int
	list     bool
	params   []string
}

func newTrendsCommand(a *app) *cobra.Command {
	var f trendsFlags
	cmd := &cobra.Command{
		Use:   "trends [NAME]",
		Short: "Show mentions, complaints and negative share over time, or ask a named question",
		Long: `Show trends from ClickHouse: without --brand one line a brand, with it a plot and
one line a bucket. Without --from the time is the --last before the newest
bucket there is, so that history shows as well as today.

With NAME it asks one of the questions that --list shows: views in ClickHouse,
with parameters. docs/queries.md explains them all.`,
		Example: `  fenghuo trends
  fenghuo trends --brand acme --last 7d
  fenghuo trends --brand acme --sku acme-x1 --grain 1m --from 2025-11-07T00:00:00+08:00 --to 2025-11-07T06:00:00+08:00
  fenghuo trends --brand acme --grain 1d --last 90d --json
  fenghuo trends --list
  fenghuo trends brand_risk
  fenghuo trends propagation --param brand=acme --param sku=acme-x1 --param from=-3d`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.list:
				return a.listViews(cmd.OutOrStdout())
			case len(args) == 1:
				given, err := f.given(cmd.Flags())
				if err != nil {
					return err
				}
				return a.askView(cmd.Context(), args[0], given, cmd.OutOrStdout())
			case len(f.params) > 0:
				return errors.New("--param belongs to a named question: fenghuo trends --list shows them")
			}
			return f.run(cmd.Context(), a, cmd.OutOrStdout())
		},
	}
	p := cmd.Flags()
	p.StringVar(&f.query.Run, "run", "live", "run: live, or the name of a backfill")
	p.StringVar(&f.query.Brand, "brand", "", "brand: id, name or alias")
	p.StringVar(&f.query.SKU, "sku", "", "SKU id (default: the whole brand)")
	p.StringVar(&f.query.Grain, "grain", "1h", "length of a bucket: 1m, 1h or 1d")
	p.StringVar(&f.from, "from", "", "first moment, RFC 3339 or 2006-01-02")
	p.StringVar(&f.to, "to", "", "moment after the last, RFC 3339 or 2006-01-02 (default: after the newest bucket)")
	p.StringVar(&f.last, "last", "", "how far back without --from: 6h, 7d, 4w (default: 2h, 24h or 30d, by the grain)")
	p.IntVar(&f.rows, "rows", 24, "lines of the table, the newest; 0 for all")
	p.BoolVar(&f.list, "list", false, "list the named questions")
	p.StringArrayVar(&f.params, "param", nil, "NAME=VALUE of a named question; repeatable")
	return cmd
}

func (f *trendsFlags) run(ctx context.Context, a *app, out io.Writer) error {
	if look.Grains[f.query.Grain] == 0 {
		return fmt.Errorf("--grain %q: use 1m, 1h or 1d", f.query.Grain)
	}
	if f.query.SKU != "" && f.query.Brand == "" {
		return fmt.Errorf("--sku needs --brand")
	}
	if f.last == "" {
		f.last = usualSpans[f.query.Grain]
	}
	if _, err := config.ParseDuration(f.last); err != nil {
		return fmt.Errorf("--last: %w", err)
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
	if err := backfill.Exists(ctx, db, f.query.Run); err != nil {
		return err
	}
	asked := unknownBrand(c, f.query.Brand)
	f.query.Brand = brandID(c, f.query.Brand)
	newest, err := look.NewestBucket(ctx, db.Conn(), f.query)
	if err != nil {
		return db.Explain(err)
	}
	if newest.IsZero() {
		f.none(a, asked)
		return nil
	}
	if err := f.period(c, newest); err != nil {
		return err
	}
	read := look.TrendsByBrand
	if f.query.Brand != "" {
		read = look.Trend
	}
	rows, err := read(ctx, db.Conn(), f.query)
	if err != nil {
		return db.Explain(err)
	}
	if len(rows) == 0 {
		f.none(a, asked)
		return nil
	}
	return f.print(a, c, rows, out)
}

// usualSpans are how far back each grain is looked at unless it is said.
var usualSpans = map[string]string{"1m": "2h", "1h": "24h", "1d": "30d"}

// none says that there is nothing to show; why is a reason, or empty.
func (f *trendsFlags) none(a *app, why string) {
	if a.json {
		return
	}
	of := ""
	if f.query.Brand != "" {
		of = fmt.Sprintf(" of brand %q", f.query.Brand)
	}
	if f.query.SKU != "" {
		of += fmt.Sprintf(", SKU %q", f.query.SKU)
	}
	fmt.Fprintf(os.Stderr, "no trends in run %q%s%s\n", f.query.Run, of, why)
}

// period fills in what --from, --to and --last mean, whole buckets.
func (f *trendsFlags) period(c *config.Config, newest time.Time) error {
	step := look.Grains[f.query.Grain]
	f.query.To = newest.Add(step)
	var err error
	if f.to != "" {
		if f.query.To, err = moment(f.to, c.Location()); err != nil {
			return fmt.Errorf("--to %w", err)
		}
	}
	if f.from != "" {
		f.query.From, err = moment(f.from, c.Location())
		if err != nil {
			return fmt.Errorf("--from %w", err)
		}
	} else {
		last, err := config.ParseDuration(f.last)
		if err != nil {
			return fmt.Errorf("--last: %w", err)
		}
		f.query.From = f.query.To.Add(-max(last.Std(), step))
	}
	if !f.query.From.Before(f.query.To) {
		return fmt.Errorf("--from %s is not before --to %s", f.query.From.Format(time.RFC3339), f.query.To.Format(time.RFC3339))
	}
	return nil
}

// moment reads a time, or a day as it begins in loc.
func moment(s string, loc *time.Location) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, s, loc); err == nil {
		return day.UTC(), nil
	}
	if at, ok := schemas.ParseTime(s); ok {
		return at, nil
	}
	return time.Time{}, fmt.Errorf("%q is not a time: write 2025-11-07, or 2025-11-07T08:00:00+08:00", s)
}

func (f *trendsFlags) print(a *app, c *config.Config, rows []look.TrendRow, out io.Writer) error {
	if a.json {
		e := json.NewEncoder(out)
		for _, r := range rows {
			if err := e.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	v := look.View{Width: columns(out), Color: look.IsTerminal(out), Location: c.Location()}
	byBrand := f.query.Brand == ""
	if !byBrand {
		v.Plot(out, f.query, rows)
		if n := f.rows; n > 0 && len(rows) > n {
			fmt.Fprintf(out, "the newest %d of %d buckets; --rows 0 shows all\n", n, len(rows))
			rows = rows[len(rows)-n:]
		}
	}
	v.Table(out, rows, byBrand)
	return nil
}
