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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newRootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "fenghuo: "+err.Error())
		os.Exit(1)
	}
}
