package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/look"
	"fenghuo/pipeline/service"
	"fenghuo/pipeline/simulate"
	"fenghuo/pipeline/store"
)

// Options of a demo.
type Options struct {
	DataDir string // "" = a temporary directory that is removed afterwards
	Stream  simulate.Options
	Keep    bool // leave the services running after the summary, until ctx is done
	Out     io.Writer
	Err     io.Writer // progress
	Width   int       // columns of Out
	Color   bool      // Out shows colours
	Log     *zap.Logger
}

// Run plays the demo. It fails when the account does not balance, when the
// crisis was not warned of, or when a service fails.
func Run(ctx context.Context, o Options) (err error) {
	dir, temporary := o.DataDir, o.DataDir == ""
	if temporary {
		if dir, err = os.MkdirTemp("", "fenghuo-demo-"); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer os.RemoveAll(dir) //nolint:errcheck // a temporary directory
	}
	sim, err := simulate.New(o.Stream)
	if err != nil {
		return err
	}
	services, err := embedded.Start(ctx, embedded.Options{
		DataDir: dir, KafkaAddr: "127.0.0.1:0", ClickHouseAddr: "127.0.0.1:0", Log: o.Log, Progress: o.Err,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, services.Close()) }()
	p, err := newPlay(ctx, o, sim, services)
	if err != nil {
		return err
	}
	defer p.close()
	return p.run(ctx)
}

// play is a demo under way.
type play struct {
	Options
	sim      *simulate.Simulator
	services *embedded.Services
	config   *config.Config
	cluster  *kafkalog.Cluster
	store    *store.Store
	records  []simulate.Record
	progress *look.Progress
	began    time.Time
	alerts   alertTail
}

func newPlay(ctx context.Context, o Options, sim *simulate.Simulator, services *embedded.Services) (*play, error) {
	c := sim.Config()
	c.Kafka.Brokers = services.Brokers()
	c.ClickHouse.URL = services.ClickHouseURL()
	p := &play{Options: o, sim: sim, services: services, config: c}
	for r := range sim.Records() {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		p.records = append(p.records, r)
	}
	var err error
	if p.cluster, err = kafkalog.Connect(c.Kafka, "fenghuo-demo"); err != nil {
		return nil, err
	}
	if err := p.cluster.EnsureTopics(ctx, true, service.Topics(c.Kafka)...); err != nil {
		return nil, err
	}
	if p.store, err = store.Open(ctx, c.ClickHouse, o.Log); err != nil {
		return nil, err
	}
	_, err = p.store.Migrate(ctx)
	return p, err
}

func (p *play) close() {
	p.cluster.Close()
	p.store.Close() //nolint:errcheck // the demo ends
}

func (p *play) run(ctx context.Context) error {
	p.introduce()
	p.began = time.Now()
	p.progress = look.NewProgress(p.Err, "posts accounted for", "posts", int64(len(p.records)))
	work, stop := context.WithCancel(ctx)
	defer stop()
	g, work := errgroup.WithContext(work)
	g.Go(func() error {
		return service.Run(work, service.Options{Config: p.config, Role: service.All, Log: p.Log})
	})
	g.Go(func() error { return p.watchServices(work) })
	g.Go(func() error { return p.follow(work) })
	var verdict error
	g.Go(func() error { return p.produce(work) })
	g.Go(func() error {
		if err := p.awaitAccount(work); err != nil {
			return err
		}
		p.progress.Done()
		if verdict = p.summarize(work); verdict != nil || !p.Keep {
			stop()
			return nil
		}
		p.invite()
		return nil
	})
	err := g.Wait()
	p.progress.Done()
	if verdict != nil {
		return verdict
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if ctx.Err() != nil && !p.Keep {
		return errors.New("demo: interrupted")
	}
	return nil
}

// watchServices ends the demo when an embedded service dies.
func (p *play) watchServices(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-p.services.Done():
		return fmt.Errorf("demo: an embedded service ended: %w", p.services.Err())
	}
}

func (p *play) introduce() {
	o := p.sim.Truth()
	fmt.Fprintf(p.Out, "Fenghuo demo: %d brands, %s to %s, one hidden crisis.\n", len(p.config.Brands),
		p.day(o.Start), p.day(o.End))
	fmt.Fprintf(p.Out, "Kafka %s   ClickHouse %s\n\n", p.services.Brokers()[0], p.services.ClickHouseURL())
}

func (p *play) invite() {
	url, truth := p.services.ClickHouseURL(), p.sim.Truth()
	brand := truth.Crisis.Brand
	fmt.Fprintf(p.Out, `
Still running; stop with Ctrl-C. Look around:
  bin/fenghuo alerts --clickhouse %s
  bin/fenghuo trends --clickhouse %s --brand %s --grain 1d
  bin/fenghuo report --clickhouse %s --brand %s --from %s --to %s --out report.html
  curl '%s/?database=fenghuo' -d 'SELECT brand, sum(mentions), sum(complaints) FROM trends WHERE grain = '"'1d'"' AND sku = '"''"' GROUP BY brand'
`, url, url, brand, url, brand, p.day(truth.Crisis.Start.Add(-3*24*time.Hour)), p.day(truth.End), url)
}

func (p *play) day(t time.Time) string { return t.In(p.config.Location()).Format("2006-01-02") }

func (p *play) at(t time.Time) string { return t.In(p.config.Location()).Format("2006-01-02 15:04") }

// produce puts the stream on the posts topic, all partitions advancing
// together.
func (p *play) produce(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	sendCtx, stop := context.WithCancel(ctx)
	defer stop()
	appenders := make([]*kafkalog.Appender, p.config.Kafka.Partitions)
	for i := range appenders {
		appenders[i] = p.cluster.NewAppender(p.config.Kafka.Topics.Posts, i, nil)
		g.Go(func() error {
			if err := appenders[i].Run(sendCtx); sendCtx.Err() == nil {
				return err
			}
			return nil
		})
	}
	for i := range p.records {
		r := kafkalog.Record{Time: time.Now(), Value: p.records[i].Raw}
		if _, err := appenders[i%len(appenders)].Append(r); err != nil {
			break // the appender's own error is reported by Run
		}
	}
	for _, a := range appenders {
		for a.Acked() < a.Appended() && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
	}
	stop()
	return g.Wait()
}

// awaitAccount waits until every record is accounted for and all minutes that
// can be decided are.
func (p *play) awaitAccount(ctx context.Context) error {
	end := p.sim.Truth().End.Add(-p.config.Detection.Lateness.Std() - 5*time.Minute)
	for {
		var read, decided uint64
		err := p.store.Conn().QueryRow(ctx, `SELECT toUInt64(sum(read)), (SELECT countIf(tick >= ?) FROM (
			SELECT max(last_tick) AS tick FROM progress WHERE run = 'live' GROUP BY t)) FROM intake_totals WHERE run = 'live'`, end).Scan(&read, &decided)
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		p.progress.Set(int64(read))
		if int(read) >= len(p.records) && int(decided) == p.config.Kafka.Partitions {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(300 * time.Millisecond):
		}
	}
}
