package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fenghuo/pipeline/embedded/embeddedtest"
)

// asProgram makes the test binary the program itself, for tests that send it
// signals.
const asProgram = "FENGHUO_TEST_AS_PROGRAM"

func init() {
	if os.Getenv(asProgram) != "" {
		_ = os.Unsetenv(asProgram) // not for the engine it starts
		main()
		os.Exit(0)
	}
}

// program is a running fenghuo.
type program struct {
	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr syncBuffer
}

func runProgram(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{cmd: exec.Command(os.Args[0], args...)}
	p.cmd.Env = append(os.Environ(), asProgram+"=1", "FENGHUO_CONFIG=")
	p.cmd.Dir = t.TempDir() // without a fenghuo.yaml
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// end waits for the program and returns its exit code.
func (p *program) end() int {
	_, _ = io.Copy(io.Discard, p.stdout)
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// runUp starts the services on free ports and waits for the ready line.
func runUp(t *testing.T, data string) (*program, upReady) {
	t.Helper()
	embeddedtest.Library(t)
	p := runProgram(t, "up", "--data", data, "--listen-kafka", "127.0.0.1:0", "--listen-clickhouse", "127.0.0.1:0", "--json", "--log-format", "json")
	line, err := p.stdout.ReadBytes('\n')
	if err != nil {
		t.Fatalf("no ready line: %v\n%s", err, p.stderr.String())
	}
	var ready upReady
	if err := json.Unmarshal(line, &ready); err != nil || len(ready.Brokers) != 1 || ready.ClickHouse == "" {
		t.Fatalf("ready line %q, %v", line, err)
	}
	return p, ready
}

func TestUpEndsOnSignals(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p, ready := runUp(t, data)
		resp, err := http.Post(ready.ClickHouse, "text/plain", strings.NewReader("SELECT 1")) //nolint:noctx // answers or refuses
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("status %d", resp.StatusCode)
		}
		if err := p.cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if code := p.end(); code != 0 {
			t.Errorf("after %v: exit code %d\n%s", s, code, p.stderr.String())
		}
	}
}

func TestUpRefusesDataInUse(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	runUp(t, data)
	second := runProgram(t, "up", "--data", data, "--listen-kafka", "127.0.0.1:0", "--listen-clickhouse", "127.0.0.1:0")
	if code := second.end(); code == 0 {
		t.Error("the second up exits with 0")
	}
	if got := second.stderr.String(); !strings.HasPrefix(got, "fenghuo: the data in ") || strings.Count(got, "\n") != 1 {
		t.Errorf("the second up says %q, want one line", got)
	}
}

// When the engine dies, up says so and fails.
func TestUpEndsWithItsEngine(t *testing.T) {
	p, _ := runUp(t, filepath.Join(t.TempDir(), "data"))
	if err := syscall.Kill(enginePID(t, p), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := p.end(); code == 0 {
		t.Error("exit code 0")
	}
	if got := p.stderr.String(); !strings.Contains(got, "fenghuo: the ClickHouse process") || !strings.Contains(got, "died: signal: killed") {
		t.Errorf("it says %q", got)
	}
}

// enginePID reads the engine's process id from the log, which is written
// before the ready line and may arrive after it.
func enginePID(t *testing.T, p *program) int {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for line := range strings.Lines(p.stderr.String()) {
			var logged struct{ PID int }
			if json.Unmarshal([]byte(line), &logged) == nil && logged.PID != 0 {
				return logged.PID
			}
		}
	}
	t.Fatalf("no pid in the log:\n%s", p.stderr.String())
	return 0
}
