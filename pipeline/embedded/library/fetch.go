package library

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// fetch downloads, checks and unpacks the build; the caller holds the lock.
func (f *fetcher) fetch(ctx context.Context, path string) error {
	tmp, err := os.MkdirTemp(f.dir, fetchDir)
	if err != nil {
		return fmt.Errorf("make a directory for the download: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	archive, err := f.download(ctx, tmp)
	if err != nil {
		return err
	}
	unpacked := filepath.Join(tmp, fileName)
	if err := f.unpack(ctx, archive, unpacked); err != nil {
		return err
	}
	if err := os.Rename(unpacked, path); err != nil {
		return fmt.Errorf("put the ClickHouse engine into the cache: %w", err)
	}
	return nil
}

// download runs npm pack, which obeys the user's npm configuration.
func (f *fetcher) download(ctx context.Context, tmp string) (string, error) {
	spec := f.pin.Package + "@" + f.pin.Version
	cmd := exec.CommandContext(ctx, "npm", "pack", "--pack-destination", tmp, spec)
	cmd.Dir = tmp
	cmd.WaitDelay = 10 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	m := newMeter(f.progress, "Fetching the ClickHouse engine", f.pin.ArchiveSize)
	began := time.Now()
	stop := m.poll(func() int64 { return newestSize(began, tmp, npmCacheTmp()) })
	err := cmd.Run()
	stop()
	if err != nil {
		return "", fmt.Errorf("npm could not fetch %s: %s", spec, npmReason(stderr.String(), err))
	}
	found, err := filepath.Glob(filepath.Join(tmp, "*.tgz"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("npm pack %s left %d archives instead of one", spec, len(found))
	}
	m.finish()
	return found[0], nil
}

// npmReason picks the telling line of npm's complaints.
func npmReason(stderr string, err error) string {
	reason := err.Error()
	for line := range strings.Lines(stderr) {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "npm error ")
		if !ok || strings.HasPrefix(text, "A complete log") {
			continue
		}
		if code, ok := strings.CutPrefix(text, "code "); ok {
			reason = code
			continue
		}
		return text
	}
	return reason
}

// npmCacheTmp is where npm writes a download before it packs it; another place
// in the user's configuration only means less progress to see.
func npmCacheTmp() string {
	cache := os.Getenv("npm_config_cache")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		cache = filepath.Join(home, ".npm")
	}
	return filepath.Join(cache, "_cacache", "tmp")
}

// newestSize is the size of the file last written to in the directories since
// a time, 0 if there is none.
func newestSize(since time.Time, dirs ...string) int64 {
	var size int64
	at := since
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil //nolint:nilerr // what cannot be read has no progress
			}
			if info, err := d.Info(); err == nil && info.ModTime().After(at) {
				size, at = info.Size(), info.ModTime()
			}
			return nil
		})
	}
	return size
}

// unpack writes the library to path and checks archive and library.
func (f *fetcher) unpack(ctx context.Context, archive, path string) error {
	in, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("open the fetched engine: %w", err)
	}
	defer func() { _ = in.Close() }()
	m := newMeter(f.progress, "Checking and unpacking it", f.pin.ArchiveSize)
	archiveSum, fileSum := sha256.New(), sha256.New()
	raw := io.TeeReader(&contextReader{ctx, in}, io.MultiWriter(archiveSum, m))
	n, err := extract(raw, path, fileSum)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("unpack %s@%s: %w", f.pin.Package, f.pin.Version, err)
	}
	if _, err := io.Copy(io.Discard, raw); err != nil {
		return fmt.Errorf("read the fetched engine: %w", err)
	}
	if err := f.check("package", archiveSum, f.pin.ArchiveSHA256); err != nil {
		return err
	}
	if n != f.pin.FileSize {
		return fmt.Errorf("%s in %s@%s has %d bytes, not %d: not the pinned engine, nothing was kept", fileName, f.pin.Package, f.pin.Version, n, f.pin.FileSize)
	}
	if err := f.check(fileName, fileSum, f.pin.FileSHA256); err != nil {
		return err
	}
	m.finish()
	return nil
}

func (f *fetcher) check(what string, sum hash.Hash, want string) error {
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("wrong checksum: %s of %s@%s is sha256 %s, not %s; nothing was kept", what, f.pin.Package, f.pin.Version, got, want)
	}
	return nil
}

// extract copies the library out of a .tgz into path and sum.
func extract(r io.Reader, path string, sum io.Writer) (n int64, err error) {
	gz, err := gzip.NewReader(r)
	if err != nil {
		return 0, err
	}
	for archive := tar.NewReader(gz); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("no %s in it", fileName)
		}
		if err != nil {
			return 0, err
		}
		if filepath.Base(h.Name) != fileName || h.Typeflag != tar.TypeReg {
			continue
		}
		out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
		if err != nil {
			return 0, err
		}
		n, err := io.Copy(io.MultiWriter(out, sum), archive)
		return n, errors.Join(err, out.Sync(), out.Close())
	}
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
