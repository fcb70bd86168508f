package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"
	"go.uber.org/zap"

	"fenghuo/pipeline/embedded/broker"
	"fenghuo/pipeline/embedded/engine"
)

// Options of the services. Addresses are host:port; port 0 takes a free one.
type Options struct {
	DataDir        string
	KafkaAddr      string
	ClickHouseAddr string
	User, Password string // that ClickHouse asks for; an empty User lets everybody in
	Log            *zap.Logger
	Progress       io.Writer // of fetching the engine; nil is silent
}

// Services are the broker and the engine, running.
type Services struct {
	broker *broker.Broker
	engine *engine.Engine
	lock   *flock.Flock
	close  func() error
}

// Start runs both services on DataDir until Close. The first start fetches the
// engine, which takes a while; what stands against starting is one clear line.
func Start(ctx context.Context, o Options) (*Services, error) {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return nil, fmt.Errorf("find the data directory %q: %w", o.DataDir, err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	s := &Services{lock: lock}
	s.close = sync.OnceValue(s.shutdown)
	if s.broker, err = StartBroker(filepath.Join(dir, "kafka"), o.KafkaAddr, o.Log); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.engine, err = StartEngine(ctx, engine.Options{
		Dir: filepath.Join(dir, "clickhouse"), Addr: o.ClickHouseAddr,
		User: o.User, Password: o.Password, Log: o.Log, Progress: o.Progress,
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// StartBroker runs the broker alone; an empty dir keeps its data in memory.
func StartBroker(dir, addr string, log *zap.Logger) (*broker.Broker, error) {
	return broker.Start(dir, addr, log)
}

// StartEngine runs the engine alone.
func StartEngine(ctx context.Context, o engine.Options) (*engine.Engine, error) {
	return engine.Start(ctx, o)
}

// lockDir takes the data directory, or says who else may have it.
func lockDir(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data directory %q: %w", dir, err)
	}
	if !held {
		return nil, fmt.Errorf("the data in %q are in use by another fenghuo: stop it or choose another directory with --data", dir)
	}
	return lock, nil
}

// Brokers are the addresses for Kafka clients.
func (s *Services) Brokers() []string { return []string{s.broker.Addr()} }

// ClickHouseURL is the address for ClickHouse HTTP clients.
func (s *Services) ClickHouseURL() string { return s.engine.URL() }

// Done is closed when a service has ended, by Close or by itself.
func (s *Services) Done() <-chan struct{} { return s.engine.Done() }

// Err says which service ended by itself and why; nil otherwise.
func (s *Services) Err() error { return s.engine.Err() }

// Close stops both services and waits for them; calling it again changes
// nothing.
func (s *Services) Close() error { return s.close() }

func (s *Services) shutdown() error {
	var errs []error
	if s.engine != nil {
		errs = append(errs, s.engine.Close())
	}
	if s.broker != nil {
		s.broker.Close()
	}
	return errors.Join(append(errs, s.lock.Unlock())...)
}
