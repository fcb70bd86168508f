package chdb

import (
	"errors"
	"io"
	"runtime"
	"unsafe"
)

// Conn is one session of the engine: USE, SET and temporary tables last as
// long as it does. It is not safe for concurrent use.
type Conn struct {
	lib    *Library
	handle *uintptr
}

// Param is a value for a {name:Type} placeholder, escaped as in TSV.
type Param struct{ Name, Value string }

// Stats is what a statement read and wrote.
type Stats struct {
	ReadRows, ReadBytes       uint64
	WrittenRows, WrittenBytes uint64
	ResultRows                uint64
	Seconds                   float64
}

// Close ends the session.
func (c *Conn) Close() {
	if c.handle != nil {
		c.lib.closeConn(c.handle)
		c.handle = nil
	}
}

// Query runs a statement to its end and calls use with the whole output,
// which is valid only during the call. A failed statement gives an [*Error].
func (c *Conn) Query(sql, format string, params []Param, use func(out []byte, s Stats) error) error {
	r := c.start(c.lib.query, sql, format, params)
	if r == 0 {
		return errors.New("the ClickHouse engine gave no result")
	}
	defer c.lib.destroyResult(r)
	if text := c.lib.resultError(r); text != "" {
		return parseError(text)
	}
	if use == nil {
		return nil
	}
	return use(c.lib.bytes(r), c.lib.stats(r))
}

// Stream starts a SELECT whose output is fetched piece by piece.
func (c *Conn) Stream(sql, format string, params []Param) (*Stream, error) {
	r := c.start(c.lib.streamQuery, sql, format, params)
	if r == 0 {
		return nil, errors.New("the ClickHouse engine gave no result")
	}
	if text := c.lib.resultError(r); text != "" {
		c.lib.destroyResult(r)
		return nil, parseError(text)
	}
	return &Stream{conn: c, handle: r}, nil
}

// Insert starts an INSERT that has neither a FORMAT clause nor data; the data
// follows by Write.
func (c *Conn) Insert(sql, format string, params []Param) (*Insert, error) {
	h := c.start(c.lib.insert, sql, format, params)
	i := &Insert{lib: c.lib, handle: h}
	if text := c.lib.insertError(h); text != "" {
		i.Close()
		return nil, parseError(text)
	}
	return i, nil
}

type starter func(conn uintptr, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) uintptr

// start hands over the statement and its parameters. The engine copies them
// before the call returns.
func (c *Conn) start(f starter, sql, format string, params []Param) uintptr {
	var pin runtime.Pinner
	defer pin.Unpin()
	names := newTexts(len(params))
	values := newTexts(len(params))
	for _, p := range params {
		names.add(&pin, p.Name)
		values.add(&pin, p.Value)
	}
	q, f2 := text(sql), text(format)
	r := f(*c.handle, q, uintptr(len(sql)), f2, uintptr(len(format)),
		names.pointers(), names.lengths(), values.pointers(), values.lengths(), uintptr(len(params)))
	runtime.KeepAlive(names)
	runtime.KeepAlive(values)
	runtime.KeepAlive(sql)
	runtime.KeepAlive(format)
	return r
}

// Stream is a running SELECT.
type Stream struct {
	conn   *Conn
	handle uintptr
	chunk  uintptr
}

// Next returns the next piece of output, valid until the next call, or io.EOF.
func (s *Stream) Next() ([]byte, Stats, error) {
	s.release()
	r := s.conn.lib.streamFetch(*s.conn.handle, s.handle)
	if r == 0 {
		return nil, Stats{}, io.EOF
	}
	s.chunk = r
	if text := s.conn.lib.resultError(r); text != "" {
		return nil, Stats{}, parseError(text)
	}
	out := s.conn.lib.bytes(r)
	stats := s.conn.lib.stats(r)
	if len(out) == 0 {
		return nil, stats, io.EOF
	}
	return out, stats, nil
}

// Close ends the statement, cancelling what has not been read.
func (s *Stream) Close() {
	s.release()
	if s.handle != 0 {
		s.conn.lib.streamCancel(*s.conn.handle, s.handle)
		s.conn.lib.destroyResult(s.handle)
		s.handle = 0
	}
}

func (s *Stream) release() {
	if s.chunk != 0 {
		s.conn.lib.destroyResult(s.chunk)
		s.chunk = 0
	}
}

// Insert is a running INSERT.
type Insert struct {
	lib    *Library
	handle uintptr
}

// Write hands over data in the insert's format; it blocks while the engine is
// busy.
func (i *Insert) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	state := i.lib.insertAppend(i.handle, unsafe.Pointer(&p[0]), uintptr(len(p)))
	runtime.KeepAlive(p)
	if state != 0 {
		if text := i.lib.insertError(i.handle); text != "" {
			return 0, parseError(text)
		}
		return 0, errors.New("the ClickHouse engine stopped the insert")
	}
	return len(p), nil
}

// Commit ends the data and waits until the rows are stored.
func (i *Insert) Commit() (Stats, error) {
	r := i.lib.insertDone(i.handle)
	if r == 0 {
		return Stats{}, errors.New("the ClickHouse engine gave no result")
	}
	defer i.lib.destroyResult(r)
	if text := i.lib.resultError(r); text != "" {
		return Stats{}, parseError(text)
	}
	return i.lib.stats(r), nil
}

// Close ends the insert; without a Commit before it, the insert is cancelled.
func (i *Insert) Close() {
	if i.handle != 0 {
		i.lib.destroyInsert(i.handle)
		i.handle = 0
	}
}

func (l *Library) bytes(r uintptr) []byte {
	n := l.resultLength(r)
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(l.resultBuffer(r)), n)
}

func (l *Library) stats(r uintptr) Stats {
	return Stats{
		ReadRows:     l.resultStorageRowsRead(r),
		ReadBytes:    l.resultStorageBytesRead(r),
		WrittenRows:  l.resultRowsWritten(r),
		WrittenBytes: l.resultBytesWritten(r),
		ResultRows:   l.resultRows(r),
		Seconds:      l.resultElapsed(r),
	}
}

// texts is an array of C strings with their lengths.
type texts struct {
	p []unsafe.Pointer
	n []uintptr
}

func newTexts(n int) *texts {
	return &texts{p: make([]unsafe.Pointer, 0, n), n: make([]uintptr, 0, n)}
}

func (t *texts) add(pin *runtime.Pinner, s string) {
	p := text(s)
	if len(s) > 0 {
		pin.Pin(p)
	}
	t.p = append(t.p, p)
	t.n = append(t.n, uintptr(len(s)))
}

func (t *texts) pointers() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(t.p)) }
func (t *texts) lengths() unsafe.Pointer  { return unsafe.Pointer(unsafe.SliceData(t.n)) }

// empty stands in for the data of an empty string, which has no address.
var empty byte

func text(s string) unsafe.Pointer {
	if s == "" {
		return unsafe.Pointer(&empty)
	}
	return unsafe.Pointer(unsafe.StringData(s))
}
