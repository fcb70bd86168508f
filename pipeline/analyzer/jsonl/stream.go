package jsonl

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"fenghuo/pipeline/analyzer"
)

const (
	batchLines = 256
	batchBytes = 256 << 10
	maxLine    = 64 << 20 // a longer line is bad, and passed over
)

var errLongLine = fmt.Errorf("the line is longer than %d MB", maxLine>>20)

// Options say what to write beside the contract's fields.
type Options struct {
	Explain bool // add `explain`: which words moved the score, every type's score
}

// Count is the account of a run.
type Count struct{ Lines, Bad int }

// Run reads a JSON object a line from r and writes it with its analysis to w,
// one line for each, in order. A line that is no such object gets `error`. Run
// ends with r, with ctx, or when r or w fail; what was read until then is
// written.
func Run(ctx context.Context, a *analyzer.Analyzer, r io.Reader, w io.Writer, o Options) (Count, error) {
	workers := runtime.GOMAXPROCS(0)
	jobs := make(chan *batch, workers)
	order := make(chan *batch, 2*workers) // bounds what is in flight
	g, ctx := errgroup.WithContext(ctx)
	var readErr error
	g.Go(func() error {
		defer close(jobs)
		defer close(order)
		readErr = read(ctx, r, func(b *batch) error {
			for _, to := range []chan *batch{order, jobs} {
				select {
				case to <- b:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
		return nil // what was read is still to be written
	})
	for range workers {
		g.Go(func() error {
			l := liner{analyzer: a, scratch: analyzer.NewScratch(), options: o}
			for b := range jobs {
				l.batch(b)
			}
			return nil
		})
	}
	var count Count
	g.Go(func() error { return write(ctx, w, order, &count) })
	err := g.Wait()
	return count, errors.Join(err, readErr)
}

// batch is a run of lines and their answers.
type batch struct {
	lines [][]byte // nil for one that was too long
	out   bytes.Buffer
	bad   int
	done  chan struct{}
}

// read cuts r into lines and hands them on in batches; a batch is not kept
// waiting for input that is not there yet.
func read(ctx context.Context, r io.Reader, emit func(*batch) error) error {
	in := bufio.NewReaderSize(r, 1<<20)
	if head, _ := in.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		in.Discard(3) //nolint:errcheck // the bytes were just seen
	}
	b, size := newBatch(), 0
	flush := func() error {
		if len(b.lines) == 0 {
			return nil
		}
		full := b
		b, size = newBatch(), 0
		return emit(full)
	}
	for ctx.Err() == nil {
		line, err := readLine(in)
		if err != nil && !errors.Is(err, errLongLine) {
			if len(line) > 0 {
				b.lines = append(b.lines, line)
			}
			return errors.Join(flush(), ended(err))
		}
		b.lines = append(b.lines, line)
		size += len(line)
		if len(b.lines) >= batchLines || size >= batchBytes || in.Buffered() == 0 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

// ended is nil at the proper end of the input.
func ended(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the input is truncated: %w", err)
	}
	return fmt.Errorf("read the input: %w", err)
}

// readLine returns the next line without its end. A line beyond maxLine is
// passed over and is nil with errLongLine.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if !long {
			line = append(line, part...)
			if len(line) > maxLine {
				line, long = nil, true
			}
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case long && err == nil:
			return nil, errLongLine
		case err != nil:
			return line, err
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}

// write writes the batches in their order.
func write(ctx context.Context, w io.Writer, order <-chan *batch, count *Count) error {
	for b := range order {
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		count.Lines += len(b.lines)
		count.Bad += b.bad
		if _, err := w.Write(b.out.Bytes()); err != nil {
			return fmt.Errorf("write the output: %w", err)
		}
	}
	return nil
}
