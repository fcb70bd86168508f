package schemas

import (
	"bytes"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/go-faster/jx"
)

// MaxSeriesBytes is how long the name of a business series may be.
const MaxSeriesBytes = 64

// IsValue tells whether a record on the posts topic means to be a value of a
// business series: a JSON object with a field series and neither text nor
// title. It takes next to nothing for a post.
func IsValue(data []byte) bool {
	if !bytes.Contains(data, []byte(`"series"`)) || len(data) > MaxRecordBytes {
		return false
	}
	d := jx.GetDecoder()
	defer jx.PutDecoder(d)
	d.ResetBytes(bytes.TrimPrefix(data, byteOrderMark))
	series, text := false, false
	err := d.ObjBytes(func(d *jx.Decoder, key []byte) error {
		switch string(key) {
		case "series":
			series = d.Next() != jx.Null
		case "text", "title":
			text = text || d.Next() != jx.Null
		}
		return d.Skip()
	})
	return err == nil && series && !text
}

// DecodeValue reads a record that IsValue as json/value.schema.json describes
// it, and forgives what DecodePost forgives. recordTime is the record's own
// time; the zero time switches off the check against the future. A reason other
// than "" says why there is no value in it. It keeps no reference to data.
func DecodeValue(data []byte, recordTime time.Time) (v Value, reason Reason, detail string) {
	if !utf8.Valid(data) {
		return Value{}, ReasonInvalidUTF8, "the record is not UTF-8"
	}
	d := jx.GetDecoder()
	defer jx.PutDecoder(d)
	d.ResetBytes(bytes.TrimPrefix(data, byteOrderMark))
	r := valueReader{postReader: postReader{d: d, plain: isPlain(data)}}
	if err := d.ObjBytes(r.field); err != nil {
		f := notJSON(err)
		return Value{}, f.reason, f.detail
	}
	r.check(recordTime)
	if r.fault != nil {
		return Value{}, r.fault.reason, r.fault.detail
	}
	return r.value, "", ""
}

// valueReader fills value from one JSON object.
type valueReader struct {
	postReader
	value Value
	given bool // a value, zero perhaps
}

func (r *valueReader) field(_ *jx.Decoder, key []byte) error {
	switch string(key) {
	case "series":
		return r.word("series", &r.value.Series, MaxSeriesBytes)
	case "brand":
		return r.word("brand", &r.value.Brand, MaxIDBytes)
	case "sku":
		return r.word("sku", &r.value.SKU, MaxIDBytes)
	case "timestamp":
		return r.timestamp()
	case "value":
		return r.figure()
	}
	return r.d.Skip()
}

func (r *valueReader) timestamp() error {
	b, err := r.number("timestamp")
	if err != nil || len(b) == 0 {
		return err
	}
	at, ok := ParseTimestamp(string(b))
	if !ok {
		r.fail(&fault{ReasonNoTime, fmt.Sprintf("timestamp %q is not RFC 3339, no day and no Unix seconds or milliseconds", shorten(b))})
	}
	r.value.Timestamp = at
	return nil
}

func (r *valueReader) figure() error {
	b, err := r.number("value")
	if err != nil || len(b) == 0 {
		return err
	}
	f, ok := parseDecimal(string(b))
	if !ok || f < 0 || f > maxCount {
		r.fail(schemaFault("value", "is %q, not a number in 0 to 2^53", shorten(b)))
	}
	r.value.Value, r.given = f, true
	return nil
}

// ParseTimestamp reads what ParseTime does, and days and minutes as tables of
// counts have them: 2025-11-07, 2025-11-07 09:30; without a zone they are UTC.
func ParseTimestamp(s string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return ParseTime(s)
}

// check looks at the value as a whole.
func (r *valueReader) check(recordTime time.Time) {
	v := &r.value
	switch {
	case r.fault != nil:
	case v.Series == "":
		r.fail(schemaFault("series", "is blank"))
	case v.Brand == "":
		r.fail(schemaFault("brand", "is missing"))
	case !r.given:
		r.fail(schemaFault("value", "is missing"))
	case v.Timestamp.IsZero():
		r.fail(&fault{ReasonNoTime, "timestamp is missing"})
	default:
		r.fault = timeFault("timestamp", v.Timestamp, recordTime)
	}
}
