package backfill

import (
	"os"
	"runtime/debug"
)

// memoryAim is how much memory a backfill aims at. Blocks of rows are made and
// forgotten all the time; left alone, as much again would wait to be collected.
const memoryAim = 850 << 20

// garbageShare is how much garbage may lie about, in percent of what is in use,
// before it is collected. It is far more than usual, because the aim bounds it
// anyhow and most of what is in use, the dictionaries, is looked through in vain
// each time.
const garbageShare = 400

// BoundMemory sets how much memory this process aims at, unless the operator
// has. A program that backfills calls it once.
func BoundMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryAim)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbageShare)
	}
}
