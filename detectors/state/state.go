// Package state writes and reads the detectors' state as compact bytes:
// varints, IEEE floats, length-prefixed strings. The same state gives the same
// bytes. It imports only the standard library.
package state

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// ErrShort says that a value ended early or holds a length that cannot be.
var ErrShort = errors.New("state is truncated or damaged")

// Writer appends values; its bytes are W.B.
type Writer struct{ B []byte }

// Uint appends an unsigned number; most are small.
func (w *Writer) Uint(v uint64) {
	if v < 0x80 {
		w.B = append(w.B, byte(v))
		return
	}
	w.B = binary.AppendUvarint(w.B, v)
}

// Int appends a number.
func (w *Writer) Int(v int64) { w.B = binary.AppendVarint(w.B, v) }

// Float32 appends a float.
func (w *Writer) Float32(v float32) { w.B = binary.LittleEndian.AppendUint32(w.B, math.Float32bits(v)) }

// Float64 appends a float.
func (w *Writer) Float64(v float64) { w.B = binary.LittleEndian.AppendUint64(w.B, math.Float64bits(v)) }

// Bytes appends bytes with their length.
func (w *Writer) Bytes(v []byte) { w.Uint(uint64(len(v))); w.B = append(w.B, v...) }

// String appends a string with its length.
func (w *Writer) String(v string) { w.Uint(uint64(len(v))); w.B = append(w.B, v...) }

// Time writes t to the second; the zero time stays zero.
func (w *Writer) Time(t time.Time) {
	if t.IsZero() {
		w.Int(math.MinInt64)
		return
	}
	w.Int(t.Unix())
}

// Bool appends a truth value.
func (w *Writer) Bool(v bool) {
	if v {
		w.B = append(w.B, 1)
	} else {
		w.B = append(w.B, 0)
	}
}

// Reader takes values in the order in which they were written. The first
// failure sticks: later reads give zero values and Err tells.
type Reader struct {
	b   []byte
	err error
}

// NewReader reads b, which it keeps.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Err is ErrShort after a failed read.
func (r *Reader) Err() error { return r.err }

// Done is Err, or an error when bytes are left over.
func (r *Reader) Done() error {
	if r.err == nil && len(r.b) > 0 {
		return errors.New("state has bytes left over")
	}
	return r.err
}

// Rest is what is left to be read.
func (r *Reader) Rest() []byte { return r.b }

// Len reads the length of a list whose elements take at least one byte each.
func (r *Reader) Len() int {
	n := r.Uint()
	if n > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return int(n)
}

// Uint reads an unsigned number.
func (r *Reader) Uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// Int reads a number.
func (r *Reader) Int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// Float32 reads a float.
func (r *Reader) Float32() float32 {
	if b := r.take(4); b != nil {
		return math.Float32frombits(binary.LittleEndian.Uint32(b))
	}
	return 0
}

// Float64 reads a float.
func (r *Reader) Float64() float64 {
	if b := r.take(8); b != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// Bytes reads bytes with their length.
func (r *Reader) Bytes() []byte  { return r.take(r.Len()) }
func (r *Reader) String() string { return string(r.take(r.Len())) }

// Bool reads a truth value.
func (r *Reader) Bool() bool {
	b := r.take(1)
	return b != nil && b[0] != 0
}

// Time is in UTC.
func (r *Reader) Time() time.Time {
	s := r.Int()
	if s == math.MinInt64 || r.err != nil {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

func (r *Reader) take(n int) []byte {
	if r.err != nil || n > len(r.b) {
		r.fail()
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *Reader) fail() { r.err, r.b = ErrShort, nil }
