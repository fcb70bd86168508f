package kafkatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

const (
	startTimeout = 2 * time.Minute  // a JVM on a loaded machine
	stopTimeout  = 30 * time.Second // a controlled shutdown
	poll         = 50 * time.Millisecond
)

// Start runs a broker until the test ends and returns its address.
func Start(t testing.TB) []string {
	t.Helper()
	return Run(t).Brokers()
}

// Broker is a running broker that a test can stop, kill and start again. Its
// methods must be called from the test's goroutine.
type Broker struct {
	t      testing.TB
	kafka  installation
	dir    string // server.properties, data and log
	addr   string
	cmd    *exec.Cmd
	exited chan struct{} // closed when cmd has ended
}

// Run starts a broker that ends with the test. Topics are not created
// automatically; a consumer group's first rebalance is not delayed.
func Run(t testing.TB) *Broker {
	t.Helper()
	in, err := prepare()
	if err != nil {
		unavailable(t, err)
	}
	b := &Broker{t: t, kafka: in, dir: t.TempDir()}
	if err := b.configure(); err != nil {
		t.Fatalf("configure Apache Kafka: %v", err)
	}
	t.Cleanup(b.end)
	if err := b.start(); err != nil {
		t.Fatalf("start Apache Kafka: %v", err)
	}
	return b
}

// Brokers returns the bootstrap address, the same after a restart.
func (b *Broker) Brokers() []string { return []string{b.addr} }

// Stop ends the broker as an operator would, with SIGTERM.
func (b *Broker) Stop() {
	b.t.Helper()
	if err := b.signal(syscall.SIGTERM, stopTimeout); err != nil {
		b.t.Fatalf("stop Apache Kafka: %v", err)
	}
}

// Kill ends the broker with SIGKILL.
func (b *Broker) Kill() {
	b.t.Helper()
	if err := b.signal(syscall.SIGKILL, stopTimeout); err != nil {
		b.t.Fatalf("kill Apache Kafka: %v", err)
	}
}

// Restart starts the broker again on the same address and data, after
// stopping it when it runs.
func (b *Broker) Restart() {
	b.t.Helper()
	b.Stop()
	if err := b.start(); err != nil {
		b.t.Fatalf("restart Apache Kafka: %v", err)
	}
}

// unavailable skips the test, or fails it where the broker is required.
func unavailable(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("FENGHUO_REQUIRE_KAFKA") == "1" {
		t.Fatalf("Apache Kafka is required here (FENGHUO_REQUIRE_KAFKA=1): %v", err)
	}
	t.Skipf("skipped, needs Apache Kafka: %v", err)
}

// configure chooses the ports, writes server.properties and formats the
// storage.
func (b *Broker) configure() error {
	client, err := freePort()
	if err != nil {
		return err
	}
	controller, err := freePort()
	if err != nil {
		return err
	}
	b.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(client))
	properties := fmt.Sprintf(serverProperties, controller, client, filepath.ToSlash(b.path("data")))
	if err := os.WriteFile(b.path("server.properties"), []byte(properties), 0o644); err != nil {
		return err
	}
	format := b.java("kafka.tools.StorageTool", "format",
		"--cluster-id", "ZmVuZ2h1by1rYWZrYXRlcw", "--config", b.path("server.properties"))
	if out, err := format.CombinedOutput(); err != nil {
		return fmt.Errorf("format the storage: %w\n%s", err, out)
	}
	return nil
}

// serverProperties takes the controller's port, the clients' port and the data
// directory. Everything is as small as one test needs.
const serverProperties = `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:%[1]d
listeners=PLAINTEXT://127.0.0.1:%[2]d,CONTROLLER://127.0.0.1:%[1]d
advertised.listeners=PLAINTEXT://127.0.0.1:%[2]d
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=%[3]s
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
num.network.threads=2
num.io.threads=2
background.threads=2
log.cleaner.dedupe.buffer.size=4194304
`

// java prepares a command of the broker's main classes, tuned for a quick
// start rather than for throughput.
func (b *Broker) java(args ...string) *exec.Cmd {
	args = append([]string{
		"-Xms64m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
		"-cp", filepath.Join(b.kafka.jars, "*"),
	}, args...)
	cmd := exec.Command(b.kafka.java, args...)
	cmd.Dir = b.dir
	endWithParent(cmd)
	return cmd
}

// start runs the broker and waits until it answers.
func (b *Broker) start() error {
	log, err := os.OpenFile(b.path("broker.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the child has its own copy
	cmd := b.java("kafka.Kafka", b.path("server.properties"))
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is in the log
		close(exited)
	}()
	b.cmd, b.exited = cmd, exited
	return b.waitReady()
}

// waitReady returns when the broker has registered itself with the controller,
// which is when topics can be created.
func (b *Broker) waitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	// A transport answers from what it last saw; here that must be fresh.
	transport := &kafkago.Transport{MetadataTTL: poll}
	defer transport.CloseIdleConnections()
	client := &kafkago.Client{Addr: kafkago.TCP(b.addr), Transport: transport}
	last := errors.New("it is not registered with its controller")
	for {
		meta, err := client.Metadata(ctx, &kafkago.MetadataRequest{})
		if err == nil && len(meta.Brokers) == 1 {
			return nil
		}
		if err != nil {
			last = err
		}
		select {
		case <-b.exited:
			return fmt.Errorf("it ended at once:\n%s", b.logTail())
		case <-ctx.Done():
			return fmt.Errorf("not ready after %v: %w\n%s", startTimeout, last, b.logTail())
		case <-time.After(poll):
		}
	}
}

// signal sends s to a running broker and waits for its end.
func (b *Broker) signal(s os.Signal, wait time.Duration) error {
	if b.cmd == nil {
		return nil
	}
	if err := b.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-b.exited:
		b.cmd = nil
		return nil
	case <-time.After(wait):
		return fmt.Errorf("still running %v after %v:\n%s", wait, s, b.logTail())
	}
}

// end is the cleanup: the data is thrown away, so there is no need to be
// polite. A failed test shows the broker's last words.
func (b *Broker) end() {
	if err := b.signal(syscall.SIGKILL, stopTimeout); err != nil {
		b.t.Errorf("end Apache Kafka: %v", err)
	}
	if tail := b.logTail(); b.t.Failed() && len(tail) > 0 {
		b.t.Logf("Apache Kafka's log ends with:\n%s", tail)
	}
}

func (b *Broker) logTail() []byte {
	const limit = 4 << 10
	log, err := os.ReadFile(b.path("broker.log"))
	if err != nil {
		return nil
	}
	return bytes.TrimSpace(log[max(0, len(log)-limit):])
}

func (b *Broker) path(name string) string { return filepath.Join(b.dir, name) }

// freePort finds a port below the range that systems hand out by themselves,
// so that nobody takes it while the broker is down.
func freePort() (int, error) {
	for range 100 {
		port := 20000 + rand.IntN(12000)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		return port, l.Close()
	}
	return 0, errors.New("no free port on 127.0.0.1 between 20000 and 32000")
}
