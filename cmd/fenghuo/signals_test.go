package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// Ctrl-C ends a command that waits for what is typed.
func TestSignalWhileReading(t *testing.T) {
	c := exec.Command(os.Args[0], "analyze")
	c.Env = append(os.Environ(), asProgram+"=1", "FENGHUO_CONFIG=")
	t.Cleanup(func() { _ = c.Process.Kill() })
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, `{"text":"好用"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); !strings.Contains(line, "tokens") { // it reads
		t.Fatalf("%q, %v", line, err)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // its state says how it ended
	if status := c.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() {
		t.Errorf("ended with %s", c.ProcessState)
	}
}
