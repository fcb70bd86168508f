package broker

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/zap"
)

// DefaultPartitions is how many partitions a topic gets that does not say.
const DefaultPartitions = 4

const (
	// maxPartitionBytes bounds a partition's log. Age bounds nothing: records
	// of a replay carry times of years ago and would be deleted on arrival.
	maxPartitionBytes = 2 << 30
	cleanInterval     = time.Minute
)

// Broker is a running broker.
type Broker struct {
	cluster *kfake.Cluster
	addr    string
	stop    func()
}

// Start listens on addr (host:port, port 0 takes a free one) and keeps its
// data in dir, which no other broker may have open; an empty dir keeps them in
// memory.
func Start(dir, addr string, log *zap.Logger) (*Broker, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen address for Kafka %q: want host:port: %w", addr, err)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return nil, fmt.Errorf("listen address for Kafka %q: port %q is not a number from 0 to 65535", addr, port)
	}
	// kfake would listen on loopback whatever the host; this socket is the one
	// it uses.
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("the Kafka address %s is in use by another program: stop it or choose another with --listen-kafka", addr)
		}
		return nil, fmt.Errorf("listen for Kafka: %w", err)
	}
	advertised := ln.Addr().(*net.TCPAddr)
	if advertised.IP.IsUnspecified() {
		// Clients are sent to this name, and 0.0.0.0 is none.
		if host, err = os.Hostname(); err != nil {
			return nil, errors.Join(fmt.Errorf("name this machine to Kafka clients: %w", err), ln.Close())
		}
	}
	named := &listener{Listener: ln, addr: name(net.JoinHostPort(host, strconv.Itoa(advertised.Port)))}
	opts := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return named, nil }),
		kfake.ClusterID("fenghuo-embedded"),
		kfake.DefaultNumPartitions(DefaultPartitions),
		kfake.AllowAutoTopicCreation(),
		kfake.BrokerConfigs(map[string]string{
			"log.retention.ms":    "-1",
			"log.retention.bytes": strconv.Itoa(maxPartitionBytes),
			"message.max.bytes":   strconv.Itoa(16 << 20),
		}),
		kfake.WithLogger(logger{log.Sugar()}),
	}
	if dir != "" {
		opts = append(opts, kfake.DataDir(filepath.Clean(dir)))
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		_ = ln.Close()                                // kfake may have done so
		cause, _, _ := strings.Cut(err.Error(), "\n") // the rest says the same of its other files
		return nil, fmt.Errorf("start the Kafka broker on %q: %s", dir, cause)
	}
	b := &Broker{cluster: cluster, addr: string(named.addr)}
	b.stop = b.cleanEvery(cleanInterval)
	return b, nil
}

// Addr is the host:port that clients connect to.
func (b *Broker) Addr() string { return b.addr }

// Cluster gives tests kfake's controls, such as faults.
func (b *Broker) Cluster() *kfake.Cluster { return b.cluster }

// Close writes everything to disk and stops.
func (b *Broker) Close() {
	b.stop()
	b.cluster.Close()
}

// cleanEvery applies retention, which kfake itself does only for topics that
// set their own.
func (b *Broker) cleanEvery(interval time.Duration) (stop func()) {
	quit := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				b.cluster.ApplyRetention()
			}
		}
	})
	return sync.OnceFunc(func() {
		close(quit)
		wg.Wait()
	})
}

// listener is a socket under the name that clients are told.
type listener struct {
	net.Listener
	addr name
}

func (l *listener) Addr() net.Addr { return l.addr }

type name string

func (name) Network() string  { return "tcp" }
func (n name) String() string { return string(n) }

// logger passes on what kfake says; its notes on single requests are debugging.
type logger struct{ log *zap.SugaredLogger }

func (l logger) Logf(level kfake.LogLevel, format string, args ...any) {
	switch level {
	case kfake.LogLevelError:
		l.log.Errorf("kafka: "+format, args...)
	case kfake.LogLevelWarn:
		l.log.Warnf("kafka: "+format, args...)
	default:
		l.log.Debugf("kafka: "+format, args...)
	}
}
