package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"go.uber.org/zap"

	"fenghuo/pipeline/embedded/chdb"
	"fenghuo/pipeline/embedded/gateway"
)

// childVariable, set to childValue, makes this executable the engine.
const (
	childVariable = "FENGHUO_ENGINE_PROCESS"
	childValue    = "1"
)

// File descriptors that the child inherits.
const (
	listenerFD = 3 + iota
	statusFD
)

const (
	// lockPatience is how long the data of a process that was killed a moment
	// ago may still be in the hands of its engine.
	lockPatience = 15 * time.Second
	// stopPatience is how long running requests may take to end.
	stopPatience = 5 * time.Second
)

// spec is what the parent tells the child, as a line of JSON on its stdin.
type spec struct {
	Library   string
	Dir       string
	User      string
	Password  string
	Ephemeral bool // remove Dir at the end
}

// status is what the child answers, as a line of JSON.
type status struct {
	Version string
	Error   string
}

func init() {
	if os.Getenv(childVariable) == childValue {
		os.Exit(runChild())
	}
}

// runChild is the whole life of the child process.
func runChild() int {
	// The parent decides when the engine ends; a Ctrl-C reaches both.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	_ = os.Unsetenv(childVariable)
	report := os.NewFile(statusFD, "status")
	answer := json.NewEncoder(report)
	stdin := bufio.NewReader(os.Stdin)
	line, err := stdin.ReadBytes('\n')
	if err != nil {
		return 0 // the parent is gone already
	}
	gone := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		close(gone)
	}()
	var s spec
	if err := json.Unmarshal(line, &s); err != nil {
		_ = answer.Encode(status{Error: err.Error()})
		return 1
	}
	e, err := openChild(s, gone)
	if err != nil {
		_ = answer.Encode(status{Error: err.Error()})
		return 1
	}
	_ = answer.Encode(status{Version: e.library.Version()})
	_ = report.Close()
	failed := make(chan error, 1)
	go func() { failed <- e.server.Serve(e.listener) }()
	code := 0
	select {
	case <-gone:
	case err := <-failed:
		fmt.Fprintln(os.Stderr, "serve:", err)
		code = 1
	}
	e.close()
	if s.Ephemeral {
		_ = os.RemoveAll(s.Dir)
	}
	return code
}

// child holds what the child process has open.
type child struct {
	library  *chdb.Library
	keep     *chdb.Conn // the engine stops with its last connection
	gateway  *gateway.Gateway
	server   *http.Server
	listener net.Listener
	cancel   context.CancelFunc
}

func openChild(s spec, gone <-chan struct{}) (*child, error) {
	file := os.NewFile(listenerFD, "listener")
	ln, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("take over the socket: %w", err)
	}
	_ = file.Close()
	if err := lockData(s.Dir, gone); err != nil {
		return nil, err
	}
	library, err := chdb.Open(s.Library)
	if err != nil {
		return nil, err
	}
	path := "--path=" + filepath.Join(s.Dir, "data")
	keep, err := library.Connect(path)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", s.Dir, err)
	}
	log, err := zap.NewProduction(zap.IncreaseLevel(zap.WarnLevel))
	if err != nil {
		return nil, err
	}
	g := gateway.New(gateway.Options{
		Connect:  func() (*chdb.Conn, error) { return library.Connect(path) },
		User:     s.User,
		Password: s.Password,
		Log:      log,
	})
	ctx, cancel := context.WithCancel(context.Background())
	return &child{
		library: library, keep: keep, gateway: g, listener: ln, cancel: cancel,
		server: &http.Server{
			Handler:           g.Handler(),
			ReadHeaderTimeout: 30 * time.Second,
			IdleTimeout:       5 * time.Minute,
			BaseContext:       func(net.Listener) context.Context { return ctx },
		},
	}, nil
}

// lockData keeps the data directory to this process; the lock goes with it.
func lockData(dir string, gone <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	go func() {
		select {
		case <-gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	held, err := flock.New(filepath.Join(dir, "lock")).TryLockContext(ctx, 20*time.Millisecond)
	if errors.Is(err, context.DeadlineExceeded) || err == nil && !held {
		return fmt.Errorf("the data in %q are in use by another process", dir)
	}
	if err != nil {
		return fmt.Errorf("lock %q: %w", dir, err)
	}
	return nil
}

// close lets running requests end for a while, then cancels them.
func (e *child) close() {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	if err := e.server.Shutdown(ctx); err != nil {
		e.cancel()
		again, stop := context.WithTimeout(context.Background(), stopPatience)
		defer stop()
		if e.server.Shutdown(again) != nil {
			return // the engine is stuck; leave it, its data bear a sudden end
		}
	}
	e.cancel()
	e.gateway.Close()
	e.keep.Close()
}
