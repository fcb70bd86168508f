package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/look"
	"fenghuo/pipeline/report"
	"fenghuo/pipeline/store"
)

// reportFlags are the flags of `fenghuo report`.
type reportFlags struct {
	run, brand, from, to string
	alert                string
	responses, compare   []string
	out                  string
}

func newReportCommand(a *app) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Tell the story of a crisis on one page",
		Long: `Report reads what is stored about a brand in a span of time and writes one HTML
page that needs nothing else, or JSON: the first sign and its posts, when the
alert came and by how much it led the peak, the decay, complaint types, keywords
and channels in order of arrival, reach, near-duplicates, competitors, the mood
before, during and after, and what happened after the brand spoke.`,
		Example: `  fenghuo report --brand acme --from 2025-11-04 --to 2025-11-12 --out acme.html
  fenghuo report --alert 3f2a... --out acme.html     # brand, run and span of an alert or incident
  fenghuo report --run crisis2023 --brand 花西子 --from 2023-09-08 --to 2023-10-01 --response 2023-09-19T18:00:00+08:00 --out page.html
  fenghuo report --brand acme --from 2025-11-04 --to 2025-11-12 --compare umbra@2025-03-01..2025-03-10 --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.runCommand(cmd, a) },
	}
	p := cmd.Flags()
	p.StringVar(&f.run, "run", "live", "run: live, or the name of a backfill")
	p.StringVar(&f.brand, "brand", "", "brand: id, name or alias")
	p.StringVar(&f.from, "from", "", "first moment, RFC 3339 or 2006-01-02")
	p.StringVar(&f.to, "to", "", "moment after the last, RFC 3339 or 2006-01-02")
	p.StringVar(&f.alert, "alert", "", "id of an alert or incident, instead of --run, --brand, --from and --to")
	p.StringArrayVar(&f.responses, "response", nil, "when the brand spoke, RFC 3339; repeatable")
	p.StringArrayVar(&f.compare, "compare", nil, "another crisis of the run to set beside, BRAND@FROM..TO; repeatable")
	p.StringVar(&f.out, "out", "", "file for the page (default: standard output)")
	return cmd
}

func (f *reportFlags) runCommand(cmd *cobra.Command, a *app) error {
	for flag, what := range map[string]string{"run": "run", "brand": "brand", "from": "span", "to": "span"} {
		if f.alert != "" && cmd.Flags().Changed(flag) {
			return fmt.Errorf("--alert names the %s: leave --%s out", what, flag)
		}
	}
	if f.out == "" && !a.json && look.IsTerminal(cmd.OutOrStdout()) {
		return errors.New("name a file for the page: --out report.html (or use --json)")
	}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	s, err := a.openStore(cmd.Context(), c)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read from
	r, err := f.build(cmd.Context(), c, s)
	if err != nil {
		return err
	}
	return f.write(r, a.json, cmd.OutOrStdout())
}

// build reads the report and those to compare it with.
func (f *reportFlags) build(ctx context.Context, c *config.Config, s *store.Store) (*report.Report, error) {
	request, err := f.request(ctx, c, s)
	if err != nil {
		return nil, err
	}
	r, err := buildOne(ctx, c, s, request)
	if err != nil {
		return nil, err
	}
	for _, other := range f.compare {
		beside, err := parseCompare(other, c)
		if err != nil {
			return nil, err
		}
		beside.Run = request.Run
		b, err := buildOne(ctx, c, s, beside)
		if err != nil {
			return nil, fmt.Errorf("--compare %q: %w", other, err)
		}
		r.Compared = append(r.Compared, b)
	}
	return r, nil
}

func buildOne(ctx context.Context, c *config.Config, s *store.Store, request report.Request) (*report.Report, error) {
	r, err := report.Build(ctx, s.Conn(), c, request)
	if errors.As(err, new(report.RefusedError)) {
		return nil, err
	}
	return r, s.Explain(err)
}

func (f *reportFlags) request(ctx context.Context, c *config.Config, s *store.Store) (r report.Request, err error) {
	if f.alert != "" {
		r, err = report.ForAlert(ctx, s.Conn(), f.alert, c.Location())
		if err != nil && !errors.As(err, new(report.RefusedError)) {
			err = s.Explain(err)
		}
	} else {
		r, err = parseSpan(f.from, f.to, c.Location())
		r.Run, r.Brand = f.run, brandID(c, f.brand)
	}
	if err != nil {
		return r, err
	}
	for _, at := range f.responses {
		t, err := parseTime(at, c.Location())
		if err != nil {
			return r, fmt.Errorf("--response: %w", err)
		}
		r.Responses = append(r.Responses, t)
	}
	return r, nil
}

func parseSpan(from, to string, loc *time.Location) (r report.Request, err error) {
	if r.From, err = parseTime(from, loc); err != nil {
		return r, fmt.Errorf("--from: %w", err)
	}
	if r.To, err = parseTime(to, loc); err != nil {
		return r, fmt.Errorf("--to: %w", err)
	}
	return r, nil
}

// parseCompare reads BRAND@FROM..TO.
func parseCompare(s string, c *config.Config) (r report.Request, err error) {
	at := strings.LastIndex(s, "@")
	from, to, ok := strings.Cut(s[at+1:], "..")
	if at < 1 || !ok {
		return r, fmt.Errorf("--compare %q: write BRAND@FROM..TO, such as acme@2025-03-01..2025-03-10", s)
	}
	if r, err = parseSpan(from, to, c.Location()); err != nil {
		return r, fmt.Errorf("--compare %q: %w", s, err)
	}
	r.Brand = brandID(c, s[:at])
	return r, nil
}

// write puts the page where it belongs, whole or not at all, and the JSON on
// standard output.
func (f *reportFlags) write(r *report.Report, asJSON bool, out io.Writer) error {
	if f.out != "" {
		page, err := os.CreateTemp(filepath.Dir(f.out), ".report-*")
		if err != nil {
			var hidden *fs.PathError // names a file that the user does not know
			if errors.As(err, &hidden) {
				err = hidden.Err
			}
			return fmt.Errorf("--out %s: %w", f.out, err)
		}
		defer os.Remove(page.Name()) //nolint:errcheck // gone when all went well
		if err := errors.Join(report.WriteHTML(page, r), page.Chmod(0o644), page.Close()); err != nil {
			return err
		}
		if err := os.Rename(page.Name(), f.out); err != nil {
			return err
		}
	}
	switch {
	case asJSON:
		e := json.NewEncoder(out)
		return e.Encode(r)
	case f.out == "":
		return report.WriteHTML(out, r)
	}
	_, err := fmt.Fprintf(out, "%s: %s, %d mentions\n", f.out, r.BrandName, r.Totals.Mentions)
	return err
}
