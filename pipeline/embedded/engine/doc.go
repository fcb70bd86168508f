// Package engine runs the ClickHouse engine in a child process of this binary,
// behind the HTTP gateway.
//
// It imports its neighbours below pipeline/embedded. A child process, because
// a fault in the engine would take the pipeline with it, and because only its
// end frees its memory. The parent opens the socket, so that a port in use is
// known before anything starts, and hands it over. The child ends when its
// standard input does, which the kernel closes however the parent dies.
//
// The child is this executable once more, recognised by an environment
// variable before main begins; so every program and test binary that imports
// this package can run it, and none needs a line for it.
package engine
