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
	*builder
	in       *csv.Reader
	original *recorder
	header   []string
}

func newCommaSeparated(in *bufio.Reader, m Mapping, b *builder) (*commaSeparated, error) {
	c := &commaSeparated{builder: b, original: &recorder{in: in}}
	c.in = csv.NewReader(c.original)
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
