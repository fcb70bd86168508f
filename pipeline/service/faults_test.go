package service

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"go.uber.org/zap"

	"fenghuo/pipeline/analyze"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/broker"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/embedded/engine"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/store"
)

// running is a pipeline in this process with its health page.
type running struct {
	t    *testing.T
	base string
	stop context.CancelFunc
	done chan error
}

func (w *world) start() *running {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	r := &running{t: w.t, stop: cancel, done: make(chan error, 1)}
	addr := make(chan net.Addr, 1)
	go func() {
		r.done <- Run(ctx, Options{
			Config: w.config, Role: All, Log: zap.NewNop(), ListenMetrics: "127.0.0.1:0", Listening: func(a net.Addr) { addr <- a },
		})
	}()
	select {
	case a := <-addr:
		r.base = "http://" + a.String()
	case err := <-r.done:
		w.t.Fatalf("the pipeline ended early: %v", err)
	}
	return r
}

// end stops the pipeline, which has to end well.
func (r *running) end() {
	r.t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		r.t.Errorf("the pipeline ended with %v", err)
	}
}

// awaitReady waits for a state of /readyz and returns the page.
func (r *running) awaitReady(code int, says string) {
	r.t.Helper()
	var page string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		res, err := http.Get(r.base + "/readyz")
		if err != nil {
			r.t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if page = string(body); err == nil && res.StatusCode == code && strings.Contains(page, says) {
			return
		}
	}
	r.t.Fatalf("/readyz never said %d with %q; the last page: %s", code, says, page)
}

// While ClickHouse is away the pipeline holds and says so; when it is back,
// everything lands, once.
func TestClickHouseGoesAndComesBack(t *testing.T) {
	embeddedtest.Library(t)
	dir := t.TempDir()
	launch := func(addr string) *engine.Engine {
		e, err := engine.Start(t.Context(), engine.Options{Dir: dir, Addr: addr, Log: zap.NewNop()})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	e := launch("127.0.0.1:0")
	url := e.URL()
	w := newWorldOn(t, "outage", embeddedtest.Broker(t), url)
	w.produce()
	r := w.start()
	w.awaitRead(w.truth.Counts.Records / 4)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	r.awaitReady(http.StatusServiceUnavailable, "clickhouse")
	e = launch(strings.TrimPrefix(url, "http://"))
	defer e.Close()
	r.awaitReady(http.StatusOK, "true")
	w.awaitLanded(func() {})
	r.end()
	w.verify()
}

func TestKafkaAbsentAtStartIsAwaited(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	c := config.Default()
	c.Brands = []config.Brand{{ID: "a", Name: "A"}}
	c.Kafka.Brokers = []string{addr}
	c.ClickHouse.URL = embeddedtest.ClickHouse(t)
	c.ClickHouse.Database = "absent_kafka"
	w := &world{t: t, config: c}
	r := w.start()
	r.awaitReady(http.StatusServiceUnavailable, addr)
	b, err := broker.Start("", addr, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	r.awaitReady(http.StatusOK, "true")
	r.end()
}

func TestAMissingTopicIsNamedWhenItMayNotBeCreated(t *testing.T) {
	c := config.Default()
	no := false
	c.Kafka.Create = &no
	c.Kafka.Brokers = embeddedtest.Broker(t)
	c.Brands = []config.Brand{{ID: "a", Name: "A"}}
	err := Run(t.Context(), Options{Config: c, Role: All, Log: zap.NewNop()})
	if !errors.Is(err, kafkalog.ErrMissingTopic) || !strings.Contains(err.Error(), `"posts"`) {
		t.Errorf("error is %v", err)
	}
}

func TestNoBrandsIsAnError(t *testing.T) {
	err := Run(t.Context(), Options{Config: config.Default(), Role: All, Log: zap.NewNop()})
	if err == nil || !strings.Contains(err.Error(), "brands") {
		t.Errorf("error is %v", err)
	}
}

// admin changes topics behind the pipeline's back.
func (w *world) admin() *kafka.Client {
	return &kafka.Client{Addr: kafka.TCP(w.config.Kafka.Brokers...), Timeout: 10 * time.Second}
}

// A mentions topic with another number of partitions is refused until a new
// layout is started; then work goes on.
func TestAnotherLayoutIsRefusedUntilItIsMigrated(t *testing.T) {
	w := newWorld(t, "layout", embeddedtest.Broker(t))
	w.produce()
	w.run()
	topic := w.config.Kafka.Topics.Mentions
	res, err := w.admin().CreatePartitions(t.Context(), &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: topic, Count: 5}}})
	if err != nil || res.Errors[topic] != nil {
		t.Fatal(err, res)
	}
	w.awaitPartitions(topic, 5)

	var mismatch *store.LayoutError
	err = Run(t.Context(), Options{Config: w.config, Role: All, Log: zap.NewNop()})
	if !errors.As(err, &mismatch) || !strings.Contains(err.Error(), "migrate --new-layout") {
		t.Fatalf("error is %v", err)
	}
	s, err := store.Open(t.Context(), w.config.ClickHouse, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := NewLayout(t.Context(), w.config, s, zap.NewNop())
	if err != nil || l.Epoch != 1 || l.Partitions != 5 {
		t.Fatalf("new layout %+v: %v", l, err)
	}
	r := w.start()
	r.awaitReady(http.StatusOK, "true")
	before := w.count("SELECT sum(read) FROM intake_totals")
	w.send(`{"id":"after","channel":"weibo","text":"又来了一条","published_at":"2025-11-20T00:00:00Z"}`)
	w.awaitRead(before + 1)
	r.end()
}

// A posts topic that was deleted and made again stops the partition with one
// clear line; a new epoch starts its offsets anew.
func TestARecreatedSourceNeedsANewEpoch(t *testing.T) {
	w := newWorld(t, "epoch", embeddedtest.Broker(t))
	w.produce()
	w.run()
	topic := w.config.Kafka.Topics.Posts
	if _, err := w.admin().DeleteTopics(t.Context(), &kafka.DeleteTopicsRequest{Topics: []string{topic}}); err != nil {
		t.Fatal(err)
	}
	w.awaitPartitions(topic, 0)
	if err := w.cluster.EnsureTopics(t.Context(), true, Topics(w.config.Kafka)...); err != nil {
		t.Fatal(err)
	}
	w.send(`{"id":"anew","channel":"weibo","text":"新的第一条","published_at":"2025-11-20T00:00:00Z"}`)

	var recreated *analyze.RecreatedError
	err := Run(t.Context(), Options{Config: w.config, Role: All, Log: zap.NewNop()})
	if !errors.As(err, &recreated) || !strings.Contains(err.Error(), "migrate --new-epoch "+topic) {
		t.Fatalf("error is %v", err)
	}
	s, err := store.Open(t.Context(), w.config.ClickHouse, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.NewSourceEpoch(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
	before := w.count("SELECT sum(read) FROM intake_totals")
	r := w.start()
	w.awaitRead(before + 1)
	r.end()
}

func (w *world) awaitPartitions(topic string, n int) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if got, err := w.cluster.Partitions(w.t.Context(), topic); err == nil && got == n {
			return
		}
	}
	w.t.Fatalf("topic %s never had %d partitions", topic, n)
}

// send puts one record on the first partition of the posts topic.
func (w *world) send(value string) {
	w.t.Helper()
	r := kafkalog.Record{Time: time.Now(), Value: []byte(value)}
	if err := w.cluster.Append(w.t.Context(), w.config.Kafka.Topics.Posts, 0, []kafkalog.Record{r}, nil); err != nil {
		w.t.Fatal(err)
	}
}
