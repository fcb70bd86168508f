package kafkatest

import (
	"os/exec"
	"syscall"
)

// endWithParent makes the kernel end the command when the test process dies,
// also when that is killed before its cleanups run.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
