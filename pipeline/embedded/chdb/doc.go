// Package chdb calls the ClickHouse engine in libchdb.so through purego, so
// that the binary needs no cgo.
//
// It imports nothing of this module. A process opens one library and one data
// directory; each [Conn] runs one statement at a time and several run in
// parallel. Keep one Conn open for as long as the process lives: closing the
// last one stops the engine, which cannot be relied on to start again.
package chdb
