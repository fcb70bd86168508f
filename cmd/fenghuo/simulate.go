package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fenghuo/pipeline/simulate"
	"fenghuo/schemas"
)

// simulateFlags are the flags of `fenghuo simulate`.
type simulateFlags struct {
	options           simulate.Options
	start             string
	crisisType        string
	out, truth, write string
}

func newSimulateCommand(a *app) *cobra.Command {
	f := simulateFlags{}
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Make a stream of posts with a hidden crisis, and the truth about it",
		Long: `Make a stream of posts about a portfolio of invented brands: daily and weekly
rhythm, a promotion, a launch, chatter, a few bad records, and one crisis that
starts in the reviews of one SKU and spreads to social channels and news. The
same seed gives the same stream, byte for byte. Posts go to stdout, one JSON
object a line, unless --out names a file (.gz is compressed).`,
		Example: `  fenghuo simulate --days 14 --seed 7 --out posts.jsonl --truth truth.json --config-out fenghuo.yaml
  fenghuo simulate --days 28 --no-crisis --out quiet.jsonl.gz
  fenghuo simulate --brands 100 --skus 5000 --posts-per-day 200000 | fenghuo ingest --config fenghuo.yaml`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), cmd, a) },
	}
	o := &f.options
	p := cmd.Flags()
	p.Uint64Var(&o.Seed, "seed", 7, "seed; the same seed gives the same stream")
	p.IntVar(&o.Days, "days", 14, "length in days")
	p.StringVar(&f.start, "start", "2025-11-01T00:00:00+08:00", "first moment, RFC 3339")
	p.IntVar(&o.Brands, "brands", 12, "number of brands")
	p.IntVar(&o.SKUs, "skus", 200, "number of SKUs, over all brands")
	p.IntVar(&o.PostsPerDay, "posts-per-day", 13_000, "posts a day, over all brands and chatter, roughly")
	p.BoolVar(&o.Crisis.Off, "no-crisis", false, "leave the crisis out")
	p.StringVar(&f.crisisType, "crisis-type", string(schemas.ProductSafety), "complaint type of the crisis")
	p.IntVar(&o.Crisis.Brand, "crisis-brand", 0, "number of the brand it hits, from 1 (default: by the seed)")
	p.DurationVar(&o.Crisis.After, "crisis-after", 0, "from the start to its first sign, such as 36h (default: about half-way)")
	p.Float64Var(&o.Crisis.Size, "crisis-size", 4, "its posts at the peak, in multiples of the brand's mean rate")
	p.StringVar(&f.out, "out", "-", "file for the posts; - is stdout")
	p.StringVar(&f.truth, "truth", "", "file for the truth, JSON")
	p.StringVar(&f.write, "config-out", "", "file for a config with the portfolio, YAML")
	return cmd
}

func (f *simulateFlags) run(ctx context.Context, cmd *cobra.Command, a *app) error {
	start, err := time.Parse(time.RFC3339, f.start)
	if err != nil {
		return fmt.Errorf("--start %q is not an RFC 3339 time such as 2025-11-01T00:00:00+08:00", f.start)
	}
	f.options.Start = start
	if o := f.options; o.Days < 1 || o.Brands < 1 || o.SKUs < 1 || o.PostsPerDay < 1 {
		return errors.New("--days, --brands, --skus and --posts-per-day must be at least 1")
	}
	f.options.Crisis.Type = schemas.ComplaintType(f.crisisType)
	s, err := simulate.New(f.options)
	if err != nil {
		return err
	}
	if err := writeTo(f.out, cmd.OutOrStdout(), func(w io.Writer) error { return writePosts(ctx, w, s) }); err != nil {
		return err
	}
	if f.write != "" {
		if err := writeTo(f.write, nil, s.WriteConfig); err != nil {
			return err
		}
	}
	truth := s.Truth()
	if f.truth != "" {
		err := writeTo(f.truth, nil, func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(truth)
		})
		if err != nil {
			return err
		}
	}
	return summarise(cmd, a, f.out, truth)
}

// summarise tells what was made: to stdout as JSON only where the posts did
// not go there.
func summarise(cmd *cobra.Command, a *app, out string, truth simulate.Truth) error {
	if a.json && out != "-" {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(truth)
	}
	c := truth.Counts
	dead := 0
	for _, n := range c.Dead {
		dead += n
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d records: %d posts (%d about no brand), %d duplicates, %d bad\n",
		c.Records, c.Distinct, c.Chatter, c.Duplicates, dead)
	return nil
}

func writePosts(ctx context.Context, w io.Writer, s *simulate.Simulator) error {
	b := bufio.NewWriterSize(w, 1<<20)
	for r := range s.Records() {
		_, _ = b.Write(r.Raw) // an error stays with b: the next write tells it
		if err := b.WriteByte('\n'); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return b.Flush()
}

// writeTo opens a file, "-" for stdout, compresses where its name ends in .gz,
// and lets write fill it.
func writeTo(name string, stdout io.Writer, write func(io.Writer) error) (err error) {
	if name == "-" {
		return write(stdout)
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if !strings.HasSuffix(name, ".gz") {
		return write(file)
	}
	z := gzip.NewWriter(file)
	return errors.Join(write(z), z.Close())
}
