package hugepage

import "golang.org/x/sys/unix"

// collapse leaves the pages as they are where the kernel cannot: that costs
// time, not correctness.
func collapse(b []byte) { _ = unix.Madvise(b, unix.MADV_COLLAPSE) }
