package backfill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"fenghuo/pipeline/store"
)

// A run that is worked on is heard of even while nothing lands, and is nobody
// else's; once another process has it, the first stops.
func TestRunIsKept(t *testing.T) {
	a := newArchive(t)
	o := a.options("kept")
	c, err := take(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	found := func() store.Run {
		t.Helper()
		run, _, err := a.store.FindRun(t.Context(), "kept")
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	first := found()
	if !first.FirstAt.IsZero() {
		t.Errorf("a run without posts begins at %s", first.FirstAt)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.keep(ctx, 10*time.Millisecond) }()
	for !found().UpdatedAt.After(first.UpdatedAt) {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("told to stop: %v", err)
	}

	other := first
	other.Owner = "elsewhere/1"
	if err := a.store.SaveRun(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if err := c.keep(t.Context(), time.Millisecond); !errors.Is(err, errTaken) {
		t.Errorf("taken over: %v", err)
	}
	if got := found().Owner; got != "elsewhere/1" {
		t.Errorf("the run was taken back by %s", got)
	}
	if err := Check(t.Context(), o); err == nil || !strings.Contains(err.Error(), "is being filled by elsewhere/1") {
		t.Errorf("another process fills it: %v", err)
	}
}

// What a process of this machine was filling when it was killed goes on at
// once; a run that is being filled is not dropped.
func TestRunOfAnEndedProcess(t *testing.T) {
	a := newArchive(t)
	o := a.options("killed")
	ended := exec.Command(os.Args[0], "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	host, _, _ := strings.Cut(owner(), "/")
	save := func(owner string) {
		t.Helper()
		run := store.Run{Name: "killed", Identity: o.Identity, State: store.RunRunning, Timezone: "UTC", Owner: owner, StartedAt: time.Now()}
		if err := a.store.SaveRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	save(fmt.Sprintf("%s/%d", host, ended.Process.Pid))
	if err := Check(t.Context(), o); err != nil {
		t.Errorf("its process has ended: %v", err)
	}
	save(fmt.Sprintf("%s/%d", host, os.Getppid()))
	if err := Check(t.Context(), o); err == nil {
		t.Error("another process of this machine fills it, and it may be taken")
	}
	if err := Drop(t.Context(), a.store, "killed"); err == nil || !strings.Contains(err.Error(), "is being filled by") {
		t.Errorf("dropped while it is filled: %v", err)
	}
	save(fmt.Sprintf("%s/%d", host, ended.Process.Pid))
	if err := Drop(t.Context(), a.store, "killed"); err != nil {
		t.Error(err)
	}
	if err := Drop(t.Context(), a.store, "killed"); err == nil || !strings.Contains(err.Error(), "no run") {
		t.Errorf("dropped twice: %v", err)
	}
	if err := Drop(t.Context(), a.store, "live"); err == nil || !strings.Contains(err.Error(), "comes through Kafka") {
		t.Errorf("live dropped: %v", err)
	}
}
