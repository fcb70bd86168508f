package native

import (
	"encoding/binary"
	"math"
	"time"
)

// Block is a block of rows of R under way. A method adds a column: its name in
// the table and where a row has its value.
type Block[R any] struct {
	rows  []*R
	names []string
	data  []byte
	words dictionary
}

// New begins a block of rows in memory that is not used any more, of an earlier
// block or new; nil does, but growing to some megabytes step by step copies them
// five times. columns is how many will follow.
func New[R any](buffer []byte, rows []*R, columns int) *Block[R] {
	b := &Block[R]{rows: rows, names: make([]string, 0, columns), data: buffer[:0]}
	b.data = binary.AppendUvarint(b.data, uint64(columns))
	b.data = binary.AppendUvarint(b.data, uint64(len(rows)))
	return b
}

// Names are the columns in their order.
func (b *Block[R]) Names() []string { return b.names }

// Bytes is the block; it is whole when all columns are there.
func (b *Block[R]) Bytes() []byte { return b.data }

func (b *Block[R]) begin(name, kind string) {
	b.names = append(b.names, name)
	b.string(name)
	b.string(kind)
}

func (b *Block[R]) string(s string) { b.data = appendString(b.data, s) }

func appendString(data []byte, s string) []byte {
	if len(s) < 1<<7 { // as most are
		data = append(data, byte(len(s)))
	} else {
		data = binary.AppendUvarint(data, uint64(len(s)))
	}
	return append(data, s...)
}

func (b *Block[R]) uint64(v uint64) { b.data = binary.LittleEndian.AppendUint64(b.data, v) }

func (b *Block[R]) uint32(v uint32) { b.data = binary.LittleEndian.AppendUint32(b.data, v) }

// Strings adds a String.
func (b *Block[R]) Strings(name string, of func(*R) string) {
	b.begin(name, "String")
	data := b.data
	for _, r := range b.rows {
		data = appendString(data, of(r))
	}
	b.data = data
}

// Values adds a String of bytes.
func (b *Block[R]) Values(name string, of func(*R) []byte) {
	b.begin(name, "String")
	for _, r := range b.rows {
		v := of(r)
		b.data = append(binary.AppendUvarint(b.data, uint64(len(v))), v...)
	}
}

// Bools adds a Bool.
func (b *Block[R]) Bools(name string, of func(*R) bool) {
	b.begin(name, "Bool")
	for _, r := range b.rows {
		v := byte(0)
		if of(r) {
			v = 1
		}
		b.data = append(b.data, v)
	}
}

// Enums adds an Enum8; kind is its type as the table has it.
func (b *Block[R]) Enums(name, kind string, of func(*R) int8) {
	b.begin(name, kind)
	for _, r := range b.rows {
		b.data = append(b.data, byte(of(r)))
	}
}

// Int32s adds an Int32.
func (b *Block[R]) Int32s(name string, of func(*R) int32) {
	b.begin(name, "Int32")
	for _, r := range b.rows {
		b.uint32(uint32(of(r)))
	}
}

// Uint32s adds a UInt32.
func (b *Block[R]) Uint32s(name string, of func(*R) uint32) {
	b.begin(name, "UInt32")
	for _, r := range b.rows {
		b.uint32(of(r))
	}
}

// Int64s adds an Int64.
func (b *Block[R]) Int64s(name string, of func(*R) int64) {
	b.begin(name, "Int64")
	for _, r := range b.rows {
		b.uint64(uint64(of(r)))
	}
}

// Uint64s adds a UInt64.
func (b *Block[R]) Uint64s(name string, of func(*R) uint64) {
	b.begin(name, "UInt64")
	for _, r := range b.rows {
		b.uint64(of(r))
	}
}

// Float32s adds a Float32.
func (b *Block[R]) Float32s(name string, of func(*R) float32) {
	b.begin(name, "Float32")
	for _, r := range b.rows {
		b.uint32(math.Float32bits(of(r)))
	}
}

// Float64s adds a Float64.
func (b *Block[R]) Float64s(name string, of func(*R) float64) {
	b.begin(name, "Float64")
	for _, r := range b.rows {
		b.uint64(math.Float64bits(of(r)))
	}
}

// Times adds a DateTime64(3, 'UTC'); the zero time becomes 1970.
func (b *Block[R]) Times(name string, of func(*R) time.Time) {
	b.begin(name, "DateTime64(3, 'UTC')")
	for _, r := range b.rows {
		at := of(r)
		if at.IsZero() {
			at = time.Unix(0, 0)
		}
		b.uint64(uint64(at.UnixMilli()))
	}
}

// Seconds adds a DateTime('UTC') of Unix seconds.
func (b *Block[R]) Seconds(name string, of func(*R) int64) {
	b.begin(name, "DateTime('UTC')")
	for _, r := range b.rows {
		b.uint32(uint32(of(r)))
	}
}

// Lists adds an Array(String).
func (b *Block[R]) Lists(name string, of func(*R) []string) {
	b.begin(name, "Array(String)")
	end := 0
	for _, r := range b.rows {
		end += len(of(r))
		b.uint64(uint64(end))
	}
	data := b.data
	for _, r := range b.rows {
		for _, s := range of(r) {
			data = appendString(data, s)
		}
	}
	b.data = data
}

// Counts adds a Map(String, UInt64): n tells the size of a row's map, at its
// i-th pair.
func (b *Block[R]) Counts(name string, n func(*R) int, at func(r *R, i int) (string, uint64)) {
	b.begin(name, "Map(String, UInt64)")
	b.keys(n, func(r *R, i int) string { key, _ := at(r, i); return key })
	for _, r := range b.rows {
		for i := range n(r) {
			_, v := at(r, i)
			b.uint64(v)
		}
	}
}

// Scores adds a Map(String, Float32), as Counts does.
func (b *Block[R]) Scores(name string, n func(*R) int, at func(r *R, i int) (string, float32)) {
	b.begin(name, "Map(String, Float32)")
	b.keys(n, func(r *R, i int) string { key, _ := at(r, i); return key })
	for _, r := range b.rows {
		for i := range n(r) {
			_, v := at(r, i)
			b.uint32(math.Float32bits(v))
		}
	}
}

// keys writes where the maps of the rows end, and their keys.
func (b *Block[R]) keys(n func(*R) int, key func(r *R, i int) string) {
	end := 0
	for _, r := range b.rows {
		end += n(r)
		b.uint64(uint64(end))
	}
	for _, r := range b.rows {
		for i := range n(r) {
			b.string(key(r, i))
		}
	}
}
