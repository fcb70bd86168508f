package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fenghuo/benchmarks/suites"
)

func newEvaluateDetectorsCommand(a *app) *cobra.Command {
	var data, out string
	var quick bool
	var suite []string
	cmd := &cobra.Command{
		Use:   "detectors",
		Short: "False alarms, sensitivity and delay on NAB and simulated series",
		Long: `Measure the surge detector: the NAB realTweets series beside the published
detectors, simulated quiet weeks and crises (promised against observed false
alarms, sensitivity, delay), and EARS, Farrington, CUSUM and mean + k sd at
equal false alarms. Writes detectors.md, detectors.json and plots to --out.`,
		Example: `  fenghuo evaluate detectors --quick --out /tmp/results
  fenghuo evaluate detectors --suite nab --data ../shared/data
  fenghuo evaluate detectors`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			start := time.Now()
			progress := func(what string) {
				fmt.Fprintf(cmd.ErrOrStderr(), "%6.1fs  %s\n", time.Since(start).Seconds(), what)
			}
			r := &suites.Report{Command: "fenghuo evaluate detectors", Size: "full", Seed: suites.Seed}
			size := suites.Full
			if quick {
				r.Command += " --quick"
				r.Size, size = "quick", suites.Quick
			}
			for _, s := range suite {
				switch s {
				case "nab":
					progress("NAB realTweets")
					nab, err := suites.MeasureNAB(filepath.Join(data, "series"))
					if err != nil {
						return fmt.Errorf("%w; name the folder of the data sets with --data, or leave NAB out with --suite simulated,peers", err)
					}
					r.NAB = nab
				case "simulated":
					r.Groups = suites.MeasureGroups(size, progress)
				case "peers":
					r.Peers = suites.MeasurePeers(size, progress)
				default:
					return fmt.Errorf("--suite %q: choose from nab, simulated, peers", s)
				}
			}
			if len(suite) < 3 {
				r.Command += " --suite " + strings.Join(suite, ",")
			}
			if err := r.Save(out); err != nil {
				return err
			}
			if a.json {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(r)
			}
			return r.Markdown(cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&data, "data", "../shared/data", "folder of the labelled sets")
	f.StringVar(&out, "out", "benchmarks/results", "folder to write detectors.md, detectors.json and plots to")
	f.BoolVar(&quick, "quick", false, "a twelfth of the simulated weeks: a look, not a result")
	f.StringSliceVar(&suite, "suite", []string{"nab", "simulated", "peers"}, "what to measure")
	return cmd
}
