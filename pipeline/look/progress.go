package look

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// lineEvery is how often progress is told where there is no terminal.
const lineEvery = 10 * time.Second

// IsTerminal says whether w is a terminal, where colours and bars may go.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}

// Progress shows how far one piece of work is: a bar on a terminal, a line now
// and then elsewhere. It is safe for concurrent use.
type Progress struct {
	w     io.Writer
	label string
	unit  string
	total int64 // 0 = not known
	start time.Time

	mu   sync.Mutex
	bar  *progressbar.ProgressBar
	told time.Time
}

// NewProgress begins a piece of work; total may be 0 when it is not known.
func NewProgress(w io.Writer, label, unit string, total int64) *Progress {
	p := &Progress{w: w, label: label, unit: unit, total: total, start: time.Now(), told: time.Now()}
	if IsTerminal(w) {
		if total == 0 {
			total = -1
		}
		p.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(label),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit),
			progressbar.OptionSetWidth(24), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
	}
	return p
}

// Set tells that n of the total are done.
func (p *Progress) Set(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Set64(n) // a bar that cannot be drawn is no failure
		return
	}
	if now := time.Now(); now.Sub(p.told) >= lineEvery {
		p.told = now
		p.line(n)
	}
}

func (p *Progress) line(n int64) {
	took := time.Since(p.start)
	rate := perSecond(float64(n) / max(took.Seconds(), .001))
	switch {
	case p.total <= 0:
		fmt.Fprintf(p.w, "%s: %d %s, %s\n", p.label, n, p.unit, rate)
	case n*100 < p.total: // too early to tell how long it takes
		fmt.Fprintf(p.w, "%s: %d of %d %s, %s\n", p.label, n, p.total, p.unit, rate)
	default:
		left := time.Duration(float64(took) * float64(p.total-n) / float64(n)).Round(time.Second)
		fmt.Fprintf(p.w, "%s: %d of %d %s, %s, about %s left\n", p.label, n, p.total, p.unit, rate, left)
	}
}

// perSecond shows a rate with what digits tell.
func perSecond(rate float64) string {
	if rate < 10 {
		return fmt.Sprintf("%.2g/s", rate)
	}
	return fmt.Sprintf("%.0f/s", rate)
}

// Say prints a line above the progress.
func (p *Progress) Say(format string, args ...any) {
	p.Above(func() { fmt.Fprintf(p.w, format+"\n", args...) })
}

// Above runs print while no bar is drawn, also when it prints elsewhere than
// the progress does: both may be the same terminal.
func (p *Progress) Above(print func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	print()
}

// Done ends the work.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
		_ = p.bar.Exit()
	}
}
