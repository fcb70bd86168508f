package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Format is how rows are laid out in a file.
type Format string

// The formats. Auto looks at the file's name, then at its first line.
const (
	Auto    Format = ""
	JSONL   Format = "jsonl"
	CSV     Format = "csv"
	TSV     Format = "tsv" // fields between tabs, nothing quoted
	Parquet Format = "parquet"
)

// Stdin names standard input.
const Stdin = "-"

// sniffed is how much of a file is looked at before any of it is used.
const sniffed = 64 << 10

// file is an open, decompressed file, its byte order mark removed.
type file struct {
	name   string
	format Format
	size   int64 // on disk, 0 when unknown
	read   *atomic.Int64
	in     *bufio.Reader
	table  *table // of a Parquet file, which has no in
	close  func() error
}

var errEmpty = errors.New("empty: there are no rows")

// open opens a file and refuses what cannot be right before a row is read.
func open(ctx context.Context, name string, format Format, read *atomic.Int64) (*file, error) {
	f := &file{name: name, format: format, read: read, close: func() error { return nil }}
	var raw io.Reader
	if name == Stdin {
		raw = until(ctx, os.Stdin)
	} else {
		disk, err := f.openDisk()
		if err != nil {
			return nil, err
		}
		raw = disk
	}
	if err := f.look(raw); err != nil {
		return nil, f.refused(err)
	}
	return f, nil
}

// until reads in until ctx is done, also where a read waits for what is typed.
func until(ctx context.Context, in io.Reader) io.Reader {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(w, in)
		w.CloseWithError(err)
	}()
	return r
}

// openDisk opens the file by its name.
func (f *file) openDisk() (*os.File, error) {
	disk, err := os.Open(f.name)
	if err != nil {
		return nil, err
	}
	info, err := disk.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a directory; name files", f.name)
	}
	if err != nil {
		return nil, errors.Join(err, disk.Close())
	}
	f.size, f.close = info.Size(), disk.Close
	return disk, nil
}

// refused closes a file that is of no use.
func (f *file) refused(err error) error {
	return errors.Join(fmt.Errorf("%s: %w", f.label(), err), f.close())
}

// look tells the kinds of files apart by their first bytes.
func (f *file) look(raw io.Reader) error {
	before := f.read.Load()
	counted := bufio.NewReaderSize(&counter{raw, f.read}, 256<<10)
	if isParquet(counted) {
		defer f.read.Store(before) // its rows count
		return f.openTable(raw, counted)
	}
	plain, err := decompress(counted)
	if err != nil {
		return err
	}
	f.in = bufio.NewReaderSize(plain, sniffed)
	if isParquet(f.in) {
		return errors.New("a Parquet file inside another compression; unpack it first")
	}
	return f.lookInside()
}

// openTable reads a Parquet file at any place of it, so standard input, or a
// pipe, is copied to a temporary file.
func (f *file) openTable(raw io.Reader, begun *bufio.Reader) (err error) {
	if f.format != Auto && f.format != Parquet {
		return fmt.Errorf("a Parquet file, not --format %s", f.format)
	}
	disk, _ := raw.(*os.File)
	if f.size == 0 {
		if disk, f.size, err = spool(begun); err != nil {
			return err
		}
		f.close = disk.Close
	}
	f.format = Parquet
	f.table, err = openTable(disk, f.size, f.read)
	return err
}

// lookInside looks at the first decompressed bytes.
func (f *file) lookInside() error {
	// An error here is met again, after the rows before it, when reading.
	head, _ := f.in.Peek(sniffed)
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		_, _ = f.in.Discard(3) // peeked above
		head = head[3:]
	}
	if len(bytes.TrimSpace(head)) == 0 {
		if _, err := f.in.Peek(1); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("damaged from the first byte on: %w", err)
		}
		return errEmpty
	}
	if err := checkCharset(head); err != nil {
		return err
	}
	if f.format == Auto {
		f.format = guess(f.name, head)
	}
	if f.format == Parquet {
		return errors.New("not a Parquet file: it does not begin with " + parquetMagic)
	}
	return nil
}

func (f *file) label() string {
	if f.name == Stdin {
		return "standard input"
	}
	return f.name
}

// base is the name that goes into ids: a moved file is still the same file.
func (f *file) base() string { return filepath.Base(f.name) }

// decompress looks at the first bytes, not at the name.
func decompress(in *bufio.Reader) (io.Reader, error) {
	magic, _ := in.Peek(4)
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("damaged gzip: %w", err)
		}
		return z, nil
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, fmt.Errorf("damaged zstd: %w", err)
		}
		return z.IOReadCloser(), nil
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")):
		return nil, errors.New("a zip archive; unpack it, then name the files in it")
	}
	return in, nil
}

// checkCharset refuses text of another encoding. A few damaged rows in UTF-8
// are another matter: they are set aside one by one.
func checkCharset(head []byte) error {
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return errors.New("encoded as UTF-16; convert it first: iconv -f UTF-16 -t UTF-8 FILE > NEW")
	}
	if zeros := bytes.Count(head, []byte{0}); zeros > len(head)/20 {
		return inTwos(head, zeros)
	}
	good, bad := 0, 0 // a rune cut off at the end does not tip the scales
	for i := 0; i < len(head); {
		r, n := utf8.DecodeRune(head[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		i += n
	}
	switch {
	case bad <= good:
		return nil
	case isGBK(head):
		return errors.New("not UTF-8, probably GBK; convert it first: iconv -f GB18030 -t UTF-8 FILE > NEW")
	case bad > 100:
		return errors.New("not UTF-8; convert it first, such as with iconv")
	}
	return nil
}

// inTwos says what a file with many zero bytes is: UTF-16 without a byte order
// mark has them in every other place, behind ASCII or before it.
func inTwos(head []byte, zeros int) error {
	even := 0
	for i := 0; i < len(head); i += 2 {
		if head[i] == 0 {
			even++
		}
	}
	switch {
	case even <= zeros/20:
		return errors.New("encoded as UTF-16; convert it first: iconv -f UTF-16LE -t UTF-8 FILE > NEW")
	case zeros-even <= zeros/20:
		return errors.New("encoded as UTF-16; convert it first: iconv -f UTF-16BE -t UTF-8 FILE > NEW")
	}
	return errors.New("not a text file")
}

// isGBK says whether what is not ASCII reads as GBK without a fault, the end
// apart, where a character may be cut.
func isGBK(head []byte) bool {
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(head)
	if err != nil {
		return false
	}
	i := bytes.IndexRune(text, utf8.RuneError)
	return i < 0 || i >= len(text)-2*utf8.UTFMax
}

// guess takes the format from the name, else from the first line.
func guess(name string, head []byte) Format {
	name = strings.ToLower(name)
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	switch filepath.Ext(name) {
	case ".jsonl", ".ndjson", ".json":
		return JSONL
	case ".csv":
		return CSV
	case ".tsv":
		return TSV
	case ".parquet":
		return Parquet
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")):
		return JSONL
	case bytes.ContainsRune(line, '\t'):
		return TSV
	case bytes.ContainsRune(line, ','):
		return CSV
	}
	return JSONL
}

// counter counts the bytes taken from disk, for progress.
type counter struct {
	in io.Reader
	n  *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n.Add(int64(n))
	return n, err
}
