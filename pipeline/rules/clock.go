package rules

import (
	"context"
	"sync"
	"time"
)

// Clock tells the rules how far event time has come: up to its tick everything
// has landed.
type Clock struct {
	mu      sync.Mutex
	begin   time.Time // first tick of all, for a rule that never ran; zero = the present one
	tick    time.Time
	ended   bool
	changed chan struct{} // closed at the next change
}

// NewClock has come nowhere.
func NewClock() *Clock { return &Clock{changed: make(chan struct{})} }

// Begin says where rules that never ran begin. Without it they begin at the
// tick that the clock has come to.
func (c *Clock) Begin(at time.Time) { c.change(func() { c.begin = at }) }

// Set moves the clock on; it never goes back.
func (c *Clock) Set(tick time.Time) {
	c.change(func() {
		if tick.After(c.tick) {
			c.tick = tick
		}
	})
}

// End says that the clock will not move any more.
func (c *Clock) End() { c.change(func() { c.ended = true }) }

func (c *Clock) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	close(c.changed)
	c.changed = make(chan struct{})
}

// span is the first tick, as far as it is known, and the last so far.
func (c *Clock) span() (begin, tick time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begin.IsZero() {
		return c.tick, c.tick
	}
	return c.begin, c.tick
}

// finished waits until the clock has ended; it is false when ctx is done first.
func (c *Clock) finished(ctx context.Context) bool {
	for {
		c.mu.Lock()
		ended, changed := c.ended, c.changed
		c.mu.Unlock()
		if ended {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// first is where a rule that never ran begins, after the clock has begun.
func (c *Clock) first(ctx context.Context) (time.Time, bool) {
	if _, ok := c.after(ctx, time.Time{}); !ok {
		return time.Time{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begin.IsZero() {
		return c.tick, true
	}
	return c.begin, true
}

// after waits until the clock has come to t or further and returns where it
// is; ok is false when it will not, or ctx is done.
func (c *Clock) after(ctx context.Context, t time.Time) (tick time.Time, ok bool) {
	for {
		c.mu.Lock()
		tick, ended, changed := c.tick, c.ended, c.changed
		c.mu.Unlock()
		if !tick.IsZero() && !tick.Before(t) {
			return tick, true
		}
		if ended {
			return tick, false
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return tick, false
		}
	}
}
