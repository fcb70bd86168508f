package service

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"fenghuo/pipeline/config"
)

// childConfig names, in the environment, the config of a process that is this
// test binary running the pipeline: something to kill.
const childConfig = "FENGHUO_TEST_SERVICE_CONFIG"

func serveChild(path string) int {
	data, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	c := config.Default()
	if err := json.Unmarshal(data, c); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	log, _ := zap.NewDevelopment(zap.IncreaseLevel(zap.InfoLevel), zap.AddStacktrace(zap.FatalLevel))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	err = Run(ctx, Options{Config: c, Role: All, SnapshotEvery: time.Second, Log: log})
	if err != nil || ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "service ended:", err)
		return 1
	}
	return 0
}

// child is a process running the pipeline.
type child struct {
	cmd    *exec.Cmd
	stderr *lockedBuffer
}

// lockedBuffer may be read while the process writes.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// awaitWork waits until the process has its share of the source.
func (c *child) awaitWork(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ownsSome.MatchString(c.stderr.String()); {
		if time.Now().After(deadline) {
			t.Fatalf("a process got no work:\n%s", c.stderr)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (w *world) startChild() *child {
	w.t.Helper()
	data, err := json.Marshal(w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	path := w.t.TempDir() + "/config.json"
	if err := os.WriteFile(path, data, 0o600); err != nil {
		w.t.Fatal(err)
	}
	c := &child{cmd: exec.Command(os.Args[0]), stderr: &lockedBuffer{}}
	c.cmd.Env = append(os.Environ(), childConfig+"="+path)
	c.cmd.Stderr = c.stderr
	if err := c.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// stop ends the process as an operator would, and fails the test unless it
// ends well.
func (c *child) stop(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("the process stopped with %v:\n%s", err, c.stderr)
	}
}
