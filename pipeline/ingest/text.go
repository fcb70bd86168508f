package ingest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// readBytes is how much of a file is read at once.
const readBytes = 64 << 10

// lineReader reads lines of any length, keeping at most maxLine of each. The
// lines stay valid: what was read once is not written to again.
type lineReader struct {
	in   io.Reader
	rest []byte // read, but no line yet
	seen int    // bytes of rest without a line end
	n    int    // lines read
	end  error  // met when reading on
}

// next returns a line without its end.
func (l *lineReader) next() ([]byte, error) {
	for {
		if i := bytes.IndexByte(l.rest[l.seen:], '\n'); i >= 0 {
			return l.line(l.seen+i, l.seen+i+1), nil
		}
		switch l.seen = len(l.rest); {
		case l.end == nil && l.seen < maxLine:
			l.more()
		case l.seen >= maxLine:
			return l.overlong()
		case errors.Is(l.end, io.EOF) && l.seen > 0:
			return l.line(l.seen, l.seen), nil
		default:
			return nil, l.broken(l.end)
		}
	}
}

// line takes a line of n bytes off rest, with what is behind it up to an offset.
func (l *lineReader) line(n, behind int) []byte {
	n = min(n, maxLine)
	line := l.rest[:n:n]
	l.rest, l.seen = l.rest[behind:], 0
	l.n++
	return bytes.TrimRight(line, "\r\n")
}

// more reads on. It moves the rest to new memory when there is little left
// behind it, twice as much as it takes if it is long.
func (l *lineReader) more() {
	if cap(l.rest)-len(l.rest) < readBytes/4 {
		l.rest = append(make([]byte, 0, max(2*readBytes, 2*len(l.rest))), l.rest...)
	}
	n, err := l.in.Read(l.rest[len(l.rest):min(cap(l.rest), len(l.rest)+readBytes)])
	l.rest = l.rest[:len(l.rest)+n]
	l.end = err
}

// overlong returns what is kept of a line and passes over what is not.
func (l *lineReader) overlong() ([]byte, error) {
	line := l.line(maxLine, l.seen)
	l.rest = nil
	for l.end == nil {
		l.more()
		if _, after, ended := bytes.Cut(l.rest, []byte("\n")); ended {
			l.rest = after
			return line, nil
		}
		l.rest = l.rest[:0]
	}
	if !errors.Is(l.end, io.EOF) {
		l.n--
		return nil, l.broken(l.end)
	}
	return line, nil
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

// rows yields the lines that are not blank.
func (l *lineReader) rows(yield func(raw) bool) error {
	for {
		line, err := l.next()
		if err != nil {
			return notEOF(err)
		}
		if !isBlank(line) && !yield(raw{line: line, number: l.n}) {
			return nil
		}
	}
}

func isBlank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// textFile is a file of lines or of CSV.
type textFile struct {
	mill
	used map[string]kind
}

func (t textFile) columns() map[string]kind { return t.used }

// peekRows is how many JSON rows are looked at for the columns there are.
const peekRows = 1000

// newLines reads a file of JSON objects, one a line.
func newLines(in io.Reader, m Mapping, b *builder) (rows, error) {
	l := &lineReader{in: in}
	var peeked []raw // for the check, and yielded first
	var columns []string
	objects, size := 0, 0
	err := l.rows(func(r raw) bool {
		size += len(r.line)
		peeked = append(peeked, r)
		if eachField(r.line, func(key, _ []byte) {
			if !slices.Contains(columns, string(key)) && len(columns) < 100 {
				columns = append(columns, string(key))
			}
		}) == nil {
			objects++
		}
		return len(peeked) < peekRows && size < maxLine
	})
	if len(peeked) == 0 {
		return nil, cmp.Or(err, errEmpty)
	}
	switch first := bytes.TrimSpace(peeked[0].line); {
	case bytes.HasPrefix(first, []byte("[{")), objects == 0 && bytes.Equal(first, []byte("[")):
		return nil, errors.New("a JSON array; write its objects one a line first: jq -c '.[]' FILE > NEW")
	case objects == 0 && peeked[0].line[0] == '{':
		return nil, errors.New("JSON objects over several lines; write one a line first: jq -c . FILE > NEW")
	case objects == 0:
		return nil, fmt.Errorf("none of its first %d lines is a JSON object; is it --format csv or tsv?", len(peeked))
	}
	cut := func(yield func(raw) bool) error {
		for _, r := range peeked {
			if !yield(r) {
				return nil
			}
		}
		peeked = nil
		return l.rows(yield)
	}
	row := func(b *builder, r raw) Row { return b.fromObject(r.line) }
	return textFile{mill{b, cut, row}, nil}, m.check(columns, "field")
}

// newTabbed reads a file of fields between tabs under a header line.
func newTabbed(in io.Reader, m Mapping, b *builder) (rows, error) {
	l := &lineReader{in: in}
	line, err := l.next()
	if err != nil {
		return nil, err
	}
	header := strings.Split(string(line), "\t")
	to := b.targets(header)
	row := func(b *builder, r raw) Row { return b.fromTable(to, strings.Split(string(r.line), "\t"), r.line) }
	return textFile{mill{b, l.rows, row}, b.used(header)}, m.check(header, "column")
}
