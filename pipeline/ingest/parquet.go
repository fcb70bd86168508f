package ingest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/parquet-go/parquet-go"
)

// parquetMagic stands at both ends of a Parquet file.
const parquetMagic = "PAR1"

// table is an open Parquet file. Its rows are read column by column, those in
// use only, a page of each at a time.
type table struct {
	file *parquet.File
	size int64
	read *atomic.Int64
	rows int64 // taken so far
}

// openTable reads the end of the file, which says what is in it, so that a file
// that was cut is refused before a row of it is used.
func openTable(in io.ReaderAt, size int64, read *atomic.Int64) (t *table, err error) {
	defer guard(&err)
	tail := make([]byte, 4+len(parquetMagic))
	if size < int64(3*len(parquetMagic)) {
		return nil, errCut
	}
	if _, err := in.ReadAt(tail, size-int64(len(tail))); err != nil {
		return nil, err
	}
	switch string(tail[4:]) {
	case parquetMagic:
	case "PARE":
		return nil, errors.New("an encrypted Parquet file; decrypt it first")
	default:
		return nil, errCut
	}
	// The library makes room for whatever length the end gives.
	if footer := int64(binary.LittleEndian.Uint32(tail)); footer > size-int64(len(tail)+len(parquetMagic)) {
		return nil, fmt.Errorf("damaged Parquet: its end takes %d bytes, the whole file has %d", footer, size)
	}
	f, err := parquet.OpenFile(in, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(64<<10))
	if err != nil {
		return nil, fmt.Errorf("damaged Parquet: %w", err)
	}
	if f.NumRows() == 0 {
		return nil, errEmpty
	}
	return &table{file: f, size: size, read: read}, nil
}

var errCut = errors.New("the Parquet file is truncated: its end, which says what is in it, is missing")

// guard turns a panic of the Parquet library, which trusts what a file says of
// itself, into an error.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("damaged Parquet: %v", r)
	}
}

// leaves are the columns with values. One in a group is named by its path,
// such as user.id; a list is named without the levels that make it one.
func (t *table) leaves() (list []leaf) {
	for _, path := range t.file.Schema().Columns() {
		column, _ := t.file.Schema().Lookup(path...)
		list = append(list, newLeaf(path, column))
	}
	return list
}

// each calls yield with the JSON values of every row, in the order of columns;
// nil is an absent value. The values are valid until the next call.
func (t *table) each(columns []leaf, yield func([][]byte) bool) (err error) {
	defer guard(&err)
	for _, group := range t.file.RowGroups() {
		more, err := t.group(group, columns, yield)
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = errors.New("a column ends before the others")
			}
			return fmt.Errorf("breaks off after row %d: damaged Parquet: %w", t.rows, err)
		}
		if !more {
			return nil
		}
	}
	return nil
}

func (t *table) group(group parquet.RowGroup, columns []leaf, yield func([][]byte) bool) (more bool, err error) {
	chunks := group.ColumnChunks()
	cells := make([]*cells, len(columns))
	for i, c := range columns {
		cells[i] = newCells(c, chunks[c.index])
		defer cells[i].close()
	}
	values := make([][]byte, len(columns))
	for range group.NumRows() {
		for i := range cells {
			if values[i], err = cells[i].next(); err != nil {
				return false, err
			}
		}
		t.rows++
		t.read.Add(t.size*t.rows/t.file.NumRows() - t.size*(t.rows-1)/t.file.NumRows())
		if !yield(values) {
			return false, nil
		}
	}
	return true, nil
}

// cells reads the cells of one column of a row group.
type cells struct {
	leaf
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buffer []parquet.Value
	at, n  int
	json   []byte
}

func newCells(l leaf, chunk parquet.ColumnChunk) *cells {
	return &cells{leaf: l, pages: chunk.Pages(), buffer: make([]parquet.Value, 256)}
}

func (c *cells) close() {
	parquet.Release(c.page)
	_ = c.pages.Close() // read only
}

// next returns the JSON of the next cell, nil for none.
func (c *cells) next() ([]byte, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	if !c.list {
		c.at++
		return c.cell(c.json[:0], c.buffer[c.at-1]), nil
	}
	out := append(c.json[:0], '[')
	for first := true; ; first = false {
		err := c.fill()
		if errors.Is(err, io.EOF) && !first {
			break
		}
		if err != nil {
			return nil, err
		}
		v := c.buffer[c.at]
		if !first && v.RepetitionLevel() == 0 {
			break
		}
		c.at++
		before := len(out)
		if before > 1 {
			out = append(out, ',')
		}
		if out = c.append(out, v); v.IsNull() || len(out) == before {
			out = out[:before]
		}
	}
	c.json = append(out, ']')
	return c.json, nil
}

func (c *cells) cell(dst []byte, v parquet.Value) []byte {
	if v.IsNull() {
		return nil
	}
	c.json = c.append(dst, v)
	if len(c.json) == 0 {
		return nil
	}
	return c.json
}

// fill makes sure that there is a value at c.at.
func (c *cells) fill() error {
	for c.at == c.n {
		if c.page == nil {
			page, err := c.pages.ReadPage()
			if err != nil {
				return err
			}
			c.page, c.values = page, page.Values()
		}
		n, err := c.values.ReadValues(c.buffer)
		c.at, c.n = 0, n
		if n == 0 && errors.Is(err, io.EOF) {
			parquet.Release(c.page)
			c.page = nil
		} else if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	return nil
}

// columnar is a Parquet file as rows of posts.
type columnar struct {
	*builder
	table *table
	used  []leaf
	to    [][]int // the fields that they fill
}

func newColumnar(t *table, m Mapping, b *builder) (*columnar, error) {
	c := &columnar{builder: b, table: t}
	var names []string
	for _, l := range t.leaves() {
		if l.list {
			if i := slices.IndexFunc(m.fields(), func(f string) bool { return m[f].Column == l.name }); i >= 0 {
				return nil, fmt.Errorf("column %q for --map %s=%s is a list; a field takes one value", l.name, m.fields()[i], l.name)
			}
			continue
		}
		names = append(names, l.name)
		if len(b.byColumn[l.name]) > 0 {
			c.used, c.to = append(c.used, l), append(c.to, b.byColumn[l.name])
		}
	}
	return c, m.check(names, "column")
}

// each makes the rows itself: most of the work is in the columns.
func (c *columnar) each(_ int, yield func(Row) bool) error {
	return c.table.each(c.used, func(values [][]byte) bool { return yield(c.fromValues(c.to, values)) })
}

func (c *columnar) columns() map[string]kind {
	kinds := make(map[string]kind)
	for _, l := range c.used {
		kinds[l.name] = l.kind
	}
	return kinds
}

// spool copies what can be read only once to a temporary file that is gone when
// it is closed.
func spool(in io.Reader) (*os.File, int64, error) {
	file, err := nameless("", "fenghuo-*.parquet")
	if err != nil {
		return nil, 0, err
	}
	size, err := io.Copy(file, in)
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, size, nil
}

// isParquet looks at the first bytes.
func isParquet(in *bufio.Reader) bool {
	magic, _ := in.Peek(len(parquetMagic))
	return string(magic) == parquetMagic || string(magic) == "PARE"
}

// columnName joins a path, leaving out the levels that make lists and maps.
func columnName(path []string) string {
	for _, levels := range [][]string{{"list", "element"}, {"list", "item"}, {"bag", "array_element"}} {
		if n := len(path) - len(levels); n > 0 && slices.Equal(path[n:], levels) {
			path = path[:n]
		}
	}
	return strings.Join(path, ".")
}
