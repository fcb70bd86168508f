package ingest

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// commaSeparated is a CSV file under a header line.
type commaSeparated struct {
	in       *csv.Reader
	original *recorder
	n        int // rows read
}

func newCommaSeparated(in *bufio.Reader, m Mapping, b *builder) (rows, error) {
	c := &commaSeparated{original: &recorder{in: in}}
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
	if strings.ContainsRune(strings.Join(header, ""), '\r') {
		return nil, errors.New(`its lines end in CR alone; convert it first: tr '\r' '\n' < FILE > NEW`)
	}
	c.original.take(c.in.InputOffset())
	to := b.targets(header)
	row := func(b *builder, r raw) Row { return b.fromTable(to, r.cells, r.line) }
	return textFile{mill{b, c.rows, row}, b.used(header)}, m.check(header, "column")
}

// separator is what stands between the cells of a CSV header: a comma, or the
// semicolon or tab that spreadsheets of some countries write there.
func separator(head []byte) rune {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	best := ','
	for _, c := range ";\t" {
		if bytes.Count(line, []byte(string(c))) > bytes.Count(line, []byte(string(best))) {
			best = c
		}
	}
	return best
}

func (c *commaSeparated) rows(yield func(raw) bool) error {
	for {
		cells, err := c.in.Read()
		if err != nil {
			return notEOF(c.broken(err))
		}
		c.n++
		line, _ := c.in.FieldPos(0)
		if !yield(raw{bytes.TrimRight(c.original.take(c.in.InputOffset()), "\r\n"), cells, line}) {
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
	return fmt.Errorf("breaks off after row %d: %w", c.n, err)
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
