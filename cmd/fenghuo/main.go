// Command fenghuo is the whole system in one binary: embedded services, the
// pipeline, ingestion, and the ways to look at what it found.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// endAtSignals gives a command that holds nothing open, and computes for long or
// reads a terminal without a look at its context, back to the system: a signal
// ends the process at once.
func endAtSignals() { signal.Reset(os.Interrupt, syscall.SIGTERM) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := execute(ctx, os.Args[1:], os.Stdout); err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = errors.New("interrupted")
		}
		fmt.Fprintln(os.Stderr, "fenghuo: "+err.Error())
		os.Exit(1)
	}
}

// execute runs the command that args name, which prints its results to file.
func execute(ctx context.Context, args []string, file *os.File) error {
	out := &output{file: file}
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(out)
	if err := root.ExecuteContext(ctx); err != nil {
		return err
	}
	return out.failed
}
