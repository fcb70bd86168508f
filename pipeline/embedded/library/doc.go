// Package library finds libchdb.so, the ClickHouse engine as a shared library,
// or fetches it once.
//
// It imports nothing of this module. The file comes from npm by a pinned
// version, so that the user's registry, proxy and credentials hold, is checked
// against a pinned SHA-256, and lands in the cache by an atomic rename under a
// lock: of several processes one downloads and the others wait. Every reason
// not to is one clear line, given before any work begins.
package library
