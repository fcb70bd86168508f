package ingest

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"
)

// packedHead is how many bytes say, in front of a packed row, how many follow:
// its time in Unix milliseconds and its number, the lengths of whence it comes,
// fault and key, then these, and the value as the rest.
const packedHead = 4

// noTime is how the zero time is written.
var noTime = time.Time{}.UnixMilli()

// appendPacked appends a row, packed.
func appendPacked(dst []byte, r *Row) []byte {
	begin := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.AppendVarint(dst, r.At.UnixMilli())
	dst = binary.AppendVarint(dst, r.Number)
	dst = binary.AppendUvarint(dst, uint64(len(r.From)))
	dst = binary.AppendUvarint(dst, uint64(len(r.Fault)))
	dst = binary.AppendUvarint(dst, uint64(len(r.Key)))
	dst = append(append(append(append(dst, r.From...), r.Fault...), r.Key...), r.Value...)
	binary.LittleEndian.PutUint32(dst[begin:], uint32(len(dst)-begin-packedHead))
	return dst
}

// packedSize is what appendPacked appends at most.
func packedSize(r *Row) int {
	return packedHead + 5*binary.MaxVarintLen64 + len(r.From) + len(r.Fault) + len(r.Key) + len(r.Value)
}

// unpacker makes rows of packed ones, whose memory they share.
type unpacker struct {
	from string // of the row before: most have the same
}

func (u *unpacker) row(packed []byte) Row {
	packed = packed[packedHead:]
	ms, n := binary.Varint(packed)
	packed = packed[n:]
	number, n := binary.Varint(packed)
	packed = packed[n:]
	var size [3]uint64 // of from, fault and key
	for i := range size {
		size[i], n = binary.Uvarint(packed)
		packed = packed[n:]
	}
	cut := func(n uint64) []byte {
		part := packed[:n]
		packed = packed[n:]
		return part
	}
	if from := cut(size[0]); string(from) != u.from {
		u.from = string(from)
	}
	row := Row{From: u.from, Number: number, Fault: string(cut(size[1])), Key: string(cut(size[2])), Value: packed}
	if ms != noTime {
		row.At = time.UnixMilli(ms).UTC()
	}
	return row
}

// packedRows are rows in memory, packed one behind the other in large pieces.
type packedRows struct {
	pieces [][]byte
	free   [][]byte // pieces to use again
	places []place
	bytes  int
}

// place is where a packed row lies; piece and offset grow in the order in which
// rows are added.
type place struct {
	ms            int64
	piece, offset uint32
}

const (
	pieceBytes = 1 << 20 // allocated at once
	placeBytes = 16
)

func (p *packedRows) add(r *Row) {
	size := packedSize(r)
	last := len(p.pieces) - 1
	if last < 0 || cap(p.pieces[last])-len(p.pieces[last]) < size {
		p.pieces = append(p.pieces, p.piece(size))
		last++
	}
	offset := len(p.pieces[last])
	p.pieces[last] = appendPacked(p.pieces[last], r)
	p.places = append(p.places, place{r.At.UnixMilli(), uint32(last), uint32(offset)})
	p.bytes += len(p.pieces[last]) - offset + placeBytes
}

func (p *packedRows) piece(size int) []byte {
	if n := len(p.free); n > 0 && size <= pieceBytes {
		piece := p.free[n-1]
		p.free = p.free[:n-1]
		return piece
	}
	return make([]byte, 0, max(size, pieceBytes))
}

// clear forgets the rows and keeps the memory, except for that of long rows.
func (p *packedRows) clear() {
	for _, piece := range p.pieces {
		if cap(piece) == pieceBytes {
			p.free = append(p.free, piece[:0])
		}
	}
	clear(p.pieces)
	p.pieces, p.places, p.bytes = p.pieces[:0], p.places[:0], 0
}

// sort puts the rows in order of time; rows of one time keep their order.
func (p *packedRows) sort() {
	slices.SortFunc(p.places, func(a, b place) int {
		if c := cmp.Compare(a.ms, b.ms); c != 0 {
			return c
		}
		return cmp.Compare(uint64(a.piece)<<32|uint64(a.offset), uint64(b.piece)<<32|uint64(b.offset))
	})
}

// all yields the packed rows.
func (p *packedRows) all(yield func([]byte) bool) {
	for _, at := range p.places {
		row := p.pieces[at.piece][at.offset:]
		size := packedHead + binary.LittleEndian.Uint32(row)
		if !yield(row[:size:size]) {
			return
		}
	}
}
