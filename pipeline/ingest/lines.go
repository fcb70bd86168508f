package ingest

import (
	"bufio"
	"bytes"
	"io"
	"sync/atomic"

	"github.com/go-faster/jx"
)

// Lines opens a file of JSON lines, plain or compressed, or a Parquet file,
// whose rows become such lines: all of its columns, a list as an array. The
// name "-" is stdin.
func Lines(name string, stdin io.Reader) (io.ReadCloser, error) {
	f := &file{name: name, read: new(atomic.Int64), close: func() error { return nil }}
	raw := stdin
	if name != Stdin {
		disk, err := f.openDisk()
		if err != nil {
			return nil, err
		}
		raw = disk
	}
	in := bufio.NewReaderSize(raw, 256<<10)
	if !isParquet(in) {
		plain, err := decompress(in)
		if err != nil {
			return nil, f.refused(err)
		}
		text := bufio.NewReaderSize(plain, sniffed)
		if err := foreign(text); err != nil {
			return nil, f.refused(err)
		}
		return closing{text, f.close}, nil
	}
	if err := f.openTable(raw, in); err != nil {
		return nil, f.refused(err)
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(f.table.writeLines(w)) }()
	return closing{r, func() error {
		_ = r.Close() // ends the writer, which waits for readers
		return f.close()
	}}, nil
}

// foreign refuses text of another encoding by its beginning, as far as it is
// there without waiting. Single lines that are damaged are no such text.
func foreign(in *bufio.Reader) error {
	_, _ = in.Peek(1) // an error is met again when reading
	head, _ := in.Peek(in.Buffered())
	const few = 16
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) ||
		len(head)-len(bytes.ToValidUTF8(head, nil)) > few || bytes.Count(head, []byte{0}) > few {
		return checkCharset(head)
	}
	return nil
}

// writeLines writes every row as a JSON object.
func (t *table) writeLines(out io.Writer) (err error) {
	columns := t.leaves()
	var w jx.Writer
	broken := t.each(columns, func(values [][]byte) bool {
		w.Reset()
		w.ObjStart()
		first := true
		for i, v := range values {
			if v == nil {
				continue
			}
			if !first {
				w.Comma()
			}
			first = false
			w.FieldStart(columns[i].name)
			w.Raw(v)
		}
		w.ObjEnd()
		w.Buf = append(w.Buf, '\n')
		_, err = out.Write(w.Buf)
		return err == nil
	})
	if err != nil {
		return err
	}
	return broken
}

type closing struct {
	io.Reader
	close func() error
}

func (c closing) Close() error { return c.close() }
