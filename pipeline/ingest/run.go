package ingest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"
)

// runWindow keeps a run's reader small: many are open at once.
const runWindow = 128 << 10

// writeRun writes sorted rows to a new temporary file: for each the time in
// Unix milliseconds and its number, then whence it comes, key and value with
// their lengths before them.
func writeRun(dir string, rows iter.Seq[Row]) (name string, err error) {
	file, err := os.CreateTemp(dir, "run-*.zst")
	if err != nil {
		return "", noRoom(err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	z, err := zstd.NewWriter(file, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(runWindow))
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(z, 64<<10)
	var head []byte
	for r := range rows {
		head = binary.AppendVarint(head[:0], r.At.UnixMilli())
		head = binary.AppendVarint(head, r.Number)
		head = binary.AppendUvarint(head, uint64(len(r.From)))
		head = binary.AppendUvarint(head, uint64(len(r.Key)))
		head = binary.AppendUvarint(head, uint64(len(r.Value)))
		for _, part := range [][]byte{head, []byte(r.From), []byte(r.Key), r.Value} {
			if _, err := w.Write(part); err != nil {
				return "", noRoom(err)
			}
		}
	}
	if err := errors.Join(w.Flush(), z.Close()); err != nil {
		return "", noRoom(err)
	}
	return file.Name(), nil
}

// run reads what writeRun wrote.
type run struct {
	file *os.File
	z    *zstd.Decoder
	in   *bufio.Reader
	from string // of the row before: most have the same
}

func openRun(name string) (*run, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &run{file: file, z: z, in: bufio.NewReaderSize(z, 32<<10)}, nil
}

func (r *run) close() {
	r.z.Close()
	_ = r.file.Close() // read only
}

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
	var size [3]uint64 // of from, key and value
	for i := range size {
		if size[i], err = binary.ReadUvarint(r.in); err != nil {
			return Row{}, false, err
		}
	}
	from, key := size[0], size[0]+size[1]
	data := make([]byte, key+size[2])
	if _, err := io.ReadFull(r.in, data); err != nil {
		return Row{}, false, err
	}
	if string(data[:from]) != r.from {
		r.from = string(data[:from])
	}
	row := Row{From: r.from, Number: number, Key: string(data[from:key]), Value: data[key:]}
	if ms != noTime {
		row.At = time.UnixMilli(ms).UTC()
	}
	return row, true, nil
}

// noTime is how a run writes the zero time.
var noTime = time.Time{}.UnixMilli()
