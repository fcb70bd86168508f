package chdb

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Library is libchdb.so, loaded.
type Library struct {
	version                func() string
	setSignalHandlers      func(enabled int32)
	connect                func(argc int32, argv unsafe.Pointer) *uintptr
	closeConn              func(conn *uintptr)
	query                  func(conn uintptr, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) uintptr
	streamQuery            func(conn uintptr, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) uintptr
	streamFetch            func(conn, stream uintptr) uintptr
	streamCancel           func(conn, stream uintptr)
	destroyResult          func(result uintptr)
	insert                 func(conn uintptr, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) uintptr
	insertAppend           func(insert uintptr, data unsafe.Pointer, n uintptr) int32
	insertDone             func(insert uintptr) uintptr
	insertCancel           func(insert uintptr)
	insertError            func(insert uintptr) string
	destroyInsert          func(insert uintptr)
	resultBuffer           func(result uintptr) unsafe.Pointer
	resultLength           func(result uintptr) uintptr
	resultError            func(result uintptr) string
	resultElapsed          func(result uintptr) float64
	resultRows             func(result uintptr) uint64
	resultStorageRowsRead  func(result uintptr) uint64
	resultStorageBytesRead func(result uintptr) uint64
	resultRowsWritten      func(result uintptr) uint64
	resultBytesWritten     func(result uintptr) uint64
	classify               func(conn uintptr, sql unsafe.Pointer, n uintptr, database unsafe.Pointer, dn uintptr, analysis unsafe.Pointer) int32
}

// Open loads the library at path and keeps it from installing its signal
// handlers, which would take Go's own SIGSEGV from it.
func Open(path string) (l *Library, err error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load ClickHouse engine %q: %w", path, err)
	}
	l = &Library{}
	for name, fn := range map[string]any{
		"chdb_version":                     &l.version,
		"chdb_set_signal_handlers_enabled": &l.setSignalHandlers,
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.closeConn,
		"chdb_query_with_params_n":         &l.query,
		"chdb_stream_query_with_params_n":  &l.streamQuery,
		"chdb_stream_fetch_result":         &l.streamFetch,
		"chdb_stream_cancel_query":         &l.streamCancel,
		"chdb_destroy_query_result":        &l.destroyResult,
		"chdb_stream_insert_with_params_n": &l.insert,
		"chdb_stream_append":               &l.insertAppend,
		"chdb_stream_done":                 &l.insertDone,
		"chdb_stream_cancel_insert":        &l.insertCancel,
		"chdb_stream_insert_error":         &l.insertError,
		"chdb_destroy_insert_stream":       &l.destroyInsert,
		"chdb_result_buffer":               &l.resultBuffer,
		"chdb_result_length":               &l.resultLength,
		"chdb_result_error":                &l.resultError,
		"chdb_result_elapsed":              &l.resultElapsed,
		"chdb_result_rows_read":            &l.resultRows,
		"chdb_result_storage_rows_read":    &l.resultStorageRowsRead,
		"chdb_result_storage_bytes_read":   &l.resultStorageBytesRead,
		"chdb_result_rows_written":         &l.resultRowsWritten,
		"chdb_result_bytes_written":        &l.resultBytesWritten,
		"chdb_classify_query_n":            &l.classify,
	} {
		symbol, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("ClickHouse engine %q has no function %q: name a libchdb of version 26.7: %w", path, name, err)
		}
		purego.RegisterFunc(fn, symbol)
	}
	l.setSignalHandlers(0)
	return l, nil
}

// Version is the library's own version, such as "26.7.3".
func (l *Library) Version() string { return l.version() }

// Connect opens a connection; args are command-line options such as
// "--path=DIR". The first connection starts the engine on its path; a later
// one must name the same path. The library says no reason for a refusal.
func (l *Library) Connect(args ...string) (*Conn, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	argv := make([]unsafe.Pointer, 0, len(args)+2)
	for _, arg := range append([]string{"clickhouse"}, args...) {
		b := append([]byte(arg), 0)
		pin.Pin(&b[0])
		argv = append(argv, unsafe.Pointer(&b[0]))
	}
	argv = append(argv, nil)
	handle := l.connect(int32(len(argv)-1), unsafe.Pointer(&argv[0]))
	runtime.KeepAlive(argv)
	if handle == nil {
		return nil, errors.New("the ClickHouse engine refused to start; is its data directory in use, damaged or not writable?")
	}
	return &Conn{lib: l, handle: handle}, nil
}
