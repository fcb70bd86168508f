// Package native writes blocks of rows in ClickHouse's Native format, the one
// in which its servers and clients exchange columns. It imports nothing of the
// project.
//
// It promises blocks that a server takes in as they are: a value is copied once
// into one buffer, and a buffer is used again for the next block.
package native
