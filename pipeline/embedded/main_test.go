package embedded_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"go.uber.org/zap"

	"fenghuo/pipeline/embedded"
	"fenghuo/pipeline/embedded/embeddedtest"
)

// serveVariable makes the test binary a process that runs the services on a
// directory, for tests that kill it.
const serveVariable = "FENGHUO_TEST_SERVE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveVariable); dir != "" {
		if err := serve(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// served is what a serving process says when it is ready.
type served struct {
	Brokers    []string
	ClickHouse string
}

func serve(dir string) error {
	s, err := embedded.Start(context.Background(), options(dir))
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(served{s.Brokers(), s.ClickHouseURL()}); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test ends or kills this
	return s.Close()
}

func options(dir string) embedded.Options {
	return embedded.Options{DataDir: dir, KafkaAddr: "127.0.0.1:0", ClickHouseAddr: "127.0.0.1:0", Log: zap.NewNop()}
}

// process is a serving process.
type process struct {
	served
	cmd *exec.Cmd
}

func startProcess(t *testing.T, dir string) *process {
	t.Helper()
	embeddedtest.Library(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveVariable+"="+dir)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd}
	t.Cleanup(p.kill)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the serving process says nothing: %v", err)
	}
	if err := json.Unmarshal(line, &p.served); err != nil {
		t.Fatal(err)
	}
	return p
}

// kill ends the process as kill -9 does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}
