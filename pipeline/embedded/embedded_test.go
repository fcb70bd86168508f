package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/zap"

	"fenghuo/pipeline/embedded"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/embedded/engine"
)

func start(t *testing.T, o embedded.Options) *embedded.Services {
	t.Helper()
	embeddedtest.Library(t)
	s, err := embedded.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Both services listen on loopback, keep their data over a restart, and leave
// nothing listening.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	s := start(t, options(dir))
	for _, addr := range []string{s.Brokers()[0], strings.TrimPrefix(s.ClickHouseURL(), "http://")} {
		if host, _, err := net.SplitHostPort(addr); err != nil || !net.ParseIP(host).IsLoopback() {
			t.Errorf("%q is not on loopback", addr)
		}
	}
	createTable(t, s.ClickHouseURL())
	createTopic(t, s.Brokers())
	if err := errors.Join(insertBatch(t.Context(), s.ClickHouseURL(), 1, "x"), produce(t.Context(), s.Brokers(), []byte("x"))); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
	select {
	case <-s.Done():
	default:
		t.Error("closed services are not done")
	}
	if err := s.Err(); err != nil {
		t.Errorf("Err after Close = %v, want nil", err)
	}
	for _, addr := range []string{s.Brokers()[0], strings.TrimPrefix(s.ClickHouseURL(), "http://")} {
		if c, err := net.Dial("tcp", addr); err == nil { //nolint:noctx // refused at once
			_ = c.Close()
			t.Errorf("%s still listens", addr)
		}
	}
	s = start(t, options(dir))
	if got := storedBatches(t, s.ClickHouseURL()); !got[1] || len(got) != 1 {
		t.Errorf("batches after the restart: %v", got)
	}
	if got := consume(t, s.Brokers()); !slices.Equal(got, []string{"x"}) {
		t.Errorf("records after the restart: %q", got)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	s := start(t, options(dir))
	taken := strings.TrimPrefix(s.ClickHouseURL(), "http://")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(comment, want string, change func(*embedded.Options)) {
		t.Helper()
		o := options(t.TempDir())
		change(&o)
		second, err := embedded.Start(t.Context(), o)
		if err == nil {
			_ = second.Close()
			t.Errorf("%s: started", comment)
			return
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q, want one line with %q", comment, err, want)
		}
	}
	f("the same data twice", "in use by another fenghuo", func(o *embedded.Options) { o.DataDir = dir })
	f("Kafka's port in use", "the Kafka address "+s.Brokers()[0]+" is in use", func(o *embedded.Options) { o.KafkaAddr = s.Brokers()[0] })
	f("ClickHouse's port in use", "the ClickHouse address "+taken+" is in use", func(o *embedded.Options) { o.ClickHouseAddr = taken })
	f("an address without a port", `"127.0.0.1"`, func(o *embedded.Options) { o.KafkaAddr = "127.0.0.1" })
	f("a port that is none", `"http"`, func(o *embedded.Options) { o.KafkaAddr = "127.0.0.1:http" })
	f("data in a file", "not a directory", func(o *embedded.Options) { o.DataDir = file })
	t.Setenv("FENGHUO_LIBCHDB", file+"-absent")
	f("no library", "FENGHUO_LIBCHDB names", func(*embedded.Options) {})
	t.Setenv("FENGHUO_LIBCHDB", file)
	f("a library that is none", "load ClickHouse engine", func(*embedded.Options) {})
}

// When the engine is killed, the services say so and can be closed.
func TestEngineKilled(t *testing.T) {
	embeddedtest.Library(t)
	e, err := embedded.StartEngine(t.Context(), engineOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(e.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-e.Done()
	if err := e.Err(); err == nil || !strings.Contains(err.Error(), "died: signal: killed") {
		t.Errorf("Err = %v, want that it died of a signal", err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func engineOptions(t *testing.T) engine.Options {
	return engine.Options{Dir: t.TempDir(), Addr: "127.0.0.1:0", Log: zap.NewNop()}
}

// With a user and a password, nobody else is let in.
func TestPassword(t *testing.T) {
	o := options(t.TempDir())
	o.User, o.Password = "reader", "s3cret"
	s := start(t, o)
	if _, err := query(t.Context(), s.ClickHouseURL(), "SELECT 1"); err == nil || !strings.Contains(err.Error(), "Code: 516") {
		t.Errorf("without a password: %v", err)
	}
	if got, err := query(t.Context(), strings.Replace(s.ClickHouseURL(), "//", "//reader:s3cret@", 1), "SELECT 1"); err != nil || got != "1" {
		t.Errorf("with the password: %q, %v", got, err)
	}
}

// Starting can be given up; nothing is left behind.
func TestStartCancelled(t *testing.T) {
	embeddedtest.Library(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if s, err := embedded.Start(ctx, options(dir)); err == nil {
		_ = s.Close()
		t.Fatal("started")
	}
	start(t, options(dir)) // the data directory is free again
}

// kill -9 of the process, again and again while it takes in rows and records:
// what was acknowledged is there, whole and once; of what was not, at most the
// one in flight.
func TestKillNine(t *testing.T) {
	dir := t.TempDir()
	batches, records := 0, 0 // sent so far, and acknowledged but for the last of each round
	ackedBatches, ackedRecords := map[int]bool{}, map[string]bool{}
	const rounds, perRound = 3, 8
	for range rounds {
		p := startProcess(t, dir)
		createTable(t, p.ClickHouse)
		createTopic(t, p.Brokers)
		rowsDone, recordsDone := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(rowsDone)
			for insertBatch(t.Context(), p.ClickHouse, batches, "质量太差") == nil {
				ackedBatches[batches] = true
				batches++
			}
			batches++
		}()
		reached := make(chan struct{})
		go func() {
			defer close(recordsDone)
			for n := 0; ; n++ {
				value := fmt.Sprint(records)
				records++
				if produce(t.Context(), p.Brokers, []byte(value)) != nil {
					return
				}
				ackedRecords[value] = true
				if n == perRound*4 {
					close(reached)
				}
			}
		}()
		<-reached
		p.kill()
		http.DefaultClient.CloseIdleConnections()
		<-rowsDone
		<-recordsDone
	}
	p := startProcess(t, dir)
	stored := storedBatches(t, p.ClickHouse)
	for batch := range ackedBatches {
		if !stored[batch] {
			t.Errorf("acknowledged batch %d is lost", batch)
		}
	}
	if extra := len(stored) - len(ackedBatches); extra > rounds {
		t.Errorf("%d batches stored that were not acknowledged, at most %d were in flight", extra, rounds)
	}
	values := consume(t, p.Brokers)
	seen := map[string]int{}
	for _, v := range values {
		seen[v]++
	}
	for v := range ackedRecords {
		if seen[v] != 1 {
			t.Errorf("acknowledged record %s is there %d times", v, seen[v])
		}
	}
	if extra := len(values) - len(ackedRecords); extra > rounds {
		t.Errorf("%d records stored that were not acknowledged, at most %d were in flight", extra, rounds)
	}
	t.Logf("%d batches and %d records acknowledged over %d kills", len(ackedBatches), len(ackedRecords), rounds)
}
