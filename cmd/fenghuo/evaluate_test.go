package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// evaluateDetectors runs `fenghuo evaluate detectors`.
func evaluateDetectors(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	root := newRootCommand()
	root.SetOut(&out)
	root.SetErr(&bytes.Buffer{})
	root.SetArgs(append([]string{"evaluate", "detectors"}, args...))
	err := root.ExecuteContext(ctx)
	return out.String(), err
}

func TestEvaluateDetectorsNamesItsSuitesAndTheData(t *testing.T) {
	dir := t.TempDir()
	if _, err := evaluateDetectors(t.Context(), "--suite", "peers", "--out", dir); err == nil || !strings.Contains(err.Error(), "nab, streams, portfolio, simulated") {
		t.Errorf("an unknown suite: %v", err)
	}
	if _, err := evaluateDetectors(t.Context(), "--suite", "nab", "--data", dir, "--out", dir); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("no data: %v", err)
	}
}

// Stopped before it began, it says that nothing was measured.
func TestEvaluateDetectorsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	dir := t.TempDir()
	out, err := evaluateDetectors(ctx, "--quick", "--suite", "simulated,portfolio", "--out", dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, suite := range []string{"portfolio", "simulated"} {
		if !strings.Contains(out, "- "+suite+": `fenghuo evaluate detectors --quick") || !strings.Contains(out, "not measured: all of it") {
			t.Errorf("it says:\n%s", out)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "detectors.md")); err != nil {
		t.Error(err)
	}
}

// What cannot be written is told before the work, not after it.
func TestResultsCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(file, "results")
	for _, args := range [][]string{{"evaluate", "text"}, {"evaluate", "detectors"}, {"train"}} {
		_, progress, err := command(t, append(args, "--data", t.TempDir(), "--out", out)...)
		if err == nil || !strings.Contains(err.Error(), file) || progress != "" {
			t.Errorf("%v: %v after %q", args, err, progress)
		}
	}
}
