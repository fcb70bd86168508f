package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Lists that could not be written are a failure, also where the code that
// prints them does not look.
func TestFullOutput(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /dev/full")
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close() //nolint:errcheck // nothing was written
	for _, args := range [][]string{{"trends", "--list"}, {"rules", "list", filepath.Join("..", "..", "deploy", "rules", "safety.yaml")}, {"config", "example"}} {
		if err := execute(t.Context(), args, full); err == nil || !strings.Contains(err.Error(), "no space left on device") {
			t.Errorf("%v to a full disk: %v", args, err)
		}
	}
}
