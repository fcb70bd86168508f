package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/ingest"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/look"
	"fenghuo/pipeline/store"
	"fenghuo/schemas"
)

// backfillFlags are the flags of `fenghuo backfill`.
type backfillFlags struct {
	mapping   []string
	format    string
	zone      string
	fromTopic string
	fromRun   string
	from, to  string
	run       string
	replace   bool
	share     float64

	rows int64 // that were read, 0 when that is not known beforehand

	series        []string
	seriesMapping []string
}

func newBackfillCommand(a *app) *cobra.Command {
	var f backfillFlags
	cmd := &cobra.Command{
		Use:   "backfill [FILE...]",
		Short: "Replay history through the same analyzers and detectors, into a run of its own",
		Long: `Backfill takes posts from files, from what a topic holds, or from another run,
sorts them by event time, and sends them through the same code as live posts, as
fast as the machine goes. Rows, trends and alerts land in ClickHouse under the
name of the run; nothing is published to the alert topics, and live is not
touched. Stopped, the same command goes on where it was, with the input as it was
but for what has come behind it in a topic or a run.

--share bounds what it takes of the machine beside a live pipeline: the time its
work takes on all cores, and the time in which ClickHouse takes in its rows, are
together at most this part of the cores' time.

--series NAME=FILE adds the values of a business series, such as orders, beside
the posts or alone; --series-map maps their columns (see fenghuo ingest --help),
those of one series when its name and a colon come first.
The values that a topic or a run holds are replayed with its posts.`,
		Example: `  fenghuo backfill --run crisis2023 --map "text=title,published_at=first_seen_unix,channel='weibo'" titles.tsv.gz
  fenghuo backfill --run may --from 2026-05-01 --to 2026-06-01 --from-topic posts
  fenghuo backfill --run reviews --timezone Asia/Shanghai --map "text=内容,published_at=时间" reviews.csv
  fenghuo backfill --run archive --share 0.25 posts-*.jsonl.gz
  fenghuo backfill --run may-strict --config strict.yaml --from-run may
  fenghuo backfill --run oct --series orders=orders.csv --series refunds=refunds.csv --series-map "timestamp=hour" --series-map "refunds:value=n" posts.jsonl.gz
  fenghuo alerts --run crisis2023 --json
  fenghuo runs compare may may-strict`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.runCommand(cmd.Context(), a, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	p := cmd.Flags()
	p.StringVar(&f.run, "run", "", "name of the run (required)")
	p.StringArrayVar(&f.mapping, "map", nil, "field=column or field='constant', comma-separated; repeatable (see fenghuo ingest --help)")
	p.StringVar(&f.format, "format", "", "jsonl, csv, tsv or parquet (default: by the file's name, then by its first line)")
	zoneFlag(p, &f.zone)
	p.StringArrayVar(&f.series, "series", nil, "NAME=FILE: values of a business series; repeatable")
	p.StringArrayVar(&f.seriesMapping, "series-map", nil, "as --map, for the files of --series, or of one: NAME:field=column")
	p.StringVar(&f.fromTopic, "from-topic", "", "take the posts that this topic holds")
	p.StringVar(&f.fromRun, "from-run", "", "take the posts that this run has stored (live is one)")
	p.StringVar(&f.from, "from", "", "first event time, such as 2026-05-01 or 2026-05-01T08:00:00+08:00")
	p.StringVar(&f.to, "to", "", "event time to stop before")
	p.Float64Var(&f.share, "share", 1, "part of this machine to take, over 0 and up to 1")
	p.BoolVar(&f.replace, "replace", false, "drop what the run holds and build it anew")
	cmd.MarkFlagsMutuallyExclusive("from-topic", "from-run")
	return cmd
}

func (f *backfillFlags) runCommand(ctx context.Context, a *app, files []string, out, progress io.Writer) (err error) {
	if f.run == "" {
		return errors.New("name the run: --run NAME")
	}
	if (f.fromTopic != "" || f.fromRun != "") && len(files) > 0 {
		return errors.New("take posts from files, from --from-topic or from --from-run: one of them")
	}
	if f.fromRun == f.run {
		return fmt.Errorf("--from-run %q is the run to fill, whose posts would be dropped before they are read: choose another --run", f.fromRun)
	}
	if f.zone != "UTC" && len(files)+len(f.series) == 0 && (f.fromTopic != "" || f.fromRun != "") {
		return errors.New("--timezone is for files: the posts of topics and runs without a zone are in UTC")
	}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	if len(c.Brands) == 0 {
		return errors.New("no brands to watch: list them under brands in the config (fenghuo config example shows how)")
	}
	zone, err := parseZone(f.zone)
	if err != nil {
		return err
	}
	backfill.BoundMemory()
	share, err := f.limit()
	if err != nil {
		return err
	}
	span, err := f.span(c.Location())
	if err != nil {
		return err
	}
	s, err := a.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if _, err := s.Migrate(ctx); err != nil {
		return err
	}
	identity, err := f.identity(c, files)
	if err != nil {
		return err
	}
	o := backfill.Options{Config: c, Store: s, Run: f.run, Source: f.source(files), Identity: identity, Replace: f.replace, Share: share}
	if err := backfill.Check(ctx, o); err != nil { // before the input is read, which may take a while
		return err
	}
	rows, close, err := f.open(ctx, c, s, files, zone, span, share, progress)
	if err != nil {
		return err
	}
	defer close()
	if len(f.series) > 0 {
		var closeSeries func() error
		if rows, closeSeries, err = f.openSeries(ctx, rows, zone, span); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, closeSeries()) }()
		f.rows = 0 // and the values, whose number is not known
	}
	log, err := a.logger()
	if err != nil {
		return err
	}
	text, err := analyzer.New(analyzer.Options{Brands: c.Brands, SKUs: c.SKUs, Complaints: c.Complaints})
	if err != nil {
		return err
	}
	bar := look.NewProgress(progress, "backfill "+f.run, "posts", f.rows)
	began := time.Now()
	o.Analyzer, o.Rows, o.Workers, o.Log = text, rows, runtime.GOMAXPROCS(0), log
	o.OnProgress = func(n int64, _ time.Time) { bar.Set(n) }
	result, err := backfill.Run(ctx, o)
	bar.Done()
	if err != nil {
		return err
	}
	return f.report(ctx, s, a.json, result, time.Since(began), c.Location(), out)
}

func (f *backfillFlags) span(loc *time.Location) (s backfill.Span, err error) {
	if s.From, err = parseTime(f.from, loc); err != nil {
		return s, fmt.Errorf("--from: %w", err)
	}
	if s.To, err = parseTime(f.to, loc); err != nil {
		return s, fmt.Errorf("--to: %w", err)
	}
	if !s.From.IsZero() && !s.To.IsZero() && !s.From.Before(s.To) {
		return s, fmt.Errorf("--from %s is not before --to %s", f.from, f.to)
	}
	return s, nil
}

// parseTime reads a day in loc, or an RFC 3339 time; empty is the zero time.
func parseTime(s string, loc *time.Location) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, loc); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%q is no time: write 2026-05-01 or 2026-05-01T08:00:00+08:00", s)
	}
	return t, nil
}

// open returns the rows in order of event time.
func (f *backfillFlags) open(ctx context.Context, c *config.Config, s *store.Store, files []string, zone *time.Location, span backfill.Span,
	share *backfill.Share, progress io.Writer) (rows iter.Seq2[ingest.Row, error], close func(), err error) {
	close = func() {}
	mapping, err := ingest.ParseMapping(f.mapping)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case f.fromRun != "":
		if err := mapsRun(mapping); err != nil {
			return nil, nil, err
		}
		if err := backfill.Exists(ctx, s, f.fromRun); err != nil {
			return nil, nil, err
		}
		posts := ingest.Mapped(backfill.FromRun(ctx, s.Conn(), f.fromRun, span), mapping, f.fromRun)
		return backfill.Merge(posts, backfill.ValuesFromRun(ctx, s.Conn(), f.fromRun, span)), close, nil
	case len(files) == 0 && len(f.series) > 0 && f.fromTopic == "":
		return func(func(ingest.Row, error) bool) {}, close, nil
	case f.fromTopic != "":
		cluster, err := kafkalog.Connect(c.Kafka, "fenghuo-backfill")
		if err != nil {
			return nil, nil, err
		}
		close = cluster.Close
		rows = ingest.Mapped(backfill.FromTopic(ctx, cluster, f.fromTopic), mapping, f.fromTopic)
	default:
		source, err := ingest.Open(ctx, files, ingest.Format(f.format), mapping, zone)
		if err != nil {
			return nil, nil, err
		}
		if share != nil {
			source.Workers = 1 // what is done elsewhere is not in its account
		}
		_, size := source.Progress()
		bar := look.NewProgress(progress, "reading", "MB", size>>20)
		defer bar.Done()
		rows, close = watched(ctx, source.Rows(), func() { read, _ := source.Progress(); bar.Set(read >> 20) }), func() { _ = source.Close() } // read only
	}
	// What cannot be read to its end is refused before the run is touched.
	sorted, cleanUp, err := ingest.SortAll(f.counted(share.Pace(ctx, backfill.Within(rows, span))), ingest.SortOptions{})
	if err != nil {
		close()
		return nil, nil, fmt.Errorf("nothing was taken: %w", err)
	}
	closeSource := close
	return sorted, func() {
		cleanUp()
		closeSource()
	}, nil
}

// mapsRun refuses a mapping that the posts of a run cannot have.
func mapsRun(m ingest.Mapping) error {
	if _, moved := m["published_at"]; moved {
		return errors.New("--map published_at: the posts of a run keep their times")
	}
	for field, origin := range m {
		if !origin.IsConst && origin.Column != "" && !slices.Contains(ingest.Fields, origin.Column) {
			return fmt.Errorf("--map %s=%s: the posts of a run have the columns %s", field, origin.Column, strings.Join(ingest.Fields, ", "))
		}
	}
	return nil
}

// limit is what the backfill may take of the machine; nil is all of it.
func (f *backfillFlags) limit() (*backfill.Share, error) {
	if f.share == 1 {
		return nil, nil
	}
	share, err := backfill.NewShare(f.share, runtime.GOMAXPROCS(0))
	if err != nil {
		return nil, fmt.Errorf("--share: %w", err)
	}
	return share, nil
}

// counted counts rows into f.rows.
func (f *backfillFlags) counted(rows iter.Seq2[ingest.Row, error]) iter.Seq2[ingest.Row, error] {
	return func(yield func(ingest.Row, error) bool) {
		for row, err := range rows {
			if err == nil {
				f.rows++
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// watched calls look now and then while rows are taken, and ends with the context.
func watched(ctx context.Context, rows iter.Seq2[ingest.Row, error], look func()) iter.Seq2[ingest.Row, error] {
	return func(yield func(ingest.Row, error) bool) {
		n := 0
		for row, err := range rows {
			if n++; n%1000 == 0 {
				look()
				if ctx.Err() != nil {
					yield(ingest.Row{}, ctx.Err())
					return
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

func (f *backfillFlags) source(files []string) string {
	switch {
	case f.fromTopic != "":
		return "topic " + f.fromTopic
	case f.fromRun != "":
		return "run " + f.fromRun
	case len(files)+len(f.series) == 0:
		return "standard input"
	}
	files = append(slices.Clone(files), f.seriesFiles()...)
	names := make([]string, len(files))
	for i, name := range files {
		names[i] = filepath.Base(name)
	}
	return strings.Join(names, ", ")
}

// backfillReport is what the command prints.
type backfillReport struct {
	Run       string  `json:"run"`
	Rows      int64   `json:"rows"`
	Resumed   int64   `json:"resumed_after"`
	From      string  `json:"from,omitempty"`
	To        string  `json:"to,omitempty"`
	Seconds   float64 `json:"seconds"`
	Mentions  uint64  `json:"mentions"`
	Incidents uint64  `json:"incidents"`

	Account ingest.Account `json:"account"`
}

func (f *backfillFlags) report(ctx context.Context, s *store.Store, asJSON bool, r backfill.Result, took time.Duration, zone *time.Location, out io.Writer) error {
	report := backfillReport{
		Run: f.run, Rows: r.Rows, Resumed: r.Resumed, Seconds: took.Seconds(),
	}
	span := ", no post among them," // every one was set aside
	if !r.From.IsZero() {
		report.From, report.To = r.From.UTC().Format(time.RFC3339), r.To.UTC().Format(time.RFC3339)
		span = fmt.Sprintf(" from %s to %s", r.From.In(zone).Format(time.RFC3339), r.To.In(zone).Format(time.RFC3339))
	}
	err := s.Conn().QueryRow(ctx, `SELECT count(), (SELECT uniqExact(incident) FROM alerts WHERE run = ?) FROM mentions WHERE run = ?`,
		f.run, f.run).Scan(&report.Mentions, &report.Incidents)
	if err != nil {
		return err
	}
	if report.Account, err = ingest.RunAccount(ctx, s.Conn(), f.run); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(out).Encode(report)
	}
	_, err = fmt.Fprintf(out, "run %s: %d rows%s in %.1f s, %d mentions, %d incidents\n",
		report.Run, report.Rows, span, report.Seconds, report.Mentions, report.Incidents)
	if err != nil {
		return err
	}
	first, err := look.FirstDeadRows(ctx, s.Conn(), f.run)
	if err != nil {
		return err
	}
	places := make(map[schemas.Reason]string, len(first))
	for _, d := range first {
		places[d.Reason] = fmt.Sprintf("  first %s:%d: %s", d.Source, d.Line, d.Detail)
	}
	err = printAccount(out, report.Account, places)
	if len(report.Account.Dead) > 0 {
		_, hint := fmt.Fprintf(out, "fenghuo deadletters --run %s shows the dead ones\n", f.run)
		err = errors.Join(err, hint)
	}
	return err
}
