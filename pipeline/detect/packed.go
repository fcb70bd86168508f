package detect

import "fenghuo/pipeline/store/native"

// packed is rows of one table in ClickHouse's own format: a third of the memory
// that they take as rows, and what is sent.
type packed struct {
	names  []string
	blocks [][]byte // each the rows of one range
	rows   int
	reread bool // a request that failed may be read from still
}

// Blocks that have landed, for their memory; those of the two tables differ in size.
var spareMentions, spareTrends spare[[]byte]

// Bytes of a row of 60 characters, and of a bucket of the trends, about.
const (
	mentionBytes = 640
	trendBytes   = 192
)

// memoryOf is the memory of a block that has landed, new of size bytes if there
// is none.
func memoryOf(kept *spare[[]byte], size int) []byte {
	if b := kept.take(); b != nil {
		return b
	}
	return make([]byte, 0, size)
}

// packRows takes the rows that a block holds.
func packRows[R any](b *native.Block[R], rows int) packed {
	return packed{names: b.Names(), blocks: [][]byte{b.Bytes()}, rows: rows}
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
func (p *packed) release(kept *spare[[]byte]) {
	for _, b := range p.blocks {
		if !p.reread {
			kept.give(b, len(b), cap(b))
		}
	}
	*p = packed{}
}
