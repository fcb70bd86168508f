package ingest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-faster/jx"

	"fenghuo/schemas"
)

// Row is one row of a file, on its way to the posts topic.
type Row struct {
	At    time.Time // event time; that of the row before it where it has none
	Key   string    // channel and id, or the brand of a value
	Value []byte    // a post or a value as JSON, or the row as it was where it makes none

	From   string // where it comes from: a file's base name, or topic/partition; may be empty
	Number int64  // which line of a file, or row of a Parquet file, from 1, or the offset in a partition
	Fault  string // why the row of a table is none; usually empty
}

// maxValue is the longest record that is sent, below the brokers' default of
// 1 MiB. A longer post is dead anyway; it is cut to what still says so.
const maxValue = 900 << 10

// builder makes rows of one file.
type builder struct {
	mapping  Mapping
	fields   []string
	byColumn map[string][]int
	file     string         // base name, part of the ids it gives
	zone     *time.Location // of times that name none
	row      int
	begins   int // line of the row; 0 where there are no lines
	last     time.Time
	values   [][]byte // JSON values by index into fields, nil = absent
}

func newBuilder(m Mapping, file string, zone *time.Location) *builder {
	fields := m.fields()
	return &builder{
		mapping: m, fields: fields, byColumn: m.byColumn(), file: file, zone: zone, values: make([][]byte, len(fields)),
	}
}

// reset begins a row: constants are set, all else is absent, as is what is
// mapped to ”.
func (b *builder) reset() {
	for i, field := range b.fields {
		b.values[i] = nil
		if o := b.mapping[field]; o.IsConst && o.Constant != "" {
			b.values[i] = quoted(o.Constant)
		}
	}
}

// used are the columns of a header that fill a field of a post.
func (b *builder) used(header []string) map[string]kind {
	columns := make(map[string]kind)
	for _, c := range header {
		if len(b.byColumn[c]) > 0 {
			columns[c] = ""
		}
	}
	return columns
}

// fromTable makes a row of a table's cells, which stand under columns.
func (b *builder) fromTable(columns, cells []string, original []byte) Row {
	b.row++
	if !utf8.Valid(original) {
		return b.asIs(original)
	}
	if len(cells) != len(columns) {
		row := b.asIs(original)
		row.Fault = fmt.Sprintf("the row has %d cells, its header has %d", len(cells), len(columns))
		return row
	}
	b.reset()
	for i, c := range columns {
		if cells[i] == "" {
			continue
		}
		for _, f := range b.byColumn[c] {
			b.values[f] = quoted(cells[i])
		}
	}
	return b.finish()
}

// Mapped maps the fields of rows that are JSON objects; without a mapping they
// stay as they are. Name is that of where they come from, part of the ids that
// posts without one get. Values of business series stay, too. A row that is no object, or one without a time in the
// field mapped, keeps its time.
func Mapped(rows iter.Seq2[Row, error], m Mapping, name string) iter.Seq2[Row, error] {
	if len(m) == 0 {
		return rows
	}
	return func(yield func(Row, error) bool) {
		b := newBuilder(m, name, time.UTC)
		for row, err := range rows {
			if err == nil && row.Fault == "" && !schemas.IsValue(row.Value) {
				b.last = row.At
				from := row
				row = b.fromObject(row.Value)
				row.From, row.Number = from.From, from.Number
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// fromObject makes a row of a JSON object.
func (b *builder) fromObject(original []byte) Row {
	b.row++
	b.reset()
	err := eachField(original, func(key, value []byte) {
		for _, f := range b.byColumn[string(key)] {
			if string(value) != "null" {
				b.values[f] = value
			}
		}
	})
	if err != nil || !utf8.Valid(original) {
		return b.asIs(original)
	}
	return b.finish()
}

// fromValues makes a row of JSON values, which stand under columns.
func (b *builder) fromValues(columns []leaf, values [][]byte) Row {
	b.row++
	b.reset()
	for i, c := range columns {
		if values[i] == nil {
			continue
		}
		for _, f := range b.byColumn[c.name] {
			b.values[f] = values[i]
		}
	}
	return b.finish()
}

// eachField calls f with every field of a JSON object and its raw value.
func eachField(object []byte, f func(key, value []byte)) error {
	d := jx.GetDecoder()
	defer jx.PutDecoder(d)
	d.ResetBytes(object)
	if d.Next() != jx.Object {
		return fmt.Errorf("not a JSON object")
	}
	if err := d.ObjBytes(func(d *jx.Decoder, key []byte) error {
		value, err := d.Raw()
		if err == nil {
			f(key, value)
		}
		return err
	}); err != nil {
		return err
	}
	if d.Next() != jx.Invalid {
		return fmt.Errorf("something follows the JSON object")
	}
	return nil
}

// finish writes the values as a post or as a value of a series. A post without
// an id gets one from its file, place and content, so that the same file sent
// twice counts once.
func (b *builder) finish() Row {
	if _, series := b.mapping["series"]; series {
		return b.finishValue()
	}
	b.timed(fieldTime, schemas.ParseTime)
	b.counted()
	if b.values[fieldID] == nil {
		b.values[fieldID] = quoted(b.id())
	}
	if b.size() > maxValue {
		b.cut()
	}
	return b.place(Row{At: b.last, Key: plain(b.values[fieldChannel]) + "/" + plain(b.values[fieldID]), Value: b.object()})
}

// finishValue keys a value by its brand: what corrects it must not come to
// another partition.
func (b *builder) finishValue() Row {
	b.timed(valueTime, schemas.ParseTimestamp)
	b.valued()
	out := b.object()
	return b.place(Row{At: b.last, Key: "series/" + plain(b.values[valueBrand]), Value: out[:min(len(out), maxValue)]})
}

// place says which row it is.
func (b *builder) place(r Row) Row {
	r.From, r.Number = b.file, int64(b.row)
	if b.begins > 0 {
		r.Number = int64(b.begins)
	}
	return r
}

// Indices into SeriesFields.
const (
	valueBrand = 1
	valueTime  = 3
	valueValue = 4
)

// size is about what object takes.
func (b *builder) size() int {
	size := 2
	for i, v := range b.values {
		size += len(b.fields[i]) + len(v) + 4
	}
	return size
}

// object writes the values that are there as a JSON object.
func (b *builder) object() []byte {
	out := make([]byte, 0, b.size())
	out = append(out, '{')
	for i, v := range b.values {
		if v == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), b.fields[i]...), '"', ':')
		out = append(out, v...)
	}
	return append(out, '}')
}

// Indices into Fields.
const (
	fieldID = iota
	fieldText
	fieldTitle
	fieldTime
	_ // brand
	_ // sku
	fieldChannel
	_ // kind
	_ // lang
	_ // author_id
	fieldFollowers
	_ // likes
	_ // reposts
	_ // comments
	fieldRating
)

func (b *builder) id() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s/%d\n", b.file, b.row) //nolint:errcheck // a hash does not fail
	for _, v := range b.values {
		h.Write(v)         //nolint:errcheck // a hash does not fail
		h.Write([]byte{0}) //nolint:errcheck // a hash does not fail
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// cut shortens a record that no broker would take to one that is dead for the
// same reason: a text just over the limit.
func (b *builder) cut() {
	text := plain(b.values[fieldText]) + plain(b.values[fieldTitle])
	if len(text) > schemas.MaxTextBytes {
		text = strings.ToValidUTF8(text[:schemas.MaxTextBytes+4], "") + "....."
	}
	keep := [][]byte{b.values[fieldID], b.values[fieldTime], b.values[fieldChannel]}
	clear(b.values)
	b.values[fieldText] = quoted(text)
	for i, f := range []int{fieldID, fieldTime, fieldChannel} {
		if len(keep[i]) <= schemas.MaxURLBytes {
			b.values[f] = keep[i]
		}
	}
}

// asIs sends a row that makes no post, at its place.
func (b *builder) asIs(original []byte) Row {
	value := append([]byte(nil), original[:min(len(original), maxValue)]...)
	return b.place(Row{At: b.last, Key: fmt.Sprintf("%s/%d", b.file, b.row), Value: value})
}

// quoted writes a JSON string.
func quoted(s string) []byte {
	var w jx.Writer
	w.Str(s)
	return w.Buf
}

// special are characters that do not stand for themselves in a JSON string.
func special(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == utf8.RuneError }

// plain reads a JSON string or number as text.
func plain(v []byte) string {
	if len(v) < 2 || v[0] != '"' {
		return string(v)
	}
	if inner := v[1 : len(v)-1]; !bytes.ContainsFunc(inner, special) {
		return string(inner)
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}
