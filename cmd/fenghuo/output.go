package main

import "os"

// output is standard output that remembers when a write failed. Tables and
// lists are printed by code that does not look; a file that a full disk cut
// short must not pass for the whole.
type output struct {
	file   *os.File
	failed error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.file.Write(p)
	if err != nil && o.failed == nil {
		o.failed = err
	}
	return n, err
}

// Fd lets terminals be told from files.
func (o *output) Fd() uintptr { return o.file.Fd() }
