package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/cespare/xxhash/v2"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/ingest"
)

// identity is a hash of all that decides the result: the same command goes on
// with a run, another one does not, nor does the same with other files of the
// same names.
func (f *backfillFlags) identity(c *config.Config, files []string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, analyzer.Version)
	for _, name := range append(slices.Clone(files), f.seriesFiles()...) {
		if name == ingest.Stdin {
			continue
		}
		content, err := fileHash(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, filepath.Base(name), content)
	}
	decides := *c
	decides.Kafka, decides.ClickHouse = config.Kafka{}, config.ClickHouse{}
	settings, err := json.Marshal(decides)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(h, "%q %q %q %q %q %q %s\n", f.mapping, f.format, f.fromTopic, f.fromRun, f.from, f.to, settings)
	if len(f.series) > 0 {
		fmt.Fprintf(h, "%q %q\n", f.series, f.seriesMapping)
	}
	if f.zone != "UTC" {
		fmt.Fprintf(h, "%q\n", f.zone)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// fileHash is a hash of a file's bytes; 0 of what can be read only once.
func fileHash(name string) (sum uint64, err error) {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return 0, err
	}
	file, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	h := xxhash.New()
	_, err = io.Copy(h, file)
	return h.Sum64(), err
}
