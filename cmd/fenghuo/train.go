package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"fenghuo/pipeline/complaint"
	"fenghuo/pipeline/sentiment"
)

func newTrainCommand() *cobra.Command {
	var data, out string
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Fit the text models on the labelled sets",
		Long: `Fit the sentiment and complaint models on the labelled sets in --data and write
their files to --out. Equal data give equal files, bit for bit. The program
embeds the files of pipeline/model/fitted: build it again to use new ones.`,
		Example: `  fenghuo train --data ../shared/data
  fenghuo train --data ../shared/data --out /tmp/models`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			endAtSignals()
			return train(data, out, cmd.ErrOrStderr(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&data, "data", "../shared/data", "folder of the labelled sets")
	cmd.Flags().StringVar(&out, "out", "pipeline/model/fitted", "folder to write the model files to")
	return cmd
}

func train(data, out string, log, result io.Writer) error {
	if err := writable(out); err != nil {
		return err
	}
	start := time.Now()
	progress := func(what string) {
		fmt.Fprintf(log, "%6.1fs  %s\n", time.Since(start).Seconds(), what)
	}
	feelings, err := sentiment.Fit(data, progress)
	if err != nil {
		return err
	}
	complaints, err := complaint.Fit(data, progress)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name  string
		model io.WriterTo
	}{{"sentiment.model", feelings}, {"complaint.model", complaints}} {
		path := filepath.Join(out, f.name)
		n, err := writeFile(path, f.model)
		if err != nil {
			return fmt.Errorf("write model: %w", err)
		}
		fmt.Fprintf(result, "%s\t%d bytes\n", path, n)
	}
	return nil
}

// writeFile replaces the file at path in one step, so that no reader sees half
// of it.
func writeFile(path string, from io.WriterTo) (int64, error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // gone after the rename
	n, err := from.WriteTo(tmp)
	if err == nil {
		err = tmp.Chmod(0o644)
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	return n, err
}
