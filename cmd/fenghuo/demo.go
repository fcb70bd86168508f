package main

import (
	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"fenghuo/pipeline/demo"
	"fenghuo/pipeline/look"
	"fenghuo/pipeline/simulate"
)

func newDemoCommand(a *app) *cobra.Command {
	var o demo.Options
	var seed uint64
	var days int
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch a crisis being caught: a simulated fortnight through the real pipeline",
		Long: `Demo starts the embedded Kafka and ClickHouse on free ports, simulates a
fortnight of posts about a dozen invented brands with one hidden crisis, sends
them through the pipeline, prints every alert as it fires, and ends with a
summary that is read back from ClickHouse and the alert topic. The first time,
it fetches the ClickHouse engine through npm.`,
		Example: `  fenghuo demo
  fenghuo demo --keep                # leave everything running to look around
  fenghuo demo --seed 42 --days 21   # another story`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log := zap.NewNop() // the demo tells what matters itself
			if cmd.Flags().Changed("log-level") {
				var err error
				if log, err = a.logger(); err != nil {
					return err
				}
			}
			o.Stream = simulate.Options{Seed: seed, Days: days}
			o.Out, o.Err, o.Log = cmd.OutOrStdout(), cmd.ErrOrStderr(), log
			o.Width, o.Color = columns(o.Out), look.IsTerminal(o.Out)
			return demo.Run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.Keep, "keep", false, "keep the services running after the summary, until Ctrl-C")
	f.StringVar(&o.DataDir, "data", "", "keep the data in this directory (default: a temporary one)")
	f.Uint64Var(&seed, "seed", 7, "seed of the simulated stream")
	f.IntVar(&days, "days", 14, "days to simulate")
	return cmd
}
