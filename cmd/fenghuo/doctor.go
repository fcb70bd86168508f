package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"fenghuo/pipeline/doctor"
)

func newDoctorCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check the services, and the tables against each other",
		Long: `Doctor reaches Kafka and ClickHouse, and holds the account, the mentions and the
trends of every run against each other: every figure of every bucket is counted
again from the mentions, brand by brand within a month, so that memory stays small.
Months of the live run whose mentions are gone by the retention are left out. It only
reads. While posts are landing, a recount may differ for the moment. It exits with 1
when a check fails.`,
		Example: `  fenghuo doctor
  fenghuo doctor --json | jq 'select(.ok | not)'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			log, err := a.logger()
			if err != nil {
				return err
			}
			failed := 0
			for _, f := range doctor.Examine(cmd.Context(), c, log) {
				mark := "ok  "
				if !f.OK {
					failed++
					mark = "FAIL"
				}
				if a.json {
					err = json.NewEncoder(cmd.OutOrStdout()).Encode(f)
				} else {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s  %-11s %s\n", mark, f.Check, f.Detail)
				}
				if err != nil {
					return err
				}
			}
			if err := context.Cause(cmd.Context()); err != nil { // stopped
				return err
			}
			if failed > 0 {
				return fmt.Errorf("checks that failed: %d", failed)
			}
			return nil
		},
	}
}
