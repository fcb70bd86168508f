package detect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"fenghuo/pipeline/store/native"
)

// packed is rows of one table in ClickHouse's own format, as they are sent.
type packed struct {
	names  []string
	blocks []block // each the rows of one range
	rows   int
	reread bool // a request that failed may be read from still
}

// block is in memory, until it is put aside in a file.
type block struct {
	data []byte
	file *os.File // without a name: its room on disk goes with this process
	size int64
}

// reader reads the block from its beginning, again for each request.
func (b *block) reader() io.Reader {
	if b.file == nil {
		return bytes.NewReader(b.data)
	}
	return io.NewSectionReader(b.file, 0, b.size)
}

// room is memory for the blocks of a table, one kind for each, as they differ in size.
type room struct {
	rowBytes int // about what a row takes
	spare    spare[[]byte]
}

// A mention of 60 characters, and a bucket of the trends.
var mentionRoom, trendRoom, stateRoom = room{rowBytes: 576}, room{rowBytes: 192}, room{}

// begin is memory for a block of rows.
func (r *room) begin(rows int) []byte {
	if b := r.spare.take(); b != nil {
		return b
	}
	return make([]byte, 0, rows*r.rowBytes)
}

// packRows takes the rows that a block holds, which is of no use after that.
func packRows[R any](b *native.Block[R], rows int) packed {
	data := b.Bytes()
	return packed{names: b.Names(), blocks: []block{{data: data, size: int64(len(data))}}, rows: rows}
}

// putAside writes the blocks to files and gives their memory to later ones. They
// wait there for a second or two, in what the system has to spare of its memory.
func (p *packed) putAside(r *room) error {
	for i := range p.blocks {
		b := &p.blocks[i]
		if err := b.putAside(); err != nil {
			return fmt.Errorf("no room for rows that wait to land, TMPDIR names another folder: %w", err)
		}
		r.spare.give(b.data, len(b.data), cap(b.data))
		b.data = nil
	}
	return nil
}

func (b *block) putAside() error {
	file, err := os.CreateTemp("", "fenghuo-rows-*")
	if err != nil {
		return err
	}
	err = os.Remove(file.Name()) // first, so that nothing stays of a process that is killed
	if err == nil {
		_, err = file.Write(b.data)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	b.file = file
	return nil
}

// join adds the rows of the next range.
func (p *packed) join(next *packed) {
	if next.rows == 0 {
		return
	}
	p.names, p.rows = next.names, p.rows+next.rows
	p.blocks = append(p.blocks, next.blocks...)
}

// release gives the memory to later blocks, and the files back.
func (p *packed) release(r *room) {
	for _, b := range p.blocks {
		if b.file != nil {
			_ = b.file.Close() // it was read from only
		} else if !p.reread {
			r.spare.give(b.data, len(b.data), cap(b.data))
		}
	}
	*p = packed{}
}
