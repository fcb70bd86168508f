package mentionlog

import (
	"encoding/binary"
	"math"
	"time"
)

// Value is a source record that is a value of a business series, attributed to
// its brand.
type Value struct {
	Source   Source
	Offset   int64     // of the source record
	Recorded time.Time // timestamp of the source record

	Series string
	Brand  string
	SKU    string    // "" = the whole brand
	At     time.Time // millisecond grain
	Value  float64
}

// AppendValue appends v's encoding to dst. Its version is one that programs
// which know no values refuse: they must not pass over it.
func AppendValue(dst []byte, v *Value) []byte {
	dst = append(dst, versionOfValues, kindValue)
	dst = appendSource(dst, v.Source)
	dst = binary.AppendVarint(dst, v.Offset)
	dst = binary.AppendVarint(dst, v.Recorded.UnixMilli())
	for _, s := range [...]string{v.Series, v.Brand, v.SKU} {
		dst = appendString(dst, s)
	}
	dst = binary.AppendVarint(dst, v.At.UnixMilli())
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.Value))
}

func (d *decoder) value() *Value {
	v := &Value{Source: d.source(), Offset: d.varint(), Recorded: d.time()}
	for _, s := range [...]*string{&v.Series, &v.Brand, &v.SKU} {
		*s = d.string()
	}
	v.At = d.time()
	v.Value = math.Float64frombits(d.uint64())
	return v
}
