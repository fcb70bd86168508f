package detect

import "fenghuo/pipeline/store/native"

// packed is rows of one table in ClickHouse's own format, compressed: an eighth of
// the memory that they take as rows, and what is sent.
type packed struct {
	names  []string
	blocks [][]byte // each the rows of one range
	rows   int
	reread bool // a request that failed may be read from still
}

// room is memory for the blocks of a table, one kind for each, as they differ in size.
type room struct {
	rowBytes     int           // about what a row takes before it is compressed
	open, packed spare[[]byte] // of blocks in the making, and of those that have landed
}

// A mention of 60 characters, and a bucket of the trends.
var mentionRoom, trendRoom, stateRoom = room{rowBytes: 576}, room{rowBytes: 192}, room{}

// begin is memory for a block of rows.
func (r *room) begin(rows int) []byte {
	if b := r.open.take(); b != nil {
		return b
	}
	return make([]byte, 0, rows*r.rowBytes)
}

// packRows takes the rows that a block holds, which is of no use after that.
func packRows[R any](r *room, b *native.Block[R], rows int) (packed, error) {
	block := b.Bytes()
	data := r.packed.take()
	if data == nil {
		data = make([]byte, 0, len(block)*2/5) // mentions take that, all else less
	}
	data, err := compressed(data[:0], block)
	r.open.give(block, len(block), cap(block))
	return packed{names: b.Names(), blocks: [][]byte{data}, rows: rows}, err
}

// join adds the rows of the next range.
func (p *packed) join(next *packed) {
	if next.rows == 0 {
		return
	}
	p.names, p.rows = next.names, p.rows+next.rows
	p.blocks = append(p.blocks, next.blocks...)
}

// release gives the memory to later blocks.
func (p *packed) release(r *room) {
	for _, b := range p.blocks {
		if !p.reread {
			r.packed.give(b, len(b), cap(b))
		}
	}
	*p = packed{}
}
