//go:build !linux

package kafkatest

import "os/exec"

// endWithParent does nothing where the kernel has no such service: there a
// killed test process leaves its broker behind.
func endWithParent(*exec.Cmd) {}
