package ingest

import (
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"

	"github.com/klauspost/compress/s2"
)

// runBlock is how much of a run is compressed at once. It keeps a run's reader
// small: many are open at the same time.
const runBlock = 64 << 10

// writeRun writes packed rows, which are sorted, to a new temporary file.
func writeRun(dir string, rows iter.Seq[[]byte]) (*os.File, error) {
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

// writeRows compresses rows by S2, on all cores: what zstd saves in disk costs
// more time than all else that becomes of a run.
func writeRows(out io.Writer, rows iter.Seq[[]byte]) error {
	w := s2.NewWriter(out, s2.WriterBlockSize(runBlock))
	for row := range rows {
		if _, err := w.Write(row); err != nil {
			_ = w.Close() // ends its goroutines, and says the same
			return err
		}
	}
	return w.Close()
}

// run reads what writeRows wrote.
type run struct {
	file *os.File
	in   *s2.Reader
	room room
	row  []byte // packed; the one it stands on
	ms   int64  // its time
}

func openRun(file *os.File) (*run, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return &run{file: file, in: s2.NewReader(file, s2.ReaderMaxBlockSize(runBlock), s2.ReaderAllocBlock(runBlock))}, nil
}

func (r *run) close() { _ = r.file.Close() } // read only

// next goes on to the next row; it is false at the end.
func (r *run) next() (bool, error) {
	var head [packedHead]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return false, err
	}
	r.row = append(r.room.take(packedHead + int(binary.LittleEndian.Uint32(head[:])))[:0], head[:]...)
	r.row = r.row[:cap(r.row)]
	if _, err := io.ReadFull(r.in, r.row[packedHead:]); err != nil {
		return false, err
	}
	r.ms, _ = binary.Varint(r.row[packedHead:])
	return true, nil
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
