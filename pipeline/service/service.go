package service

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"fenghuo/pipeline/analyze"
	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/detect"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/rules"
	"fenghuo/pipeline/store"
	"fenghuo/pipeline/telemetry"
)

// Role says which stages a process runs.
type Role string

// The roles.
const (
	All     Role = "all"
	Analyze Role = "analyze"
	Detect  Role = "detect"
)

// Options of one process.
type Options struct {
	Config        *config.Config
	Role          Role
	ListenMetrics string // host:port; "" = no metrics server
	SnapshotEvery time.Duration
	Log           *zap.Logger
	// Reload gives configs that replace the one in use; may be nil.
	Reload <-chan *config.Config
	// Listening is called with the metrics server's address; may be nil.
	Listening func(net.Addr)
	// Ready is called once the services are reached and the stages start; may
	// be nil.
	Ready func()
}

// service is a process under way.
type service struct {
	Options
	metrics *telemetry.Metrics
	health  *telemetry.Health
	cluster *kafkalog.Cluster
	store   *store.Store
	epoch   int // of the posts topic
	layout  store.Layout
	counts  map[string]int // partitions by topic
}

// Run works until ctx is done, and then returns nil. While Kafka or ClickHouse
// is away it waits and says so; an error is something an operator has to mend.
func Run(ctx context.Context, o Options) error {
	if o.SnapshotEvery == 0 {
		o.SnapshotEvery = 2 * time.Minute
	}
	s := &service{Options: o, metrics: telemetry.NewMetrics(), health: telemetry.NewHealth("start"), counts: map[string]int{}}
	g, ctx := errgroup.WithContext(ctx)
	if o.ListenMetrics != "" {
		g.Go(func() error {
			return telemetry.Serve(ctx, o.ListenMetrics, s.metrics, s.health, func(a net.Addr) {
				o.Log.Info("metrics and health", zap.Stringer("address", a))
				if o.Listening != nil {
					o.Listening(a)
				}
			})
		})
	}
	g.Go(func() error { return s.run(ctx) })
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (s *service) run(ctx context.Context) error {
	if len(s.Config.Brands) == 0 {
		return errors.New("no brands to watch: list them under brands in the config (fenghuo config example shows how)")
	}
	var err error
	if s.cluster, err = kafkalog.Connect(s.Config.Kafka, "fenghuo-"+string(s.Role)); err != nil {
		return err
	}
	defer s.cluster.Close()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	defer s.store.Close() //nolint:errcheck // the process ends
	s.health.Set("start", nil)
	if s.Ready != nil {
		s.Ready()
	}
	return s.stages(ctx)
}

// stages runs those of the role.
func (s *service) stages(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	analyzing, detecting := newChanges(), newChanges()
	if s.Role != Detect {
		g.Go(func() error { return s.analyze(ctx, analyzing) })
	}
	if s.Role != Analyze {
		g.Go(func() error { return s.detectAnew(ctx, detecting) })
	}
	go s.follow(ctx, analyzing, detecting)
	return g.Wait()
}

// prepare waits for the services and brings topics, tables and layout into
// order. Every step may be done by several processes at once.
func (s *service) prepare(ctx context.Context) error {
	steps := []struct {
		name string
		do   func(context.Context) error
	}{
		{"kafka", s.cluster.Ping},
		{"topics", s.topics},
		{"clickhouse", s.openStore},
		{"layout", s.readLayout},
	}
	for _, step := range steps {
		if err := s.await(ctx, step.name, func() error { return step.do(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// await repeats a step until it works, ctx is done, or an operator is needed.
func (s *service) await(ctx context.Context, name string, do func() error) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 200*time.Millisecond, 10*time.Second
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := do()
		s.health.Set(name, err)
		var mismatch *store.LayoutError
		switch {
		case err == nil || ctx.Err() != nil:
			return struct{}{}, err
		case errors.As(err, &mismatch), errors.Is(err, store.ErrDenied), errors.Is(err, kafkalog.ErrMissingTopic):
			return struct{}{}, backoff.Permanent(err)
		}
		s.Log.Warn("waiting", zap.String("for", name), zap.Error(err))
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Topics lists the topics with what they are created as.
func Topics(k config.Kafka) []kafkalog.Topic {
	topic := func(name string, partitions int, settings map[string]string) kafkalog.Topic {
		return kafkalog.Topic{Name: name, Partitions: partitions, Replicas: k.Replicas, Settings: settings}
	}
	large := map[string]string{"max.message.bytes": "4194304"}
	return []kafkalog.Topic{
		topic(k.Topics.Posts, k.Partitions, large),
		topic(k.Topics.Mentions, k.Partitions, large),
		topic(k.Topics.Dead, 1, nil),
		topic(k.Topics.Events, 1, nil),
		topic(k.Topics.State, 1, map[string]string{"cleanup.policy": "compact"}),
	}
}

func (s *service) topics(ctx context.Context) error {
	topics := Topics(s.Config.Kafka)
	if err := s.cluster.EnsureTopics(ctx, s.Config.Kafka.CreateTopics(), topics...); err != nil {
		return err
	}
	for _, t := range topics {
		n, err := s.cluster.Partitions(ctx, t.Name)
		if err != nil {
			return err
		}
		s.counts[t.Name] = n
	}
	return nil
}

func (s *service) openStore(ctx context.Context) (err error) {
	if s.store == nil {
		if s.store, err = store.Open(ctx, s.Config.ClickHouse, s.Log); err != nil {
			return err
		}
	}
	if _, err = s.store.Migrate(ctx); err != nil {
		return err
	}
	_, err = s.store.SetRetention(ctx, s.Config.Retention, "")
	return err
}

func (s *service) readLayout(ctx context.Context) error {
	topics := s.Config.Kafka.Topics
	epoch, err := s.store.SourceEpoch(ctx, topics.Posts)
	if err != nil {
		return err
	}
	s.epoch = int(epoch)
	s.layout, err = s.store.EnsureLayout(ctx, wantedLayout(topics.Mentions, s.counts[topics.Mentions]))
	return err
}

func (s *service) analyze(ctx context.Context, changed changes) error {
	began := time.Now()
	a, err := analyzer.New(analyzer.Options{Brands: s.Config.Brands, SKUs: s.Config.SKUs, Complaints: s.Config.Complaints})
	if err != nil {
		return err
	}
	s.Log.Info("analyzer loaded", zap.Duration("in", time.Since(began)))
	go s.swapBrands(ctx, a, changed)
	t := s.Config.Kafka.Topics
	stage := &analyze.Stage{
		Cluster: s.cluster, Analyzer: a, Topics: t, GroupID: s.Config.Kafka.GroupID + "-analyze", Epoch: s.epoch,
		Landed: func(ctx context.Context) (map[int]int64, error) {
			return s.store.SourcePositions(ctx, t.Posts, uint32(s.epoch))
		},
		SourcePartitions: s.counts[t.Posts], MentionPartitions: s.counts[t.Mentions], DeadPartitions: s.counts[t.Dead],
		IdleAfter: s.Config.Detection.IdleAfter.Std(), Log: s.Log, Metrics: s.metrics, Health: s.health,
	}
	return stage.Run(ctx)
}

func (s *service) detect(ctx context.Context, c *config.Config) error {
	t := c.Kafka.Topics
	stage := &detect.Stage{
		Cluster: s.cluster, Store: s.store, Topic: t.Mentions, LayoutEpoch: s.layout.Epoch, Starts: s.layout.Starts,
		GroupID:       c.Kafka.GroupID + "-detect",
		Processor:     ProcessorConfig(c, "live"),
		SnapshotEvery: s.SnapshotEvery,
		Log:           s.Log, Metrics: s.metrics, Health: s.health,
		Publisher: &detect.Publisher{
			Cluster: s.cluster, Events: t.Events, State: t.State,
			EventsPartitions: s.counts[t.Events], StatePartitions: s.counts[t.State],
			OnRetry: func(err error) {
				s.health.Set("alert topics", err)
				if err != nil && ctx.Err() == nil {
					s.Log.Warn("detect: publishing failed, trying again", zap.Error(err))
				}
			},
		},
	}
	stage.Beside = s.rules(c, stage.Publisher) // without rules, too: it ends what rules that are gone have left
	return stage.Run(ctx)
}

// rulesBehind is how many ticks a live rule may be behind before it passes
// over what it missed: an alert about last week helps nobody.
const rulesBehind = 500

// rules runs the trend rules of the partitions owned.
func (s *service) rules(c *config.Config, p *detect.Publisher) func(context.Context, []int) {
	runner := &rules.Runner{
		Config: c, Run: "live", Conn: s.store.Conn(), Publish: p.Publish, MaxBehind: rulesBehind, Log: s.Log, Metrics: s.metrics,
	}
	log := rules.Log{Topic: s.layout.Topic, Epoch: s.layout.Epoch, Partitions: s.layout.Partitions}
	return func(ctx context.Context, owned []int) { runner.Serve(ctx, log, owned) }
}
