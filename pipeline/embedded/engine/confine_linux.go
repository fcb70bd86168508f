package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SQL can name files: SELECT ... FROM file('/home/me/.ssh/id_rsa'). A server
// keeps that to a directory of its own; the library does not, and its port is
// open to every user of this machine. So the child may touch its data only,
// and read what programs share. Landlock, the kernel's means for it, needs no
// privileges; where it is missing (before Linux 5.19) the child runs without.

const (
	readFile  = unix.LANDLOCK_ACCESS_FS_READ_FILE
	readTree  = readFile | unix.LANDLOCK_ACCESS_FS_READ_DIR
	writeFile = unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	writeTree = writeFile | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM | unix.LANDLOCK_ACCESS_FS_REFER

	// referABI is the first version that lets files move between directories,
	// which ClickHouse does; truncateABI that knows truncation.
	referABI, truncateABI = 2, 3
)

// sharedPaths are what programs and libraries read on any system. Of /etc only
// what name look-ups, times and certificates need.
var sharedPaths = []string{
	"/usr", "/lib", "/lib64", "/proc", "/sys", "/dev/urandom", "/dev/random",
	"/etc/ld.so.cache", "/etc/localtime", "/etc/timezone", "/etc/ssl", "/etc/pki", "/etc/ca-certificates",
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/run/systemd/resolve",
}

// startConfined starts cmd so that it can touch s.Dir only. Only the thread
// that starts the child takes on the limits, and it ends here: the child
// inherits them, this process stays free.
func startConfined(cmd *exec.Cmd, s spec) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		if err := confine(cmd.Path, s); err != nil {
			started <- fmt.Errorf("confine it to its data: %w", err)
			return
		}
		started <- cmd.Start()
	}()
	return <-started
}

func confine(program string, s spec) error {
	abi, _, _ := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if int(abi) < referABI {
		return nil
	}
	handled := uint64(readTree | writeTree)
	if int(abi) < truncateABI {
		handled &^= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: handled}
	// The size of the first field alone is what the oldest kernels take.
	ruleset, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr.Handled_access_fs), 0)
	if errno != 0 {
		return errno
	}
	defer func() { _ = unix.Close(int(ruleset)) }()
	rules := map[string]uint64{program: readTree, s.Library: readTree, "/dev/null": readFile | writeFile, s.Dir: readTree | writeTree}
	for _, path := range sharedPaths {
		rules[path] = readTree
	}
	if s.Ephemeral { // it removes its directory from the one above
		rules[filepath.Dir(s.Dir)] = unix.LANDLOCK_ACCESS_FS_READ_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR
	}
	for path, access := range rules {
		if err := allow(int(ruleset), path, access&handled); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("allow %q: %w", path, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func allow(ruleset int, path string, access uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		access &= readFile | writeFile
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: access, Parent_fd: int32(fd)}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
