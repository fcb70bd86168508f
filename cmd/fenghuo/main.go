// Command fenghuo is the whole system in one binary: embedded services, the
// pipeline, ingestion, and the ways to look at what it found.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// endAtSignals gives a long computation that holds nothing open, and so does not
// look at its context, back to the system: a signal ends the process at once.
func endAtSignals() { signal.Reset(os.Interrupt, syscall.SIGTERM) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newRootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "fenghuo: "+err.Error())
		os.Exit(1)
	}
}
