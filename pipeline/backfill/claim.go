package backfill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"fenghuo/pipeline/store"
)

// abandoned is how long a run's owner may be silent before another process may
// take the run over; the owner is heard every heard.
const (
	abandoned = 20 * time.Second
	heard     = abandoned / 4
)

// errTaken ends a backfill whose run another process has taken over.
var errTaken = errors.New("another process has taken the run over, as this one was not heard of for too long; it goes on there")

// Check tells whether the run may be filled: its name is free, or it is to go
// on, or to be replaced, and no other process works on it. It changes nothing.
func Check(ctx context.Context, o Options) error {
	_, _, err := check(ctx, o)
	return err
}

func check(ctx context.Context, o Options) (old store.Run, found bool, err error) {
	if o.Run == "live" || o.Run == "" {
		return old, false, fmt.Errorf("run %q: choose another name, live is what comes through Kafka", o.Run)
	}
	old, found, err = o.Store.FindRun(ctx, o.Run)
	switch {
	case err != nil || !found:
		return old, false, err
	case busy(old):
		return old, true, fmt.Errorf("run %q is being filled by %s: wait for it, or choose another --run", o.Run, old.Owner)
	case o.Replace, old.State == store.RunDropped, old.Identity == o.Identity:
		return old, true, nil
	}
	return old, true, fmt.Errorf("run %q was filled from %s with another config, mapping, input or version of the analyzer: use --replace to build it anew, or another --run", o.Run, old.Source)
}

// owner names this process, for people.
func owner() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// busy tells whether another process fills the run.
func busy(r store.Run) bool {
	return r.State == store.RunRunning && r.Owner != owner() && time.Since(r.UpdatedAt) < abandoned && !gone(r.Owner)
}

// gone tells that an owner was a process of this machine and has ended: what was
// killed here goes on at once. Should another machine have the same name, the
// process there finds that its run was taken over, and stops.
func gone(name string) bool {
	host, id, _ := strings.Cut(name, "/")
	here, err := os.Hostname()
	if err != nil || host != here {
		return false
	}
	pid, err := strconv.Atoi(id)
	if err != nil {
		return false
	}
	process, err := os.FindProcess(pid)
	return err == nil && errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// Drop removes a run and all of its rows, unless a process is filling it.
func Drop(ctx context.Context, s *store.Store, name string) error {
	if name == "live" {
		return errors.New("run \"live\" is what comes through Kafka: it is kept for as long as retention in the config says")
	}
	run, found, err := s.FindRun(ctx, name)
	switch {
	case err != nil:
		return err
	case !found, run.State == store.RunDropped:
		return errNoRun(name)
	case busy(run):
		return fmt.Errorf("run %q is being filled by %s: stop that first", name, run.Owner)
	}
	if err := s.DropRows(ctx, name); err != nil {
		return err
	}
	run.State = store.RunDropped
	return s.SaveRun(ctx, run)
}

// claim is a run in the hands of this process.
type claim struct {
	store *store.Store
	mu    sync.Mutex
	run   store.Run
}

// take takes the name for this process; a run that is done stays as it is.
func take(ctx context.Context, o Options) (*claim, error) {
	old, found, err := check(ctx, o)
	if err != nil {
		return nil, err
	}
	c := &claim{store: o.Store, run: store.Run{
		Name: o.Run, Source: o.Source, Identity: o.Identity, State: store.RunRunning, Timezone: o.Config.Location().String(),
		Owner: owner(), StartedAt: time.Now(), Rebuild: old.Rebuild, LandRows: o.sizes.land,
	}}
	switch {
	case !found:
	case o.Replace, old.State == store.RunDropped:
		if err := o.Store.DropRows(ctx, o.Run); err != nil {
			return nil, err
		}
		c.run.Rebuild++
	case old.State == store.RunDone:
		c.run = old
		return c, nil
	default:
		c.run.StartedAt, c.run.FirstAt, c.run.LastAt, c.run.Posts = old.StartedAt, old.FirstAt, old.LastAt, old.Posts
		c.run.LandRows = old.LandRows
	}
	if err := c.save(ctx); err != nil {
		return nil, err
	}
	// Of two that take a name in one moment, the one that wrote last has it.
	if mine, err := c.mine(ctx); err != nil || !mine {
		return nil, errors.Join(err, fmt.Errorf("run %q was taken by another process in the same moment: wait for it, or choose another --run", o.Run))
	}
	return c, nil
}

// now is the run as it stands.
func (c *claim) now() store.Run {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.run
}

func (c *claim) update(f func(*store.Run)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.run)
}

func (c *claim) save(ctx context.Context) error { return c.store.SaveRun(ctx, c.now()) }

func (c *claim) mine(ctx context.Context) (bool, error) {
	newest, _, err := c.store.FindRun(ctx, c.now().Name)
	return newest.Owner == owner(), err
}

// keep lets others know, now and then, that the run is worked on, until ctx is
// done. It returns errTaken when one of them has it now. While ClickHouse is
// away it tries again.
func (c *claim) keep(ctx context.Context, interval time.Duration) error {
	every := time.NewTicker(interval)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
		if mine, err := c.mine(ctx); err == nil && !mine {
			return errTaken
		} else if err == nil {
			_ = c.save(ctx) // the next one may succeed
		}
	}
}
