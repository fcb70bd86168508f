package engine

import (
	"time"

	"fenghuo/schemas"
)

// Engine holds the state of every series of one partition.
type Engine struct {
	cfg Config
	now time.Time
}

// New returns an engine without any history. It fails on a configuration that
// cannot be followed, naming the field.
func New(c Config) (*Engine, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Engine{cfg: c}, nil
}

// Now is the first minute that is still open; zero before the first Advance
// that follows a mention. The first such Advance begins at the first minute
// observed.
func (e *Engine) Now() time.Time { return e.now }

// Observe takes a mention whose minute is not closed; it may lie ahead of Now
// (sources differ), and is kept until its minute is closed. A mention before
// Now is the caller's mistake and is not counted. Observe keeps nothing of m
// but its strings: m and its slices may be reused.
func (e *Engine) Observe(m *Mention) {}

// Gap says that a source was out between from and to: the counts of these
// minutes are missing, not zero. It concerns minutes that are not yet closed.
func (e *Engine) Gap(from, to time.Time) {}

// Advance closes every minute before to (cut to the minute), in order, and
// returns the transitions in the order in which they happened; within one
// pane brands by id, each before its SKUs. A span in which nothing happens
// costs nothing, however long.
func (e *Engine) Advance(to time.Time) []schemas.Alert { return nil }

// Snapshot calls put for each entity that changed since the last Snapshot
// (for all when full), minutes still open included. Keys are stable; an empty
// value deletes its key. A restored engine goes on exactly as the one that was
// snapshot. After an error the next Snapshot must be full.
func (e *Engine) Snapshot(full bool, put func(key string, value []byte) error) error { return nil }

// Restore takes back one entry of a Snapshot, in any order, before the first
// Observe. It fails on a value it cannot read, naming the key.
func (e *Engine) Restore(key string, value []byte) error { return nil }
