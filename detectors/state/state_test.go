package state

import (
	"math"
	"testing"
	"time"
)

func TestRoundTrip(t *testing.T) {
	at := time.Unix(1700000000, 0).UTC()
	var w Writer
	w.Uint(math.MaxUint64)
	w.Int(-5)
	w.Float32(1.5)
	w.Float64(math.Inf(-1))
	w.String("酸菜")
	w.Bytes([]byte{1, 2})
	w.Bool(true)
	w.Time(at)
	w.Time(time.Time{})
	r := NewReader(w.B)
	ok := r.Uint() == math.MaxUint64 && r.Int() == -5 && r.Float32() == 1.5 && math.IsInf(r.Float64(), -1) &&
		r.String() == "酸菜" && string(r.Bytes()) == "\x01\x02" && r.Bool() && r.Time().Equal(at) && r.Time().IsZero()
	if err := r.Done(); err != nil || !ok {
		t.Errorf("err %v, values equal: %v", err, ok)
	}
}

// FuzzReader: whatever the bytes, a reader neither panics nor hands out more
// than it was given, and its first failure sticks.
func FuzzReader(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add([]byte{3, 'a', 'b'})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(b)
		if n := r.Len(); n > len(b) {
			t.Errorf("length %d of %d bytes", n, len(b))
		}
		if s := r.String(); len(s) > len(b) {
			t.Errorf("string of %d of %d bytes", len(s), len(b))
		}
		r.Int()
		r.Float64()
		r.Time()
		if r.Err() != nil && (r.Uint() != 0 || r.String() != "" || r.Done() == nil) {
			t.Error("reads on after a failure")
		}
	})
}
