package library

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"
)

// fileName is the library's name inside its package, on every platform.
const fileName = "libchdb.so"

// Path returns the engine's library: the file that FENGHUO_LIBCHDB names, else
// the pinned build in the cache ($FENGHUO_CACHE, else "fenghuo" in the user's
// cache directory), fetched if it is not there. Progress goes to w, a bar on a
// terminal and a few lines elsewhere; nil is silent.
func Path(ctx context.Context, w io.Writer) (string, error) {
	if path := os.Getenv("FENGHUO_LIBCHDB"); path != "" {
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return "", fmt.Errorf("FENGHUO_LIBCHDB names %q, which is not a file", path)
		}
		return path, nil
	}
	pin, err := Pinned()
	if err != nil {
		return "", err
	}
	dir, err := cacheDir()
	if err != nil {
		return "", err
	}
	f := fetcher{pin: pin, dir: filepath.Join(dir, "chdb", pin.Version+"-"+runtime.GOOS+"-"+runtime.GOARCH), root: "/", progress: w}
	return f.path(ctx)
}

func cacheDir() (string, error) {
	if dir := os.Getenv("FENGHUO_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", errors.New("no home directory to keep the ClickHouse engine in: set FENGHUO_CACHE to a directory with 1 GB free")
	}
	return filepath.Join(dir, "fenghuo"), nil
}

// fetcher keeps one build in one directory.
type fetcher struct {
	pin      Pin
	dir      string
	root     string // of the file system, where the C library is looked for
	progress io.Writer
}

func (f *fetcher) path(ctx context.Context) (string, error) {
	path := filepath.Join(f.dir, fileName)
	if f.complete(path) {
		return path, nil
	}
	if err := f.preflight(); err != nil {
		return "", err
	}
	lock := flock.New(filepath.Join(f.dir, "lock"))
	if held, err := lock.TryLock(); err != nil {
		return "", fmt.Errorf("lock the cache %q: %w", f.dir, err)
	} else if !held {
		f.say("Waiting for another process that fetches the ClickHouse engine.\n")
		if _, err := lock.TryLockContext(ctx, 200*time.Millisecond); err != nil {
			return "", fmt.Errorf("wait for another process that fetches the ClickHouse engine: %w", err)
		}
	}
	defer func() { _ = lock.Unlock() }()
	if f.complete(path) {
		return path, nil // the other process brought it
	}
	if err := f.makeRoom(); err != nil {
		return "", err
	}
	return path, f.fetch(ctx, path)
}

// complete tells whether the file is there. Its content was checked before it
// got its name; its size is checked again, because hashing 566 MB at every
// start would take seconds.
func (f *fetcher) complete(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == f.pin.FileSize
}

// fetchDir begins the name of a directory that a fetch works in.
const fetchDir = "fetch-"

// preflight gives the reasons not to begin.
func (f *fetcher) preflight() error {
	if onlyMusl(f.root) {
		return errors.New("the ClickHouse engine needs glibc and this system has musl: use a glibc-based system, or a ClickHouse server")
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return errors.New("npm is not installed, and the ClickHouse engine is fetched with it: install Node.js with npm, or name a libchdb.so in FENGHUO_LIBCHDB")
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return fmt.Errorf("make the cache for the ClickHouse engine (set FENGHUO_CACHE to choose another): %w", err)
	}
	return nil
}

// makeRoom removes what a killed fetch left, and tells whether the disk has
// room for another; the caller holds the lock.
func (f *fetcher) makeRoom() error {
	left, err := filepath.Glob(filepath.Join(f.dir, fetchDir+"*"))
	if err != nil {
		return fmt.Errorf("look into the cache: %w", err)
	}
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove what an earlier fetch left: %w", err)
		}
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(f.dir, &fs); err != nil {
		return fmt.Errorf("ask for the free disk space of %q: %w", f.dir, err)
	}
	need := uint64(f.pin.ArchiveSize + f.pin.FileSize + 16<<20)
	if free := fs.Bavail * uint64(fs.Bsize); free < need { //nolint:unconvert // Bsize differs by platform
		return fmt.Errorf("the ClickHouse engine needs %d MB in %q and %d MB are free: free some, or set FENGHUO_CACHE to another disk", need>>20, f.dir, free>>20)
	}
	return nil
}

// onlyMusl tells whether a Linux system has musl and no glibc.
func onlyMusl(root string) bool {
	found := func(patterns ...string) bool {
		for _, p := range patterns {
			if m, _ := filepath.Glob(filepath.Join(root, p)); len(m) > 0 {
				return true
			}
		}
		return false
	}
	return runtime.GOOS == "linux" && found("lib/ld-musl-*.so.1") &&
		!found("lib*/libc.so.6", "lib/*/libc.so.6", "usr/lib*/libc.so.6", "usr/lib/*/libc.so.6")
}

func (f *fetcher) say(format string, args ...any) {
	if f.progress != nil {
		fmt.Fprintf(f.progress, format, args...)
	}
}
