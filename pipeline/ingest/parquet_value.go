package ingest

import (
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/go-faster/jx"
	"github.com/google/uuid"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// kind is what the values of a column are.
type kind string

const (
	text    kind = "text"
	numbers kind = "numbers"
	times   kind = "times"
	truths  kind = "true or false"
)

// leaf is a column of values.
type leaf struct {
	name  string
	index int  // among the columns of the file
	list  bool // a row may have several values
	kind  kind
	// append writes a value that is not null as JSON; nothing for one that JSON
	// cannot hold.
	append func(dst []byte, v parquet.Value) []byte
}

func newLeaf(path []string, c parquet.LeafColumn) leaf {
	l := leaf{name: columnName(path), index: c.ColumnIndex, list: c.MaxRepetitionLevel > 0}
	l.kind, l.append = writer(c.Node.Type())
	return l
}

// writer chooses how values of a type become JSON: times as RFC 3339 in UTC, or
// without a zone where the file says that it holds those of some clock; decimals
// as numbers, all bytes without another meaning as text.
func writer(t parquet.Type) (kind, func([]byte, parquet.Value) []byte) {
	var logical format.LogicalTypeValue
	if l := t.LogicalType(); l != nil {
		logical = l.Value
	}
	switch l := logical.(type) {
	case *format.TimestampType:
		layout := rfc3339
		if !l.IsAdjustedToUTC {
			layout = zoneless
		}
		return times, func(dst []byte, v parquet.Value) []byte { return appendTime(dst, instant(v.Int64(), l.Unit), layout) }
	case *format.DateType:
		return times, func(dst []byte, v parquet.Value) []byte {
			return appendTime(dst, time.Unix(int64(v.Int32())*24*60*60, 0), zoneless)
		}
	case *format.DecimalType:
		return numbers, func(dst []byte, v parquet.Value) []byte { return appendDecimal(dst, v, int(l.Scale)) }
	case *format.UUIDType:
		return text, appendUUID
	case *format.IntType:
		if !l.IsSigned {
			return numbers, appendUnsigned
		}
	}
	switch t.Kind() {
	case parquet.Boolean:
		return truths, func(dst []byte, v parquet.Value) []byte { return strconv.AppendBool(dst, v.Boolean()) }
	case parquet.Int32, parquet.Int64:
		return numbers, appendSigned
	case parquet.Int96:
		return times, func(dst []byte, v parquet.Value) []byte { return appendTime(dst, julian(v.Int96()), rfc3339) }
	case parquet.Float:
		return numbers, func(dst []byte, v parquet.Value) []byte { return appendFloat(dst, float64(v.Float()), 32) }
	case parquet.Double:
		return numbers, func(dst []byte, v parquet.Value) []byte { return appendFloat(dst, v.Double(), 64) }
	}
	return text, func(dst []byte, v parquet.Value) []byte {
		w := jx.Writer{Buf: dst}
		w.ByteStr(v.ByteArray())
		return w.Buf
	}
}

func instant(n int64, unit format.TimeUnit) time.Time {
	switch unit.Value.(type) {
	case *format.MilliSeconds:
		return time.UnixMilli(n)
	case *format.MicroSeconds:
		return time.UnixMicro(n)
	}
	return time.Unix(n/1e9, n%1e9)
}

// Layouts of times: moments, and what a clock of an unknown zone showed.
const (
	rfc3339  = time.RFC3339Nano
	zoneless = "2006-01-02T15:04:05.999999999"
)

// appendTime writes a time; one whose year has not four digits is written as
// Unix milliseconds, which the pipeline sets aside.
func appendTime(dst []byte, at time.Time, layout string) []byte {
	at = at.UTC()
	if y := at.Year(); y < 0 || y > 9999 {
		return strconv.AppendInt(dst, at.UnixMilli(), 10)
	}
	dst = append(dst, '"')
	dst = at.AppendFormat(dst, layout)
	return append(dst, '"')
}

// julian reads the time of old writers: nanoseconds of the day, then the Julian
// day, whose 2440588 is 1970-01-01.
func julian(v deprecated.Int96) time.Time {
	ns := int64(v[0]) | int64(v[1])<<32
	return time.Unix((int64(v[2])-2440588)*24*60*60, ns)
}

func appendDecimal(dst []byte, v parquet.Value, scale int) []byte {
	var n big.Int
	switch v.Kind() {
	case parquet.Int32:
		n.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		n.SetInt64(v.Int64())
	default: // big-endian two's complement
		b := v.ByteArray()
		n.SetBytes(b)
		if len(b) > 0 && b[0] >= 0x80 {
			n.Sub(&n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
	}
	if scale <= 0 {
		return n.Append(dst, 10)
	}
	f, _ := new(big.Rat).SetFrac(&n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).Float64()
	return appendFloat(dst, f, 64)
}

func appendUUID(dst []byte, v parquet.Value) []byte {
	id, err := uuid.FromBytes(v.ByteArray())
	if err != nil {
		return dst
	}
	return append(append(append(dst, '"'), id.String()...), '"')
}

func appendSigned(dst []byte, v parquet.Value) []byte {
	if v.Kind() == parquet.Int32 {
		return strconv.AppendInt(dst, int64(v.Int32()), 10)
	}
	return strconv.AppendInt(dst, v.Int64(), 10)
}

func appendUnsigned(dst []byte, v parquet.Value) []byte {
	if v.Kind() == parquet.Int32 {
		return strconv.AppendUint(dst, uint64(v.Uint32()), 10)
	}
	return strconv.AppendUint(dst, v.Uint64(), 10)
}

func appendFloat(dst []byte, x float64, bits int) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return dst
	}
	return strconv.AppendFloat(dst, x, 'f', -1, bits)
}
