package model

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/cespare/xxhash/v2"
)

// A model file is: magic, format version, kind, the parts one after another,
// and the XXH64 of all before it. Numbers are little-endian.
const (
	fileMagic = "FENGHUOM"
	// FormatVersion changes with the layout, the features or their hashing.
	FormatVersion = 6
)

// Errors of a model file that is refused.
var (
	ErrForeign = errors.New("not a Fenghuo model file")
	ErrVersion = errors.New("model file of another format version")
	ErrKind    = errors.New("model file of another kind")
	ErrDamaged = errors.New("damaged model file")
)

// Writer builds a model file.
type Writer struct{ b bytes.Buffer }

// NewWriter begins a file of a kind, such as "sentiment".
func NewWriter(kind string) *Writer {
	w := &Writer{}
	w.b.WriteString(fileMagic)
	w.Uint32(FormatVersion)
	w.String(kind)
	return w
}

// Uint32 appends a number.
func (w *Writer) Uint32(v uint32) { w.b.Write(binary.LittleEndian.AppendUint32(nil, v)) }

// String appends a short string.
func (w *Writer) String(s string) {
	w.Uint32(uint32(len(s)))
	w.b.WriteString(s)
}

// Floats appends a list of numbers.
func (w *Writer) Floats(v []float32) {
	w.Uint32(uint32(len(v)))
	for _, x := range v {
		w.Uint32(math.Float32bits(x))
	}
}

// Calibration appends a calibration.
func (w *Writer) Calibration(c Calibration) {
	w.Floats(c.Margin)
	w.Floats(c.Probability)
}

// Table appends a table: of each quad its lines, which cells are in use, and
// of those the prints, what goes on and the weights.
func (w *Writer) Table(t *Table) {
	words := uint32(0)
	if t.Features.Words {
		words = 1
	}
	for _, v := range []uint32{uint32(t.Features.Min), uint32(t.Features.Max), words, uint32(t.Outputs)} {
		w.Uint32(v)
	}
	w.Floats(t.Bias)
	w.Floats(t.Scale)
	for _, q := range t.quads {
		w.Uint32(uint32(len(q.lines)))
		w.b.Write(q.file)
	}
}

// WriteTo writes the file with its checksum.
func (w *Writer) WriteTo(out io.Writer) (int64, error) {
	n, err := out.Write(binary.LittleEndian.AppendUint64(bytes.Clone(w.b.Bytes()), xxhash.Sum64(w.b.Bytes())))
	return int64(n), err
}

// Reader reads the parts of a model file in the order they were written. The
// first error stays and makes all later parts zero; see Err.
type Reader struct {
	data []byte
	err  error
}

// NewReader checks the file and its kind.
func NewReader(file []byte, kind string) (*Reader, error) {
	if len(file) < len(fileMagic)+12 || string(file[:len(fileMagic)]) != fileMagic {
		return nil, fmt.Errorf("%w: begins with %q, expected %q", ErrForeign, file[:min(len(file), len(fileMagic))], fileMagic)
	}
	r := &Reader{data: file[len(fileMagic):]}
	if v := r.Uint32(); v != FormatVersion {
		return nil, fmt.Errorf("%w: version %d, expected %d; fit it again with `fenghuo train`", ErrVersion, v, FormatVersion)
	}
	body, sum := file[:len(file)-8], binary.LittleEndian.Uint64(file[len(file)-8:])
	if got := xxhash.Sum64(body); got != sum {
		return nil, fmt.Errorf("%w: version %d as expected, but its checksum is %016x and should be %016x", ErrDamaged, FormatVersion, got, sum)
	}
	r.data = r.data[:len(r.data)-8]
	if k := r.String(); k != kind {
		return nil, fmt.Errorf("%w: %q, expected %q", ErrKind, k, kind)
	}
	return r, nil
}

// Err is the first error; a file that was not read to its end is one too.
func (r *Reader) Err() error {
	if r.err == nil && len(r.data) > 0 {
		return fmt.Errorf("%w: %d bytes too many", ErrDamaged, len(r.data))
	}
	return r.err
}

func (r *Reader) take(n int) []byte {
	if r.err == nil && (n < 0 || n > len(r.data)) {
		r.err = fmt.Errorf("%w: a part of %d bytes, %d left", ErrDamaged, n, len(r.data))
	}
	if r.err != nil {
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

// Uint32 reads a number.
func (r *Reader) Uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// String reads a short string.
func (r *Reader) String() string { return string(r.take(int(r.Uint32()))) }

// Floats reads a list of numbers.
func (r *Reader) Floats() []float32 {
	b := r.take(4 * int(r.Uint32()))
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}

// Calibration reads a calibration.
func (r *Reader) Calibration() Calibration {
	c := Calibration{Margin: r.Floats(), Probability: r.Floats()}
	if r.err == nil && len(c.Margin) != len(c.Probability) {
		r.err = fmt.Errorf("%w: a calibration of %d margins and %d probabilities", ErrDamaged, len(c.Margin), len(c.Probability))
	}
	return c
}

// Table reads a table, which must have the given number of outputs.
func (r *Reader) Table(outputs int) *Table {
	t := &Table{Features: Features{Min: uint8(r.Uint32()), Max: uint8(r.Uint32()), Words: r.Uint32() == 1}, Outputs: int(r.Uint32())}
	t.Bias, t.Scale = r.Floats(), r.Floats()
	if r.err == nil && !t.sound(outputs) {
		r.err = fmt.Errorf("%w: a table of %d outputs, n-grams of %d to %d", ErrDamaged, t.Outputs, t.Features.Min, t.Features.Max)
	}
	for first := 0; first < outputs && r.err == nil; first += quadOutputs {
		t.quads = append(t.quads, r.quad(t.Features, min(quadOutputs, outputs-first), t.last()))
	}
	return t
}

func (r *Reader) quad(f Features, outputs int, last *quad) *quad {
	lines := int(r.Uint32())
	used := r.take(lines)
	cells := r.take(cellsIn(used) * (4 + outputs))
	if r.err == nil && lines == 0 {
		r.err = fmt.Errorf("%w: a table without lines", ErrDamaged)
	}
	if r.err != nil {
		return nil
	}
	q, err := newQuad(f, decodeDraft(used, cells, outputs), outputs, last)
	if err != nil {
		r.err = err
		return nil
	}
	q.file = used[:len(used)+len(cells)]
	return q
}

// sound says whether what a file says of a table can be.
func (t *Table) sound(outputs int) bool {
	f := &t.Features
	return f.Min > 0 && f.Min <= f.Max && f.Max <= MaxGram &&
		t.Outputs == outputs && outputs <= MaxOutputs && len(t.Bias) == outputs && len(t.Scale) == outputs
}
