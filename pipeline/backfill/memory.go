package backfill

import (
	"os"
	"runtime/debug"
)

const (
	// memoryAim is how much memory a backfill aims at, all in all. Blocks of rows
	// are made and forgotten all the time; left alone, as much again would wait to be
	// collected.
	memoryAim = 850 << 20

	// programBytes is what of the program itself, its models and dictionaries among
	// it, is in memory: files that the runtime, which holds the aim, does not count.
	programBytes = 50 << 20
)

// garbageShare is how much garbage may lie about, in percent of what is in use,
// before it is collected. It is far more than usual, because the aim bounds it
// anyhow and most of what is in use, the dictionaries, is looked through in vain
// each time.
const garbageShare = 400

// BoundMemory sets how much memory this process aims at, unless the operator
// has. A program that backfills calls it once.
func BoundMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryAim - programBytes)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbageShare)
	}
}
