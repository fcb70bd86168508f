package library

import (
	"fmt"
	"runtime"
)

// Pin names one build of the engine.
type Pin struct {
	Package string // npm package
	Version string

	ArchiveSize   int64 // bytes of the package's .tgz
	ArchiveSHA256 string
	FileSize      int64 // bytes of libchdb.so inside it
	FileSHA256    string
}

// pins holds the builds whose checksums were verified, by GOOS/GOARCH. A build
// is added here together with its checksums, never without.
var pins = map[string]Pin{
	"linux/amd64": {
		Package:       "@chdb/lib-linux-x64-gnu",
		Version:       "26.7.3-stable.1",
		ArchiveSize:   177_817_999,
		ArchiveSHA256: "c0d32b129e988f2b9a9a31c9141aecf5e1e2453f9a079efc4d36ab8e3f92b2ad",
		FileSize:      566_330_096,
		FileSHA256:    "36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5",
	},
}

// Pinned returns the build for this platform.
func Pinned() (Pin, error) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	p, ok := pins[platform]
	if !ok {
		return Pin{}, fmt.Errorf("no verified ClickHouse engine for %s: name a libchdb 26.7 in FENGHUO_LIBCHDB, or use a ClickHouse server", platform)
	}
	return p, nil
}
