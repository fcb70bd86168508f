package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"fenghuo/benchmarks"
	"fenghuo/benchmarks/suites"
	"fenghuo/pipeline/look"
)

// detectorSuites are the parts of `fenghuo evaluate detectors`.
var detectorSuites = []string{"nab", "streams", "portfolio", "simulated"}

// detectorsFlags are the flags of `fenghuo evaluate detectors`.
type detectorsFlags struct {
	data, out string
	quick     bool
	suites    []string
}

func newEvaluateDetectorsCommand(a *app) *cobra.Command {
	var f detectorsFlags
	cmd := &cobra.Command{
		Use:   "detectors",
		Short: "False alarms, sensitivity and delay on real and simulated series",
		Long: `Measure the detectors:

  nab        the NAB realTweets series beside the published detectors
  streams    hot searches and airline tweets through the whole pipeline, against
             labelled events
  portfolio  20,000 SKUs of 200 brands at once
  simulated  quiet weeks and crises on a grid of base rate, over-dispersion,
             rhythm, promotions and outages: promised against observed false
             alarms, sensitivity, delay; and EARS, Farrington, CUSUM and mean +
             k sd at equal false alarms

Writes detectors.md, detectors.json and plots to --out. The full size takes
about half an hour on two cores; stopped with Ctrl-C, it writes what is done.`,
		Example: `  fenghuo evaluate detectors --quick --out /tmp/results
  fenghuo evaluate detectors --suite nab,streams --data ../shared/data --out /tmp/results
  fenghuo evaluate detectors`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, a.json) },
	}
	p := cmd.Flags()
	p.StringVar(&f.data, "data", "../shared/data", "folder of the labelled sets")
	p.StringVar(&f.out, "out", "benchmarks/results", "folder to write detectors.md, detectors.json and plots to")
	p.BoolVar(&f.quick, "quick", false, "a tenth of the simulated weeks on a twelfth of the grid: a look, not a result")
	p.StringSliceVar(&f.suites, "suite", detectorSuites, "what to measure")
	return cmd
}

func (f *detectorsFlags) run(cmd *cobra.Command, asJSON bool) error {
	for _, s := range f.suites {
		if !slices.Contains(detectorSuites, s) {
			return fmt.Errorf("--suite %q: choose from %s", s, strings.Join(detectorSuites, ", "))
		}
	}
	m := f.measurement(cmd)
	for _, s := range detectorSuites {
		if !slices.Contains(f.suites, s) {
			continue
		}
		if cmd.Context().Err() != nil {
			m.missing = append(m.missing, s)
			continue
		}
		switch err := m.measure(cmd.Context(), s); {
		case err != nil && cmd.Context().Err() != nil:
			m.missing = append(m.missing, s)
		case err != nil:
			return err
		}
	}
	r := m.report
	r.Took = time.Since(m.began).Round(time.Second).String()
	r.Missing = strings.Join(m.missing, ", ")
	if err := r.Save(f.out); err != nil {
		return err
	}
	if asJSON {
		b, err := r.JSON()
		if err != nil {
			return err
		}
		_, err = cmd.OutOrStdout().Write(b)
		return err
	}
	return r.Markdown(cmd.OutOrStdout())
}

// measurement is an evaluation under way.
type measurement struct {
	*detectorsFlags
	cmd     *cobra.Command
	size    suites.Size
	report  suites.Report
	missing []string // what a stop left out
	began   time.Time
}

func (f *detectorsFlags) measurement(cmd *cobra.Command) *measurement {
	m := &measurement{detectorsFlags: f, cmd: cmd, size: suites.Full(), began: time.Now()}
	m.report = suites.Report{Command: "fenghuo evaluate detectors", Size: "full", Seed: suites.Seed}
	if f.quick {
		m.report.Command += " --quick"
		m.report.Size, m.size = "quick", suites.Quick()
	}
	if len(f.suites) < len(detectorSuites) {
		m.report.Command += " --suite " + strings.Join(f.suites, ",")
	}
	return m
}

func (m *measurement) progress(what, unit string, total int) *look.Progress {
	return look.NewProgress(m.cmd.ErrOrStderr(), what, unit, int64(total))
}

func (m *measurement) measure(ctx context.Context, suite string) (err error) {
	r := &m.report
	switch suite {
	case "nab":
		if r.NAB, err = suites.MeasureNAB(filepath.Join(m.data, "series")); err != nil {
			return m.noData(err)
		}
	case "streams":
		bar := m.progress("real streams", "posts", 0)
		defer bar.Done()
		if r.Streams, err = benchmarks.MeasureStreams(ctx, filepath.Join(m.data, "streams"), bar.Set); err != nil {
			return m.noData(err)
		}
	case "simulated":
		bar := m.progress("simulated series", "groups", len(m.size.Groups))
		defer bar.Done()
		r.Groups = suites.MeasureGroups(ctx, m.size, func(done int) { bar.Set(int64(done)) })
		if n := len(m.size.Groups) - len(r.Groups); n > 0 {
			m.missing = append(m.missing, fmt.Sprintf("%d of %d groups", n, len(m.size.Groups)))
		}
	case "portfolio":
		return m.portfolio(ctx)
	}
	return nil
}

// portfolio measures the SKUs at both budgets, side by side.
func (m *measurement) portfolio(ctx context.Context) error {
	budgets := suites.Budgets[:2]
	reports := make([]suites.PortfolioReport, len(budgets))
	bar := m.progress("portfolio", "%", 100)
	defer bar.Done()
	g, ctx := errgroup.WithContext(ctx)
	for i, b := range budgets {
		g.Go(func() (err error) {
			reports[i], err = suites.MeasurePortfolio(ctx, m.size.Portfolio, b, func(done float64) {
				if i == 0 {
					bar.Set(int64(100 * done))
				}
			})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	m.report.Portfolio = reports
	return nil
}

func (m *measurement) noData(err error) error {
	return fmt.Errorf("%w; name the folder of the data sets with --data, or measure what needs none: --suite simulated,portfolio", err)
}
