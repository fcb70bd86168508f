package library

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// meter shows how much of a known number of bytes is done: a bar on a
// terminal, a line for every quarter elsewhere, nothing without a writer.
type meter struct {
	w     io.Writer
	label string
	total int64
	bar   *progressbar.ProgressBar

	mu   sync.Mutex
	done int64
	next int64 // percentage of the next line
}

func newMeter(w io.Writer, label string, total int64) *meter {
	m := &meter{w: w, label: label, total: total}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		m.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(label),
			progressbar.OptionShowBytes(true), progressbar.OptionSetWidth(24),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	m.set(0)
	return m
}

// Write counts p, so that a meter can stand in an io.MultiWriter.
func (m *meter) Write(p []byte) (int, error) {
	m.mu.Lock()
	done := m.done + int64(len(p))
	m.mu.Unlock()
	m.set(done)
	return len(p), nil
}

func (m *meter) set(done int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done = min(max(done, m.done), m.total)
	switch {
	case m.w == nil || m.total == 0:
	case m.bar != nil:
		_ = m.bar.Set64(m.done)
	case m.done*100/m.total >= m.next:
		fmt.Fprintf(m.w, "%s: %d of %d MB\n", m.label, m.done>>20, m.total>>20)
		m.next = m.done*100/m.total/25*25 + 25
	}
}

func (m *meter) finish() {
	m.set(m.total)
	if m.bar != nil {
		_ = m.bar.Finish()
	}
}

// poll reads the progress from done until the returned function is called.
func (m *meter) poll(done func() int64) (stop func()) {
	quit := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				m.set(done())
			}
		}
	})
	return func() {
		close(quit)
		wg.Wait()
	}
}
