package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

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
