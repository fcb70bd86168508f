package chdb

import (
	"runtime"
	"unsafe"
)

// Class is what a statement does to anything that outlives it.
type Class uint32

// The classes, by how restricted a statement is.
const (
	ReadOnly Class = iota
	Mutating
	MutatingGlobal
	Control
	Unknown // does not parse
)

// Analysis is what the engine's parser says about a text, without running it.
type Analysis struct {
	Statements int
	Class      Class
}

// Classify asks the engine's parser about sql.
func (c *Conn) Classify(sql string) Analysis {
	a := struct{ size, statements, flags, class uint32 }{class: uint32(Unknown)}
	a.size = uint32(unsafe.Sizeof(a))
	state := c.lib.classify(*c.handle, text(sql), uintptr(len(sql)), nil, 0, unsafe.Pointer(&a))
	runtime.KeepAlive(sql)
	if state != 0 {
		return Analysis{Class: Unknown}
	}
	return Analysis{Statements: int(a.statements), Class: Class(a.class)}
}
