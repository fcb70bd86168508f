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
	Value []byte    // a post or a value as JSON, or the row as it was where it makes none; not to be written to

	From   string // where it comes from: a file's base name, or topic/partition; may be empty
	Number int64  // which line of a file, or row of a Parquet file, from 1, or the offset in a partition
	Fault  string // why the row of a table is none; usually empty
}

// maxValue is the longest record that is sent, below the brokers' default of
// 1 MiB. A longer post is dead anyway; it is cut to what still says so.
const maxValue = 900 << 10

// builder makes rows of one file.
type builder struct {
	mapping   Mapping
	fields    []string
	byColumn  map[string][]int
	constants [][]byte       // JSON values by index into fields, nil = none
	constant  bool           // there are some
	file      string         // base name, part of the ids it gives
	zone      *time.Location // of times that name none

	row    int
	begins int // line of the row; 0 where there are no lines
	last   time.Time
	dated  bool // last is a row's own time

	values   [][]byte  // JSON values by index into fields, nil = absent
	original []byte    // the row where it is the object that the values make; else nil
	cells    jx.Writer // the values of a table's row
	key      []byte
	room     room
}

func newBuilder(m Mapping, file string, zone *time.Location) *builder {
	b := &builder{mapping: m, fields: m.fields(), byColumn: m.byColumn(), file: file, zone: zone}
	b.constants = make([][]byte, len(b.fields))
	for i, field := range b.fields {
		if o := m[field]; o.IsConst && o.Constant != "" {
			b.constants[i], b.constant = quoted(o.Constant), true
		}
	}
	return b.fork()
}

// fork returns one that makes other rows of the same file at the same time.
func (b *builder) fork() *builder {
	return &builder{
		mapping: b.mapping, fields: b.fields, byColumn: b.byColumn, constants: b.constants, constant: b.constant,
		file: b.file, zone: b.zone, values: make([][]byte, len(b.fields)),
	}
}

// reset begins a row: constants are set, all else is absent, as is what is
// mapped to ”.
func (b *builder) reset() {
	copy(b.values, b.constants)
	b.original = nil
}

// set replaces a value by one that the row does not have, nil for none.
func (b *builder) set(i int, v []byte) { b.values[i], b.original = v, nil }

// targets are the fields that each column of a table fills.
func (b *builder) targets(columns []string) [][]int {
	to := make([][]int, len(columns))
	for i, c := range columns {
		to[i] = b.byColumn[c]
	}
	return to
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

// fromTable makes a row of a table's cells, which fill the fields of to.
func (b *builder) fromTable(to [][]int, cells []string, original []byte) Row {
	b.row++
	if !utf8.Valid(original) {
		return b.asIs(original)
	}
	if len(cells) != len(to) {
		row := b.asIs(original)
		row.Fault = fmt.Sprintf("the row has %d cells, its header has %d", len(cells), len(to))
		return row
	}
	b.reset()
	b.cells.Reset()
	for i, fields := range to {
		if cells[i] == "" || len(fields) == 0 {
			continue
		}
		from := len(b.cells.Buf)
		b.cells.Str(cells[i])
		for _, f := range fields {
			b.values[f] = b.cells.Buf[from:]
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

// fromObject makes a row of a JSON object. One that is a post as it stands stays
// what it is.
func (b *builder) fromObject(original []byte) Row {
	b.row++
	b.reset()
	same := !b.constant && len(original) <= maxValue
	err := eachField(original, func(key, value []byte) {
		fields := b.byColumn[string(key)]
		null := string(value) == "null"
		same = same && !null && len(fields) == 1 && b.fields[fields[0]] == string(key) && b.values[fields[0]] == nil
		for _, f := range fields {
			if !null {
				b.values[f] = value
			}
		}
	})
	if err != nil || !utf8.Valid(original) {
		return b.asIs(original)
	}
	if same {
		b.original = original
	}
	return b.finish()
}

// fromValues makes a row of JSON values, which fill the fields of to.
func (b *builder) fromValues(to [][]int, values [][]byte) Row {
	b.row++
	b.reset()
	for i, fields := range to {
		if values[i] == nil {
			continue
		}
		for _, f := range fields {
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
		b.set(fieldID, quoted(b.id()))
	}
	if b.size() > maxValue {
		b.cut()
	}
	b.key = appendPlain(b.key[:0], b.values[fieldChannel])
	b.key = appendPlain(append(b.key, '/'), b.values[fieldID])
	return b.place(Row{At: b.last, Key: string(b.key), Value: b.object()})
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

// size is what object takes at most.
func (b *builder) size() int {
	size := 2
	for i, v := range b.values {
		if v != nil {
			size += len(b.fields[i]) + len(v) + len(`"":,`)
		}
	}
	return size
}

// object writes the values that are there as a JSON object.
func (b *builder) object() []byte {
	if b.original != nil {
		return b.original
	}
	out := append(b.room.take(b.size())[:0], '{')
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
	b.set(fieldText, quoted(text))
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

// plain reads a JSON string or number as text.
func plain(v []byte) string { return string(appendPlain(nil, v)) }

// appendPlain appends a JSON string or number as text.
func appendPlain(dst, v []byte) []byte {
	if len(v) < 2 || v[0] != '"' {
		return append(dst, v...)
	}
	if inner := v[1 : len(v)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return append(dst, inner...)
	}
	var s string
	_ = json.Unmarshal(v, &s) // it is empty where it cannot be read
	return append(dst, s...)
}
