package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"fenghuo/pipeline/model/evaluate"
)

func newEvaluateCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "evaluate",
		Short:   "Measure the text models and the detectors on labelled data",
		Example: "  fenghuo evaluate text --data ../shared/data --out benchmarks/results",
	}
	cmd.AddCommand(newEvaluateTextCommand(a), newEvaluateDetectorsCommand(a))
	return cmd
}

func newEvaluateTextCommand(a *app) *cobra.Command {
	var data, out string
	cmd := &cobra.Command{
		Use:   "text",
		Short: "Accuracy, F1, confusion and calibration of sentiment and complaints",
		Long: `Measure sentiment and complaint types on every labelled set in --data, side by
side with the lexicon-only baseline, and write text.md and text.json to --out.
Where the built-in model was fitted on a set, a model is fitted again without
the part that is measured.`,
		Example: `  fenghuo evaluate text --data ../shared/data
  fenghuo evaluate text --data ../shared/data --out /tmp --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			endAtSignals()
			if err := writable(out); err != nil {
				return err
			}
			start := time.Now()
			report, err := evaluate.Text(data, func(what string) {
				fmt.Fprintf(cmd.ErrOrStderr(), "%6.1fs  %s\n", time.Since(start).Seconds(), what)
			})
			if err != nil {
				return err
			}
			if err := saveReport(report, out); err != nil {
				return err
			}
			if a.json {
				return report.JSON(cmd.OutOrStdout())
			}
			return report.Markdown(cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&data, "data", "../shared/data", "folder of the labelled sets")
	cmd.Flags().StringVar(&out, "out", "benchmarks/results", "folder to write text.md and text.json to")
	return cmd
}

// writable makes a folder and tries to write to it, before minutes of work are
// done for it.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".fenghuo-")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func saveReport(r *evaluate.Report, dir string) error {
	for name, write := range map[string]func(io.Writer) error{"text.md": r.Markdown, "text.json": r.JSON} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		err = write(f)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}
