package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"

	"fenghuo/pipeline/embedded/library"
)

const (
	// startPatience covers reading 566 MB from a slow disk and loading the
	// parts of large tables.
	startPatience = 2 * time.Minute
	// closePatience is what the child takes to end its requests, and a margin.
	closePatience = 2*stopPatience + 5*time.Second
)

// Options of an engine.
type Options struct {
	Dir       string // data directory; one engine at a time
	Addr      string // host:port of the HTTP interface; port 0 takes a free one
	User      string // with Password; "" lets everybody in
	Password  string //
	Ephemeral bool   // remove Dir at the end
	Log       *zap.Logger
	Progress  io.Writer // of fetching the library; nil is silent
}

// Engine is a running child process.
type Engine struct {
	url   string
	log   *zap.Logger
	cmd   *exec.Cmd
	stdin io.Closer
	last  tail

	done    chan struct{}
	mu      sync.Mutex
	closing bool
	err     error
}

// Start fetches the library if need be, starts the child and returns when it
// answers queries.
func Start(ctx context.Context, o Options) (*Engine, error) {
	ln, err := listen(o.Addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = ln.Close() }()
	path, err := library.Path(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("find the ClickHouse data directory %q: %w", o.Dir, err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("find the ClickHouse engine: %w", err)
	}
	e := &Engine{url: "http://" + ln.Addr().String(), log: o.Log, done: make(chan struct{})}
	answer, err := e.spawn(ln, spec{Library: path, Dir: dir, User: o.User, Password: o.Password, Ephemeral: o.Ephemeral})
	if err != nil {
		return nil, err
	}
	select {
	case s := <-answer:
		if s.Error != "" {
			_ = e.Close()
			return nil, fmt.Errorf("start ClickHouse: %s", s.Error)
		}
		e.log.Info("ClickHouse is ready", zap.String("url", e.url), zap.String("engine", s.Version), zap.Int("pid", e.cmd.Process.Pid))
		return e, nil
	case <-e.done:
		return nil, e.Err()
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(startPatience):
		err = fmt.Errorf("ClickHouse did not start within %s", startPatience)
	}
	e.kill()
	return nil, err
}

func listen(addr string) (*net.TCPListener, error) {
	ln, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the ClickHouse address %s is in use by another program: stop it or choose another with --listen-clickhouse", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("listen for ClickHouse: %w", err)
	}
	return ln.(*net.TCPListener), nil
}

// spawn starts the child; its one answer comes on the channel.
func (e *Engine) spawn(ln *net.TCPListener, s spec) (<-chan status, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program's file to start ClickHouse: %w", err)
	}
	socket, err := ln.File()
	if err != nil {
		return nil, fmt.Errorf("hand the socket to ClickHouse: %w", err)
	}
	defer func() { _ = socket.Close() }()
	reply, theirs, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe to ClickHouse: %w", err)
	}
	defer func() { _ = theirs.Close() }()

	// The engine would read a config.xml that lies where it is started.
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the ClickHouse data directory: %w", err)
	}
	cmd := exec.Command(exe)
	cmd.Dir = s.Dir
	cmd.Args = []string{"fenghuo-engine", s.Dir} // for ps
	// Times without a zone are UTC, as on the servers people run.
	cmd.Env = append(os.Environ(), childVariable+"="+childValue, "TZ=UTC")
	cmd.ExtraFiles = []*os.File{socket, theirs}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe to ClickHouse: %w", err)
	}
	cmd.Stdout = &e.last
	cmd.Stderr = &e.last
	e.last.log = e.log
	if err := startConfined(cmd, s); err != nil {
		_ = reply.Close()
		return nil, fmt.Errorf("start ClickHouse as a child of %q: %w", exe, err)
	}
	e.cmd, e.stdin = cmd, stdin
	go e.wait()

	answer := make(chan status, 1)
	go func() {
		defer func() { _ = reply.Close() }()
		var got status
		if line, err := bufio.NewReader(reply).ReadBytes('\n'); err == nil && json.Unmarshal(line, &got) == nil {
			answer <- got
		}
	}()
	// A child that is dead already shows in wait.
	_ = json.NewEncoder(stdin).Encode(s)
	return answer, nil
}

// wait notes how the child ended.
func (e *Engine) wait() {
	err := e.cmd.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closing {
		how := "it ended by itself"
		if err != nil {
			how = err.Error()
		}
		e.err = fmt.Errorf("the ClickHouse process (pid %d) died: %s%s", e.cmd.Process.Pid, how, e.last.words())
	}
	close(e.done)
}

// URL is the engine's address for HTTP clients.
func (e *Engine) URL() string { return e.url }

// PID is the child's process id.
func (e *Engine) PID() int { return e.cmd.Process.Pid }

// Done is closed when the child has ended.
func (e *Engine) Done() <-chan struct{} { return e.done }

// Err says why the child ended, nil while it runs or after Close.
func (e *Engine) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// Close lets running requests end, and stops the child.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closing = true
	e.mu.Unlock()
	_ = e.stdin.Close()
	select {
	case <-e.done:
		return nil
	case <-time.After(closePatience):
		e.kill()
		return fmt.Errorf("ClickHouse did not stop within %s and was killed", closePatience)
	}
}

func (e *Engine) kill() {
	e.mu.Lock()
	e.closing = true
	e.mu.Unlock()
	_ = e.cmd.Process.Kill()
	<-e.done
}

// tail logs what the child writes and keeps the last of it.
type tail struct {
	log *zap.Logger

	mu   sync.Mutex
	text []byte
}

const tailSize = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for line := range strings.Lines(string(p)) {
		if line = strings.TrimSpace(line); line != "" {
			t.log.Warn("clickhouse: " + line)
		}
	}
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailSize):]
	return len(p), nil
}

// words are the last line, for an error message.
func (t *tail) words() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return ": " + last
	}
	return ""
}
