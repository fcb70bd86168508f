package ingest

import (
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"time"

	"github.com/klauspost/compress/s2"
)

// runBlock is how much of a run is compressed at once. It keeps a run's reader
// small: many are open at the same time.
const runBlock = 64 << 10

// writeRun writes sorted rows to a new temporary file.
func writeRun(dir string, rows iter.Seq[Row]) (*os.File, error) {
	file, err := nameless(dir, "fenghuo-sort-*.s2")
	if err != nil {
		return nil, noRoom(err)
	}
	if err := writeRows(file, rows); err != nil {
		return nil, errors.Join(noRoom(err), file.Close())
	}
	return file, nil
}

// nameless makes a temporary file that has no name any more, so that it is gone
// when it is closed, and when the process is killed.
func nameless(dir, pattern string) (*os.File, error) {
	file, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// writeRows writes for each row the time in Unix milliseconds and its number, then
// the lengths of whence it comes, fault, key and value, and these. They are
// compressed by S2: what zstd saves in disk costs more time than all else that
// becomes of a run.
func writeRows(out io.Writer, rows iter.Seq[Row]) error {
	w := s2.NewWriter(out, s2.WriterConcurrency(1), s2.WriterBlockSize(runBlock))
	var head []byte
	for r := range rows {
		head = binary.AppendVarint(head[:0], r.At.UnixMilli())
		head = binary.AppendVarint(head, r.Number)
		head = binary.AppendUvarint(head, uint64(len(r.From)))
		head = binary.AppendUvarint(head, uint64(len(r.Fault)))
		head = binary.AppendUvarint(head, uint64(len(r.Key)))
		head = binary.AppendUvarint(head, uint64(len(r.Value)))
		head = append(append(append(head, r.From...), r.Fault...), r.Key...)
		for _, part := range [][]byte{head, r.Value} {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
	}
	return w.Close()
}

// run reads what writeRows wrote.
type run struct {
	file *os.File
	in   *s2.Reader
	from string // of the row before: most have the same
	room room
}

func openRun(file *os.File) (*run, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return &run{file: file, in: s2.NewReader(file, s2.ReaderMaxBlockSize(runBlock), s2.ReaderAllocBlock(runBlock))}, nil
}

func (r *run) close() { _ = r.file.Close() } // read only

// next returns false at the end.
func (r *run) next() (Row, bool, error) {
	ms, err := binary.ReadVarint(r.in)
	if errors.Is(err, io.EOF) {
		return Row{}, false, nil
	}
	if err != nil {
		return Row{}, false, err
	}
	number, err := binary.ReadVarint(r.in)
	if err != nil {
		return Row{}, false, err
	}
	var size [4]uint64 // of from, fault, key and value
	for i := range size {
		if size[i], err = binary.ReadUvarint(r.in); err != nil {
			return Row{}, false, err
		}
	}
	from, fault, key := size[0], size[0]+size[1], size[0]+size[1]+size[2]
	data := r.room.take(int(key + size[3]))
	if _, err := io.ReadFull(r.in, data); err != nil {
		return Row{}, false, err
	}
	if string(data[:from]) != r.from {
		r.from = string(data[:from])
	}
	row := Row{From: r.from, Number: number, Fault: string(data[from:fault]), Key: string(data[fault:key]), Value: data[key:]}
	if ms != noTime {
		row.At = time.UnixMilli(ms).UTC()
	}
	return row, true, nil
}

// room gives memory in pieces of what it allocates at once.
type room struct{ free []byte }

// roomSize is small beside the rows under way: rows that are read one after the
// other leave one after the other.
const roomSize = 16 << 10

// take gives n bytes that nobody else has.
func (r *room) take(n int) []byte {
	if n > roomSize/4 {
		return make([]byte, n)
	}
	if n > len(r.free) {
		r.free = make([]byte, roomSize)
	}
	data := r.free[:n:n]
	r.free = r.free[n:]
	return data
}

// noTime is how a run writes the zero time.
var noTime = time.Time{}.UnixMilli()
