package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/ingest"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/look"
	"fenghuo/pipeline/service"
	"fenghuo/pipeline/store"
	"fenghuo/schemas"
)

// ingestFlags are the flags of `fenghuo ingest`.
type ingestFlags struct {
	series  string
	mapping []string
	format  string
	zone    string
	noSort  bool
	wait    bool
}

func newIngestCommand(a *app) *cobra.Command {
	var f ingestFlags
	cmd := &cobra.Command{
		Use:   "ingest [FILE...]",
		Short: "Send posts, or values of a business series, from files to the posts topic",
		Long: `Send posts from JSON lines, CSV or TSV files, plain or compressed (.gz, .zst), or
from Parquet files to the posts topic, in order of event time. Without a file,
standard input is read. Files of one command must have the same columns. The cells
of CSV may stand between semicolons or tabs, as spreadsheets of some countries write it.

--map says which column is which field of a post: field=column, or
field='constant' for all rows. A field that is not mapped comes from the column
of its own name; field='' leaves it out. A column in a group of a Parquet file is
named by its path: author_id=user.id. Text (or title) and published_at are needed;
times are RFC 3339 or Unix seconds or milliseconds, of a time type in Parquet, or as
spreadsheets and Weibo write them: 2026-01-03 09:30, 2026/1/3 9:30:00, 2026年1月3日,
Sat Jan 03 10:00:00 +0800 2026. --timezone is the zone of those that name none.
Counts and values may be written as there, too: 1,200 or 3.4万.
The fields are:
  ` + strings.Join(ingest.Fields, ", ") + `

A row that makes no post is sent as it is: the pipeline sets it aside, with a
reason, in the topic of dead letters. Within one run event time never goes back:
posts older than what the pipeline has decided are stored and counted in the
trends, but raise no alert. Use a fresh data directory, or backfill, for those.

With --series NAME the rows are counts that the business knows (orders, refunds,
returns, tickets, or any other), each for the stretch that begins at its timestamp.
Their fields are:
  ` + strings.Join(ingest.SeriesFields, ", ") + `
brand, timestamp and value are needed; without sku it is the whole brand's. A row that comes later
for the same brand, sku and timestamp corrects the value. Zeros count: a stretch
without any row is taken for a gap of the source.`,
		Example: `  fenghuo ingest posts.jsonl
  fenghuo ingest --wait --map "text=title,published_at=first_seen_unix,channel='weibo'" titles.tsv.gz
  fenghuo ingest --map text=content --map "published_at=time,brand='acme'" --timezone Asia/Shanghai reviews.csv
  zcat posts.jsonl.gz | fenghuo ingest --no-sort --wait --json
  fenghuo ingest --series orders --wait --map "timestamp=hour,value=count,sku=product,brand='acme'" orders.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), a, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	p := cmd.Flags()
	p.StringVar(&f.series, "series", "", "the rows are values of this business series, such as orders")
	p.StringArrayVar(&f.mapping, "map", nil, "field=column or field='constant', comma-separated; repeatable")
	p.StringVar(&f.format, "format", "", "jsonl, csv, tsv or parquet (default: by the file's name, then by its first line)")
	zoneFlag(p, &f.zone)
	p.BoolVar(&f.noSort, "no-sort", false, "the rows are in order of event time: send them as they come")
	p.BoolVar(&f.wait, "wait", false, "wait until the pipeline has accounted for every row, and print the account")
	return cmd
}

func (f *ingestFlags) run(ctx context.Context, a *app, names []string, out, progress io.Writer) (err error) {
	mapping, err := f.parseMapping()
	if err != nil {
		return err
	}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	log, err := a.logger()
	if err != nil {
		return err
	}
	zone, err := parseZone(f.zone)
	if err != nil {
		return err
	}
	source, err := ingest.Open(ctx, names, ingest.Format(f.format), mapping, zone)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()

	i := ingestion{config: c, progress: progress}
	if err := i.connect(ctx, f.wait, log); err != nil {
		return err
	}
	defer i.close()
	rows := i.watched(ctx, source)
	if !f.noSort {
		rows = ingest.Sort(rows, ingest.SortOptions{})
	}
	sent, sendErr := i.send(ctx, rows)
	if sendErr == nil || sent > 0 {
		sendErr = errors.Join(i.report(ctx, f.wait, a.json, sent, out), sendErr)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted after %d rows were sent; sending them again does not count them twice", sent)
	}
	return sendErr
}

// zoneFlag is the flag --timezone of commands that read files.
func zoneFlag(p *pflag.FlagSet, zone *string) {
	p.StringVar(zone, "timezone", "UTC", "zone of times in the files that name none, such as Asia/Shanghai")
}

func parseZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("--timezone %q is not known: give an IANA name, such as Asia/Shanghai", name)
	}
	return zone, nil
}

func (f *ingestFlags) parseMapping() (ingest.Mapping, error) {
	if f.series == "" {
		return ingest.ParseMapping(f.mapping)
	}
	return ingest.ParseSeriesMapping(f.series, f.mapping)
}

// ingestion is one run of the command.
type ingestion struct {
	config   *config.Config
	progress io.Writer
	cluster  *kafkalog.Cluster
	store    *store.Store // nil without --wait
	epoch    uint32
	waiter   ingest.Waiter
	count    int
	misfits  int        // rows of tables that are none
	misfit   ingest.Row // the first
}

// connect reaches Kafka, and with --wait ClickHouse, and notes the account as
// it stands before the first row.
func (i *ingestion) connect(ctx context.Context, wait bool, log *zap.Logger) error {
	k := i.config.Kafka
	cluster, err := kafkalog.Connect(k, "fenghuo-ingest")
	if err != nil {
		return err
	}
	i.cluster = cluster
	if err := cluster.Ping(ctx); errors.Is(err, kafkalog.ErrRefused) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: start `fenghuo up`, or set kafka.brokers or --brokers", err)
	}
	if err := cluster.EnsureTopics(ctx, k.CreateTopics(), service.Topics(k)...); err != nil {
		return err
	}
	if !wait {
		return nil
	}
	quiet := log.WithOptions(zap.IncreaseLevel(zap.WarnLevel)) // migrating is not what was asked for
	if i.store, err = store.Open(ctx, i.config.ClickHouse, quiet); err != nil {
		return err
	}
	if _, err := i.store.Migrate(ctx); err != nil {
		return err
	}
	if i.epoch, err = i.store.SourceEpoch(ctx, k.Topics.Posts); err != nil {
		return err
	}
	account := func(ctx context.Context) (ingest.Account, error) {
		return ingest.ReadAccount(ctx, i.store.Conn(), k.Topics.Posts, i.epoch)
	}
	before, err := account(ctx)
	if err != nil {
		return err
	}
	lying, err := i.records(ctx)
	if err != nil {
		return err
	}
	i.waiter = ingest.Waiter{Account: account, Before: before, Every: 250 * time.Millisecond}
	if n := before.Accounted(); lying > n {
		i.waiter.Pending = lying - n
		fmt.Fprintf(i.progress, "%d earlier records of topic %s are not accounted for yet: waiting for them, too\n",
			i.waiter.Pending, k.Topics.Posts)
	}
	return nil
}

// records is how many records were ever written to the posts topic.
func (i *ingestion) records(ctx context.Context) (uint64, error) {
	topic := i.config.Kafka.Topics.Posts
	n, err := i.cluster.Partitions(ctx, topic)
	if err != nil {
		return 0, err
	}
	var sum uint64
	for p := range n {
		_, end, err := i.cluster.Bounds(ctx, topic, p)
		if err != nil {
			return 0, err
		}
		sum += uint64(end)
	}
	return sum, nil
}

func (i *ingestion) close() {
	i.cluster.Close()
	if i.store != nil {
		_ = i.store.Close() // only read from
	}
}

// watched counts the rows as they are read, with progress in bytes on disk.
func (i *ingestion) watched(ctx context.Context, source *ingest.Source) iter.Seq2[ingest.Row, error] {
	return func(yield func(ingest.Row, error) bool) {
		_, total := source.Progress()
		p := look.NewProgress(i.progress, "reading", "MB", total>>20)
		defer p.Done()
		for row, err := range watched(ctx, source.Rows(), func() { read, _ := source.Progress(); p.Set(read >> 20) }) {
			if err == nil {
				i.count++
				if row.Fault != "" {
					if i.misfits++; i.misfits == 1 {
						i.misfit = row
					}
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

func (i *ingestion) send(ctx context.Context, rows iter.Seq2[ingest.Row, error]) (int, error) {
	topic := i.config.Kafka.Topics.Posts
	partitions, err := i.cluster.Partitions(ctx, topic)
	if err != nil {
		return 0, err
	}
	var p *look.Progress
	trouble := ""
	s := ingest.Sender{
		Log: i.cluster, Topic: topic, Partitions: partitions,
		OnSent: func(n int) {
			if p == nil { // the first step is out: reading, or sorting, is over
				p = look.NewProgress(i.progress, "sending", "rows", 0)
			}
			p.Set(int64(n))
		},
		OnRetry: func(err error) {
			if err != nil && ctx.Err() == nil && err.Error() != trouble {
				trouble = err.Error()
				fmt.Fprintf(i.progress, "%v; trying again\n", err)
			}
		},
	}
	sent, err := s.Send(ctx, rows)
	if p != nil {
		p.Done()
	}
	return sent, err
}

// report tells what was sent and, with --wait, what became of it.
func (i *ingestion) report(ctx context.Context, wait, asJSON bool, sent int, out io.Writer) error {
	if i.misfits > 0 {
		fmt.Fprintf(i.progress, "dead for %q are %d of the rows, the first at %s:%d: %s\n",
			schemas.ReasonColumns, i.misfits, i.misfit.From, i.misfit.Number, i.misfit.Fault)
	}
	if !wait {
		if asJSON {
			return json.NewEncoder(out).Encode(map[string]int{"sent": sent})
		}
		_, err := fmt.Fprintf(out, "%d rows sent to topic %s\n", sent, i.config.Kafka.Topics.Posts)
		return err
	}
	p := look.NewProgress(i.progress, "accounted for", "rows", int64(sent))
	defer p.Done()
	warned := false
	i.waiter.OnLook = func(n uint64, still time.Duration) {
		p.Set(int64(min(n, uint64(sent))))
		if still > time.Minute && !warned {
			warned = true
			p.Say("nothing was accounted for during a minute: is `fenghuo run` running on these brokers and this ClickHouse?")
		}
	}
	account, err := i.waiter.Wait(ctx, uint64(sent))
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(out).Encode(account)
	}
	return printAccount(out, account, nil)
}

// printAccount shows that every row is somewhere, and of dead ones where the first
// of each reason is, as far as that is known.
func printAccount(out io.Writer, a ingest.Account, first map[schemas.Reason]string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "rows read       %10d\n", a.Read)
	fmt.Fprintf(&b, "  stored        %10d\n", a.Stored)
	fmt.Fprintf(&b, "  unattributed  %10d\n", a.Unattributed)
	fmt.Fprintf(&b, "  duplicates    %10d\n", a.Duplicates)
	reasons := make([]string, 0, len(a.Dead))
	for r := range a.Dead {
		reasons = append(reasons, string(r))
	}
	slices.Sort(reasons)
	for _, r := range reasons {
		fmt.Fprintf(&b, "  dead: %-12s %5d%s\n", r, a.Dead[schemas.Reason(r)], first[schemas.Reason(r)])
	}
	if n := a.Accounted(); n != a.Read {
		fmt.Fprintf(&b, "  %d rows are accounted for: others have sent to the topic, too\n", n)
	}
	_, err := io.WriteString(out, b.String())
	return err
}
