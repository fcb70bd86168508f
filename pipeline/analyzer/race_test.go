//go:build race

package analyzer

// The race detector makes sync.Pool forget at random, so that allocations say
// nothing.
func init() { racing = true }
