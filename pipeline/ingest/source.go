package ingest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// maxLine is the longest row that is read whole; what is longer is cut.
const maxLine = 32 << 20

// Source is one or more files of rows, checked and open.
type Source struct {
	files   []*file
	tables  []rows
	size    int64
	read    atomic.Int64
	unknown bool // some size is not known
}

// rows reads one file to its end. It fails with an error that says where.
type rows interface {
	each(yield func(Row) bool) error
	columns() map[string]kind // those in use, nil where each row says its own
}

// Open opens every file and checks its first rows against the mapping, so that
// a mistake is told before anything is sent. No name at all is standard input.
// Zone is that of times which name none. Standard input ends with ctx, whose
// error it then has.
func Open(ctx context.Context, names []string, format Format, m Mapping, zone *time.Location) (*Source, error) {
	if len(names) == 0 {
		names = []string{Stdin}
	}
	s := &Source{}
	for _, name := range names {
		f, err := open(ctx, name, format, &s.read)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.files = append(s.files, f)
		s.size += f.size
		s.unknown = s.unknown || f.size == 0
		r, err := f.rows(m, zone)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", f.label(), err), s.Close())
		}
		s.tables = append(s.tables, r)
	}
	if err := s.agree(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// agree refuses files whose columns in use differ: one that lost its brands
// would go unnoticed among the others.
func (s *Source) agree() error {
	first := -1
	for i, t := range s.tables {
		columns := t.columns()
		switch {
		case columns == nil:
		case first < 0:
			first = i
		default:
			if err := differ(s.files[i].label(), columns, s.files[first].label(), s.tables[first].columns()); err != nil {
				return err
			}
		}
	}
	return nil
}

func differ(name string, columns map[string]kind, firstName string, first map[string]kind) error {
	for _, c := range slices.Sorted(maps.Keys(first)) {
		k, there := columns[c]
		switch {
		case !there:
			return fmt.Errorf("%s: no column %q, which %s has: take them apart, or leave the column out with --map FIELD=''", name, c, firstName)
		case k != first[c] && k != "" && first[c] != "":
			return fmt.Errorf("%s: column %q holds %s, in %s it holds %s: take them apart", name, c, k, firstName, first[c])
		}
	}
	for _, c := range slices.Sorted(maps.Keys(columns)) {
		if _, there := first[c]; !there {
			return fmt.Errorf("%s: column %q is not in %s: take them apart, or leave the column out with --map FIELD=''", name, c, firstName)
		}
	}
	return nil
}

// Close closes the files.
func (s *Source) Close() error {
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.close())
	}
	return errors.Join(errs...)
}

// Progress is how many bytes of the files on disk were read, and of how many;
// total is 0 when it is not known.
func (s *Source) Progress() (read, total int64) {
	if s.unknown {
		return s.read.Load(), 0
	}
	return s.read.Load(), s.size
}

// Rows yields the rows in the order of the files. A file that breaks off
// yields the rows before that; the others go on, and the error is the last
// element.
func (s *Source) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		var broken []error
		for i, t := range s.tables {
			stopped := false
			err := t.each(func(r Row) bool {
				stopped = !yield(r, nil)
				return !stopped
			})
			if stopped {
				return
			}
			if err != nil {
				broken = append(broken, fmt.Errorf("%s: %w", s.files[i].label(), err))
			}
		}
		if len(broken) > 0 {
			yield(Row{}, errors.Join(broken...))
		}
	}
}

func (f *file) rows(m Mapping, zone *time.Location) (rows, error) {
	b := newBuilder(m, f.base(), zone)
	switch f.format {
	case JSONL:
		return newLines(f.in, m, b)
	case TSV:
		return newTabbed(f.in, m, b)
	case CSV:
		return newCommaSeparated(f.in, m, b)
	case Parquet:
		return newColumnar(f.table, m, b)
	}
	return nil, fmt.Errorf("unknown format %q: use jsonl, csv, tsv or parquet", f.format)
}

// lineReader reads lines of any length, keeping at most maxLine of each.
type lineReader struct {
	in   *bufio.Reader
	line []byte
	n    int // lines read
}

// next returns a line without its end; it is valid until the next call.
func (l *lineReader) next() ([]byte, error) {
	l.line = l.line[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		if room := maxLine - len(l.line); room > 0 {
			l.line = append(l.line, part[:min(len(part), room)]...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !(errors.Is(err, io.EOF) && len(l.line) > 0) {
			return nil, l.broken(err)
		}
		l.n++
		return bytes.TrimRight(l.line, "\r\n"), nil
	}
}

// broken says where a file ends that should go on. A half line before the
// break is not a row.
func (l *lineReader) broken(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the compressed file is truncated")
	}
	return fmt.Errorf("breaks off after line %d: %w", l.n, err)
}

// lines is a file of JSON objects, one a line.
type lines struct {
	lineReader
	*builder
	peeked []numbered // read for the check, not yet yielded
	end    error      // met while peeking
}

// numbered is a line with its number.
type numbered struct {
	line   []byte
	number int
}

// peekRows is how many JSON rows are looked at for the columns there are.
const peekRows = 1000

func newLines(in *bufio.Reader, m Mapping, b *builder) (*lines, error) {
	l := &lines{lineReader: lineReader{in: in}, builder: b}
	var columns []string
	objects, size := 0, 0
	for len(l.peeked) < peekRows && size < maxLine {
		line, err := l.next()
		if err != nil {
			l.end = err
			break
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		size += len(line)
		l.peeked = append(l.peeked, numbered{bytes.Clone(line), l.n})
		if eachField(line, func(key, _ []byte) {
			if !slices.Contains(columns, string(key)) && len(columns) < 100 {
				columns = append(columns, string(key))
			}
		}) == nil {
			objects++
		}
	}
	switch {
	case len(l.peeked) == 0:
		return nil, l.end
	case bytes.HasPrefix(bytes.TrimSpace(l.peeked[0].line), []byte("[{")), objects == 0 && bytes.Equal(bytes.TrimSpace(l.peeked[0].line), []byte("[")):
		return nil, errors.New("a JSON array; write its objects one a line first: jq -c '.[]' FILE > NEW")
	case objects == 0 && l.peeked[0].line[0] == '{':
		return nil, errors.New("JSON objects over several lines; write one a line first: jq -c . FILE > NEW")
	case objects == 0:
		return nil, fmt.Errorf("none of its first %d lines is a JSON object; is it --format csv or tsv?", len(l.peeked))
	}
	return l, m.check(columns, "field")
}

func (l *lines) each(yield func(Row) bool) error {
	for _, p := range l.peeked {
		l.begins = p.number
		if !yield(l.fromObject(p.line)) {
			return nil
		}
	}
	for l.end == nil {
		line, err := l.next()
		if err != nil {
			l.end = err
			break
		}
		l.begins = l.n
		if len(bytes.TrimSpace(line)) > 0 && !yield(l.fromObject(line)) {
			return nil
		}
	}
	return notEOF(l.end)
}

func (l *lines) columns() map[string]kind { return nil }

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// tabbed is a file of fields between tabs under a header line.
type tabbed struct {
	lineReader
	*builder
	header []string
}

func newTabbed(in *bufio.Reader, m Mapping, b *builder) (*tabbed, error) {
	t := &tabbed{lineReader: lineReader{in: in}, builder: b}
	header, err := t.next()
	if err != nil {
		return nil, err
	}
	t.header = strings.Split(string(header), "\t")
	return t, m.check(t.header, "column")
}

func (t *tabbed) columns() map[string]kind { return t.used(t.header) }

func (t *tabbed) each(yield func(Row) bool) error {
	for {
		line, err := t.next()
		if err != nil {
			return notEOF(err)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		t.begins = t.n
		if !yield(t.fromTable(t.header, strings.Split(string(line), "\t"), line)) {
			return nil
		}
	}
}

// commaSeparated is a CSV file under a header line.
type commaSeparated struct {
	*builder
	in       *csv.Reader
	original *recorder
	header   []string
}

func newCommaSeparated(in *bufio.Reader, m Mapping, b *builder) (*commaSeparated, error) {
	c := &commaSeparated{builder: b, original: &recorder{in: in}}
	c.in = csv.NewReader(c.original)
	head, _ := in.Peek(in.Buffered()) // looked at before
	c.in.Comma = separator(head)
	c.in.FieldsPerRecord = -1
	c.in.LazyQuotes = true
	header, err := c.in.Read()
	if err != nil {
		return nil, c.broken(err)
	}
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	c.header = header
	if strings.ContainsRune(strings.Join(header, ""), '\r') {
		return nil, errors.New(`its lines end in CR alone; convert it first: tr '\r' '\n' < FILE > NEW`)
	}
	c.original.take(c.in.InputOffset())
	c.in.ReuseRecord = true
	return c, m.check(c.header, "column")
}

func (c *commaSeparated) columns() map[string]kind { return c.used(c.header) }

func (c *commaSeparated) each(yield func(Row) bool) error {
	for {
		cells, err := c.in.Read()
		if err != nil {
			return notEOF(c.broken(err))
		}
		c.begins, _ = c.in.FieldPos(0)
		row := bytes.TrimRight(c.original.take(c.in.InputOffset()), "\r\n")
		if !yield(c.fromTable(c.header, cells, row)) {
			return nil
		}
	}
}

func (c *commaSeparated) broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the compressed file is truncated")
	}
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return fmt.Errorf("breaks off after row %d: %w", c.row, err)
}

// recorder keeps the bytes that the CSV reader has taken but not yet made a
// row of, because a row that makes no post is sent as it was.
type recorder struct {
	in    io.Reader
	bytes []byte
	start int64 // offset of bytes[0]
}

func (r *recorder) Read(p []byte) (int, error) {
	if len(r.bytes) > maxLine {
		return 0, fmt.Errorf("a row is longer than %d MiB: is a quote left open?", maxLine>>20)
	}
	n, err := r.in.Read(p)
	r.bytes = append(r.bytes, p[:n]...)
	return n, err
}

// take returns the bytes up to offset and forgets them.
func (r *recorder) take(offset int64) []byte {
	n := int(offset - r.start)
	row := r.bytes[:n:n]
	r.bytes = r.bytes[n:]
	r.start = offset
	return row
}
