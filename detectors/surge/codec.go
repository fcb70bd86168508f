package surge

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// codecVersion is the first byte of a marshalled Detector. Version 1, which
// had no noise of the baseline, is read as if that were still unknown; versions
// 1 and 2, which had no outage, as if there had been none; versions 1 to 3, which
// did not tell chance from other noise, as if that were still unknown and every
// step had an exposure of 1; versions 1 to 4, which had no mean deviations, as if
// those were the spreads.
const codecVersion = 5

// MarshalBinary writes all that the detector knows; its Params stay outside.
func (d *Detector) MarshalBinary() ([]byte, error) {
	return d.AppendBinary(nil)
}

// AppendBinary appends what MarshalBinary writes.
func (d *Detector) AppendBinary(b []byte) ([]byte, error) {
	w := writer{b: append(b, codecVersion, byte(len(d.windows)))}
	d.walk(&w, codecVersion)
	return w.b, nil
}

// UnmarshalBinary restores a detector that was made by New with the same step
// and windows. It then decides exactly as the one that was written.
func (d *Detector) UnmarshalBinary(b []byte) error {
	if d.p == nil {
		return errors.New("surge: restore into a detector made by New")
	}
	if len(b) < 2 || b[0] < 1 || b[0] > codecVersion {
		return errors.New("surge: state is of another version")
	}
	if int(b[1]) != len(d.windows) {
		return fmt.Errorf("surge: state has %d windows, the parameters have %d", b[1], len(d.windows))
	}
	r := reader{b: b[2:]}
	d.walk(&r, b[0])
	if r.short || len(r.b) > 0 {
		return errors.New("surge: state is cut short or belongs to other windows")
	}
	if b[0] < 4 {
		d.base.sum, d.base.steps = d.base.seen, d.base.base
	}
	if b[0] < 2 {
		d.base.known()
	}
	if b[0] < 5 {
		for i := range d.windows {
			d.windows[i].dev = float32(math.Sqrt(float64(d.windows[i].v)))
		}
		d.mix.dev = float32(math.Sqrt(float64(d.mix.v)))
	}
	d.measure()
	return nil
}

// codec visits every field once, writing or reading it.
type codec interface {
	i64(*int64)
	f64(*float64)
	f32(*float32)
}

func (d *Detector) walk(c codec, version byte) {
	c.i64(&d.next)
	c.i64(&d.slotEnd)
	c.i64(&d.until)
	small(c, &d.hour)
	small(c, &d.weekday)
	small(c, &d.day)
	small(c, &d.blocks)
	small(c, &d.covered)
	c.f64(&d.rate)
	c.f64(&d.factor)
	d.base.walk(c, version)
	for i := range d.windows {
		w := &d.windows[i]
		c.f64(&w.sum.seen)
		c.f64(&w.sum.expected)
		small(c, &w.at)
		small(c, &w.fill)
		w.walk(c, version)
	}
	d.mix.walk(c, version)
	if version > 2 {
		c.i64(&d.out.from)
		c.i64(&d.out.to)
		c.f64(&d.out.expected)
	}
	for i := range d.panes {
		c.f64(&d.panes[i].seen)
		c.f64(&d.panes[i].expected)
	}
}

func (t *tail) walk(c codec, version byte) {
	c.f32(&t.m)
	c.f32(&t.v)
	c.f32(&t.max)
	if version > 4 {
		c.f32(&t.dev)
	}
}

func (b *baseline) walk(c codec, version byte) {
	for _, x := range []*float64{&b.seen, &b.base, &b.level, &b.hourSeen, &b.hourExpected, &b.hourBase, &b.hourLift} {
		c.f64(x)
	}
	if version > 1 {
		c.f64(&b.daySeen)
		c.f64(&b.dayExpected)
		for _, x := range []*noise{&b.hourError, &b.dayError} {
			c.f32(&x.square)
			c.f32(&x.visits)
		}
	}
	if version > 3 {
		c.f64(&b.sum)
		c.f64(&b.steps)
		c.f64(&b.hourSteps)
		c.f32(&b.dispersion.square)
		c.f32(&b.dispersion.visits)
	}
	for i := range b.hours {
		c.f32(&b.hours[i].seen)
		c.f32(&b.hours[i].base)
	}
	for i := range b.days {
		c.f32(&b.days[i].seen)
		c.f32(&b.days[i].base)
	}
}

func small[T ~int8 | ~int32](c codec, x *T) {
	y := int64(*x)
	c.i64(&y)
	*x = T(y)
}

type writer struct{ b []byte }

func (w *writer) i64(x *int64)   { w.b = binary.AppendVarint(w.b, *x) }
func (w *writer) f32(x *float32) { w.b = binary.AppendUvarint(w.b, uint64(reverse32(*x))) }
func (w *writer) f64(x *float64) {
	w.b = binary.AppendUvarint(w.b, reverse64(*x))
}

type reader struct {
	b     []byte
	short bool
}

func (r *reader) i64(x *int64) {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.short = true
		return
	}
	*x, r.b = v, r.b[n:]
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.short = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) f32(x *float32) { *x = math.Float32frombits(bits32(uint32(r.uvarint()))) }
func (r *reader) f64(x *float64) { *x = math.Float64frombits(bits64(r.uvarint())) }

// Floats are stored with their bytes reversed, so that short ones (0, 1, 2.5)
// make short varints.
func reverse64(x float64) uint64 { return bits.ReverseBytes64(math.Float64bits(x)) }
func reverse32(x float32) uint32 { return bits.ReverseBytes32(math.Float32bits(x)) }
func bits64(x uint64) uint64     { return bits.ReverseBytes64(x) }
func bits32(x uint32) uint32     { return bits.ReverseBytes32(x) }
