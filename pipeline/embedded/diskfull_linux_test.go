package embedded_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"fenghuo/pipeline/embedded"
	"fenghuo/pipeline/embedded/embeddedtest"
)

// insideVariable tells the test that it runs again, in name spaces of its own
// where it may mount a small disk.
const insideVariable = "FENGHUO_TEST_INSIDE"

// A full disk makes writes fail, and nothing else: what was acknowledged stays
// readable, also over a restart on the full disk, and writing goes on when
// there is room again.
func TestDiskFull(t *testing.T) {
	if os.Getenv(insideVariable) != "" {
		diskFull(t)
		return
	}
	embeddedtest.Library(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDiskFull$", "-test.v")
	cmd.Env = append(os.Environ(), insideVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Skipf("no name spaces to mount a small disk in: %v", err)
	}
	if strings.Contains(string(out), "--- SKIP") {
		t.Skipf("%s", out)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func diskFull(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=192m"); err != nil {
		t.Skipf("cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	data, filler := filepath.Join(dir, "data"), filepath.Join(dir, "filler")
	s := start(t, options(data))
	createTable(t, s.ClickHouseURL())
	createTopic(t, s.Brokers())
	fill(t, dir, filler)

	batches := 0
	text := strings.Repeat("好", 100)
	var err error
	for err == nil {
		if err = insertBatch(t.Context(), s.ClickHouseURL(), batches, text+string(rune('a'+batches%26))); err == nil {
			batches++
		}
	}
	if !strings.Contains(err.Error(), "Code: ") {
		t.Errorf("insert on a full disk: %v, want an exception of ClickHouse", err)
	}
	var records []string
	for value := strings.Repeat("x", 100<<10); ; records = append(records, value) {
		if e := produce(t.Context(), s.Brokers(), []byte(value)); e != nil {
			break
		}
	}
	t.Logf("%d batches, then %q; %d records", batches, err, len(records))
	check := func(when string, s *embedded.Services) {
		t.Helper()
		if got := storedBatches(t, s.ClickHouseURL()); len(got) != batches {
			t.Errorf("%s: %d batches stored, %d acknowledged", when, len(got), batches)
		}
		if got := consume(t, s.Brokers()); !slices.Equal(got, records) {
			t.Errorf("%s: %d records stored, %d acknowledged", when, len(got), len(records))
		}
	}
	check("on the full disk", s)
	_ = s.Close() // may say what it could not write
	s = start(t, options(data))
	check("restarted on the full disk", s)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(insertBatch(t.Context(), s.ClickHouseURL(), batches, text), produce(t.Context(), s.Brokers(), []byte("room"))); err != nil {
		t.Errorf("with room again: %v", err)
	}
	batches, records = batches+1, append(records, "room")
	check("with room again", s)
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	check("restarted", start(t, options(data)))
}

// fill leaves little room on the disk.
func fill(t *testing.T, dir, filler string) {
	t.Helper()
	const room = 2 << 20
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(fs.Bavail)*fs.Bsize-room); err != nil {
		t.Fatal(err)
	}
}
