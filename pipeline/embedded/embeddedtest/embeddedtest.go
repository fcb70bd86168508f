// Package embeddedtest gives tests the real services: a ClickHouse engine that
// all tests of a test binary share, and Kafka brokers of their own.
//
// A test needs nothing but the call:
//
//	url := embeddedtest.ClickHouse(t)
//	brokers := embeddedtest.Broker(t)
//
// The engine runs as a child process of the test binary and ends with it.
// Where its library cannot be had, the test is skipped; with CI=true it fails.
package embeddedtest

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"fenghuo/pipeline/embedded/broker"
	"fenghuo/pipeline/embedded/engine"
	"fenghuo/pipeline/embedded/library"
)

// fetchPatience is how long a first run may take to fetch the engine.
const fetchPatience = 10 * time.Minute

var shared = sync.OnceValues(func() (*engine.Engine, error) {
	dir, err := os.MkdirTemp("", "fenghuo-clickhouse-")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchPatience)
	defer cancel()
	return engine.Start(ctx, engine.Options{Dir: dir, Addr: "127.0.0.1:0", Ephemeral: true, Log: zap.NewNop()})
})

// ClickHouse returns the URL of the shared engine, such as
// http://127.0.0.1:40123. Each caller makes a database of its own, with a name
// that no other test has, and drops it.
func ClickHouse(t testing.TB) string {
	t.Helper()
	Library(t)
	e, err := shared()
	if err != nil {
		t.Fatalf("start ClickHouse: %v", err)
	}
	select {
	case <-e.Done():
		t.Fatalf("the shared ClickHouse is gone: %v", e.Err())
	default:
	}
	return e.URL()
}

var libraryPath = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchPatience)
	defer cancel()
	return library.Path(ctx, os.Stderr)
})

// Library returns the engine's library, and skips the test where there is
// none.
func Library(t testing.TB) string {
	t.Helper()
	path, err := libraryPath()
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("no ClickHouse engine: %v", err)
	default:
		t.Skipf("no ClickHouse engine: %v", err)
	}
	return path
}

// Broker starts a Kafka broker in memory that ends with the test, and returns
// its addresses.
func Broker(t testing.TB) []string {
	t.Helper()
	b, err := broker.Start("", "127.0.0.1:0", zap.NewNop())
	if err != nil {
		t.Fatalf("start the Kafka broker: %v", err)
	}
	t.Cleanup(b.Close)
	return []string{b.Addr()}
}
