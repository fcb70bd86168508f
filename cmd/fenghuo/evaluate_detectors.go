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
	resume    bool
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

Writes detectors.md, detectors.json and plots to --out; a suite that is not
measured stays there as it was. The full size takes about half an hour on two
cores; stopped with Ctrl-C, it writes what is done, and with --resume the
simulated groups go on from there, unless the detector has changed since.`,
		Example: `  fenghuo evaluate detectors --quick --out /tmp/results
  fenghuo evaluate detectors --suite nab,streams --data ../shared/data --out /tmp/results
  fenghuo evaluate detectors --suite simulated --resume
  fenghuo evaluate detectors`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, a.json) },
	}
	p := cmd.Flags()
	p.StringVar(&f.data, "data", "../shared/data", "folder of the labelled sets")
	p.StringVar(&f.out, "out", "benchmarks/results", "folder to write detectors.md, detectors.json and plots to")
	p.BoolVar(&f.quick, "quick", false, "a tenth of the simulated weeks on a twelfth of the grid: a look, not a result")
	p.BoolVar(&f.resume, "resume", false, "keep the simulated groups that --out has, and measure the others")
	p.StringSliceVar(&f.suites, "suite", detectorSuites, "what to measure")
	return cmd
}

func (f *detectorsFlags) run(cmd *cobra.Command, asJSON bool) error {
	for _, s := range f.suites {
		if !slices.Contains(detectorSuites, s) {
			return fmt.Errorf("--suite %q: choose from %s", s, strings.Join(detectorSuites, ", "))
		}
	}
	if err := writable(f.out); err != nil {
		return err
	}
	m, err := f.measurement(cmd)
	if err != nil {
		return err
	}
	for _, s := range detectorSuites {
		if slices.Contains(f.suites, s) {
			if err := m.run(cmd.Context(), s); err != nil {
				return err
			}
		}
	}
	r := m.report
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
	command string
	report  *suites.Report
}

func (f *detectorsFlags) measurement(cmd *cobra.Command) (*measurement, error) {
	m := &measurement{detectorsFlags: f, cmd: cmd, size: suites.Full(), command: "fenghuo evaluate detectors"}
	name := "full"
	if f.quick {
		name, m.size = "quick", suites.Quick()
		m.command += " --quick"
	}
	if len(f.suites) < len(detectorSuites) {
		m.command += " --suite " + strings.Join(f.suites, ",")
	}
	if f.resume {
		m.command += " --resume"
	}
	var err error
	m.report, err = suites.Load(f.out, name)
	return m, err
}

// run measures a suite and notes how; a stop before its end leaves it as it was.
func (m *measurement) run(ctx context.Context, suite string) error {
	began := time.Now()
	run := suites.Run{Command: m.command, On: began.Format(time.DateOnly), Detector: suites.Fingerprint()}
	err := ctx.Err()
	if err == nil {
		run.Missing, err = m.measure(ctx, suite)
	}
	if err != nil && ctx.Err() != nil {
		if _, before := m.report.Runs[suite]; before {
			return nil
		}
		run.Missing, err = "all of it", nil
	}
	run.Took = time.Since(began).Round(time.Second).String()
	m.report.Runs[suite] = run
	return err
}

func (m *measurement) progress(what, unit string, total int) *look.Progress {
	return look.NewProgress(m.cmd.ErrOrStderr(), what, unit, int64(total))
}

// measure measures a suite and tells what a stop left out.
func (m *measurement) measure(ctx context.Context, suite string) (missing string, err error) {
	r := m.report
	switch suite {
	case "nab":
		if r.NAB, err = suites.MeasureNAB(filepath.Join(m.data, "series")); err != nil {
			return "", m.noData(err)
		}
	case "streams":
		bar := m.progress("real streams", "posts", 0)
		defer bar.Done()
		if r.Streams, err = benchmarks.MeasureStreams(ctx, filepath.Join(m.data, "streams"), bar.Set); err != nil {
			return "", m.noData(err)
		}
	case "portfolio":
		return "", m.portfolio(ctx)
	case "simulated":
		bar := m.progress("simulated series", "groups", len(m.size.Groups))
		defer bar.Done()
		var known []suites.GroupReport
		if m.resume {
			if known, err = r.Known(); err != nil {
				return "", err
			}
		}
		r.Groups = suites.MeasureGroups(ctx, m.size, known, func(done int) { bar.Set(int64(done)) })
		if n := len(m.size.Groups) - len(r.Groups); n > 0 {
			return fmt.Sprintf("%d of %d groups", n, len(m.size.Groups)), nil
		}
	}
	return "", nil
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
