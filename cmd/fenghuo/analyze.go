package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/analyzer/jsonl"
	"fenghuo/pipeline/ingest"
)

func newAnalyzeCommand(a *app) *cobra.Command {
	var o jsonl.Options
	cmd := &cobra.Command{
		Use:   "analyze [FILE ...]",
		Short: "Analyse posts line by line: tokens, sentiment, complaints, brands, keywords",
		Long: `Read JSON lines (field text, and any other field of a post) and write each with
its analysis: tokens, sentiment (-1..1, the two-class decision is its sign),
polarity, complaint, complaints ({type: score}), brands ([{brand, sku, sentiment,
polarity}]), keywords, spam. A bad line gets an error field instead. Files and
stdin may be gzip or zstd, or Parquet, whose rows are read as such lines. Brands
come from the config; text alone needs none.`,
		Example: `  echo '{"text":"客服态度太差了，等了三天没人理"}' | fenghuo analyze
  fenghuo analyze reviews.jsonl.gz > analysed.jsonl
  fenghuo analyze reviews.parquet | head
  fenghuo analyze --config fenghuo.yaml --explain posts.jsonl`,
		RunE: func(cmd *cobra.Command, files []string) error {
			endAtSignals()
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			az, err := analyzer.New(analyzer.Options{Brands: c.Brands, SKUs: c.SKUs, Complaints: c.Complaints})
			if err != nil {
				return err
			}
			return analyzeFiles(cmd, az, o, files)
		},
	}
	cmd.Flags().BoolVar(&o.Explain, "explain", false, "add which words moved the score and each complaint type, and every type's score")
	return cmd
}

// analyzeFiles runs over the files in their order, or over stdin.
func analyzeFiles(cmd *cobra.Command, az *analyzer.Analyzer, o jsonl.Options, files []string) error {
	out := cmd.OutOrStdout() // batches come whole, so no buffer holds them back
	if len(files) == 0 {
		files = []string{"-"}
	}
	var total jsonl.Count
	for _, f := range files {
		n, err := analyzeFile(cmd.Context(), az, o, f, cmd.InOrStdin(), out)
		total.Lines += n.Lines
		total.Bad += n.Bad
		if err != nil {
			return err
		}
	}
	if total.Bad > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d lines were bad; see their error field\n", total.Bad, total.Lines)
	}
	return nil
}

func analyzeFile(ctx context.Context, az *analyzer.Analyzer, o jsonl.Options, file string, stdin io.Reader, out io.Writer) (jsonl.Count, error) {
	in, err := ingest.Lines(file, stdin)
	if err != nil {
		return jsonl.Count{}, err
	}
	defer in.Close() //nolint:errcheck // read only
	n, err := jsonl.Run(ctx, az, in, out, o)
	if err != nil {
		err = fmt.Errorf("%s: after %d lines: %w", nameOf(file), n.Lines, err)
	}
	return n, err
}

func nameOf(file string) string {
	if file == "-" {
		return "stdin"
	}
	return file
}
