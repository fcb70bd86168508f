package library

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// content stands for the library; the real one is 566 MB.
var content = bytes.Repeat([]byte("an engine, or so. "), 100_000)

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// archive packs a file as npm does.
func archive(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	w := tar.NewWriter(gz)
	for _, f := range []struct {
		name string
		body []byte
	}{{"package/package.json", []byte("{}")}, {name, content}} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.body)), Mode: 0o755, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// registry puts a program called npm into the path, which packs tgz and notes
// each run in the returned file.
func registry(t *testing.T, tgz []byte) (runs string) {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "engine.tgz")
	if err := os.WriteFile(source, tgz, 0o600); err != nil {
		t.Fatal(err)
	}
	runs = filepath.Join(dir, "runs")
	npm(t, fmt.Sprintf("echo \"$@\" >> %s\nwhile [ $# -gt 1 ]; do [ \"$1\" = --pack-destination ] && to=$2; shift; done\ncp %s \"$to/chdb-engine-1.tgz\"\n", runs, source))
	return runs
}

func npm(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "npm"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
}

func pinOf(tgz []byte) Pin {
	return Pin{Package: "@x/engine", Version: "1", ArchiveSize: int64(len(tgz)), ArchiveSHA256: sum(tgz), FileSize: int64(len(content)), FileSHA256: sum(content)}
}

func TestFetchOnce(t *testing.T) {
	tgz := archive(t, "package/libchdb.so", content)
	runs := registry(t, tgz)
	dir := filepath.Join(t.TempDir(), "new", "cache")
	var progress bytes.Buffer
	for range 2 {
		f := fetcher{pin: pinOf(tgz), dir: dir, root: "/", progress: &progress}
		path, err := f.path(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes in the cache, %v", len(got), err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o111 == 0 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	}
	if got, want := read(t, runs), 1; strings.Count(got, "\n") != want || !strings.HasSuffix(strings.TrimSpace(got), "@x/engine@1") {
		t.Errorf("npm ran as %q, want once for @x/engine@1", got)
	}
	if strings.ContainsAny(progress.String(), "\r\x1b") || !strings.Contains(progress.String(), "Fetching the ClickHouse engine") {
		t.Errorf("progress without a terminal: %q", progress.String())
	}
	onlyLibrary(t, dir)
}

// Of several processes one downloads. Each fetcher takes the file lock through
// a descriptor of its own, as processes do.
func TestFetchTogether(t *testing.T) {
	tgz := archive(t, "package/libchdb.so", content)
	runs := registry(t, tgz)
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			f := fetcher{pin: pinOf(tgz), dir: dir, root: "/"}
			if _, err := f.path(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := strings.Count(read(t, runs), "\n"); n != 1 {
		t.Errorf("npm ran %d times, want 1", n)
	}
}

// A file of another size than the pinned one is fetched anew, and what a
// killed fetch left goes.
func TestDamagedCache(t *testing.T) {
	tgz := archive(t, "package/libchdb.so", content)
	registry(t, tgz)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, fetchDir+"1", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, fileName), content[:1000], 0o600); err != nil {
		t.Fatal(err)
	}
	f := fetcher{pin: pinOf(tgz), dir: dir, root: "/"}
	path, err := f.path(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != string(content) {
		t.Errorf("%d bytes in the cache, want %d", len(got), len(content))
	}
	onlyLibrary(t, dir)
}

// Whatever npm brings that is not the pinned engine is refused in one line and
// not kept.
func TestRefused(t *testing.T) {
	good := archive(t, "package/libchdb.so", content)
	other := append(bytes.Clone(content[:len(content)-1]), 'X')
	f := func(comment, want string, tgz []byte, change func(*Pin)) {
		t.Helper()
		registry(t, tgz)
		pin := pinOf(tgz)
		change(&pin)
		refuse(t, comment, want, fetcher{pin: pin, root: "/"})
	}
	f("another package", "wrong checksum: package of @x/engine@1", good, func(p *Pin) { p.ArchiveSHA256 = sum(nil) })
	f("another library in a package of the right checksum", "wrong checksum: libchdb.so of @x/engine@1", archive(t, "package/libchdb.so", other), func(*Pin) {})
	f("a shorter library", "has 1000 bytes", archive(t, "package/libchdb.so", content[:1000]), func(*Pin) {})
	f("no library", "no libchdb.so in it", archive(t, "package/other.so", content), func(*Pin) {})
	f("a truncated package", "unexpected EOF", good[:len(good)/2], func(*Pin) {})
	f("no package at all", "gzip: invalid header", []byte("<html>Sign in to the hotel's network</html>"), func(*Pin) {})
	f("an empty package", "EOF", nil, func(*Pin) {})
}

func refuse(t *testing.T, comment, want string, f fetcher) {
	t.Helper()
	f.dir = t.TempDir()
	path, err := f.path(t.Context())
	if err == nil {
		t.Errorf("%s: accepted as %s", comment, path)
		return
	}
	if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: %q, want one line with %q", comment, err, want)
	}
	onlyLock(t, f.dir)
}

func TestNpmFails(t *testing.T) {
	pin := pinOf(nil)
	f := func(comment, want, script string) {
		t.Helper()
		npm(t, script)
		refuse(t, comment, want, fetcher{pin: pin, root: "/"})
	}
	f("the telling line is kept", "npm could not fetch @x/engine@1: 404 Not Found - GET x",
		"echo 'npm warn noise' >&2; echo 'npm error code E404' >&2; echo 'npm error 404 Not Found - GET x' >&2; echo 'npm error 404' >&2; exit 1")
	f("only a code", "npm could not fetch @x/engine@1: ENOTFOUND", "echo 'npm error code ENOTFOUND' >&2; exit 1")
	f("no words", "npm could not fetch @x/engine@1: exit status 3", "exit 3")
	f("nothing packed", "left 0 archives", "exit 0")
}

// What stands against fetching is said before npm runs.
func TestPreflight(t *testing.T) {
	tgz := archive(t, "package/libchdb.so", content)
	runs := registry(t, tgz)
	huge := pinOf(tgz)
	huge.FileSize = 1 << 60
	refuse(t, "too little disk", "MB are free", fetcher{pin: huge, root: "/"})
	musl := t.TempDir()
	if err := os.MkdirAll(filepath.Join(musl, "lib"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(musl, "lib", "ld-musl-x86_64.so.1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refuse(t, "musl", "needs glibc", fetcher{pin: pinOf(tgz), root: musl})
	// a glibc system that has musl installed beside it
	if err := os.WriteFile(filepath.Join(musl, "lib", "libc.so.6"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if onlyMusl(musl) {
		t.Error("a system with both C libraries counts as musl only")
	}
	t.Setenv("PATH", t.TempDir())
	refuse(t, "no npm", "npm is not installed", fetcher{pin: pinOf(tgz), root: "/"})
	if _, err := os.Stat(runs); err == nil {
		t.Error("npm ran")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	registry(t, tgz)
	f := fetcher{pin: pinOf(tgz), dir: filepath.Join(file, "cache"), root: "/"}
	if _, err := f.path(t.Context()); err == nil || !strings.Contains(err.Error(), "FENGHUO_CACHE") {
		t.Errorf("a cache that cannot be made: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	npm(t, "exec sleep 600")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := fetcher{pin: pinOf(nil), dir: t.TempDir(), root: "/"}
	if _, err := f.path(ctx); err == nil {
		t.Error("fetched")
	}
	onlyLock(t, f.dir)
}

func TestEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "my.so")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FENGHUO_LIBCHDB", file)
	if got, err := Path(t.Context(), nil); err != nil || got != file {
		t.Errorf("Path = %q, %v; want the file named", got, err)
	}
	for _, bad := range []string{file + "x", filepath.Dir(file)} {
		t.Setenv("FENGHUO_LIBCHDB", bad)
		if _, err := Path(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "FENGHUO_LIBCHDB") {
			t.Errorf("FENGHUO_LIBCHDB=%q: %v", bad, err)
		}
	}
	for _, name := range []string{"FENGHUO_LIBCHDB", "FENGHUO_CACHE", "HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, "")
	}
	if _, err := cacheDir(); err == nil || !strings.Contains(err.Error(), "FENGHUO_CACHE") {
		t.Errorf("no HOME: %v", err)
	}
	t.Setenv("FENGHUO_CACHE", filepath.Dir(file))
	if got, err := cacheDir(); err != nil || got != filepath.Dir(file) {
		t.Errorf("cacheDir = %q, %v; want FENGHUO_CACHE", got, err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// onlyLibrary checks that nothing but the library and its lock is in dir.
func onlyLibrary(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "lock" && e.Name() != fileName {
			t.Errorf("left %s", e.Name())
		}
	}
}

func onlyLock(t *testing.T, dir string) {
	t.Helper()
	onlyLibrary(t, dir)
	if _, err := os.Stat(filepath.Join(dir, fileName)); err == nil {
		t.Error("a library is there")
	}
}
