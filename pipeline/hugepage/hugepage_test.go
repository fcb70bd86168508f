package hugepage

import (
	"testing"
	"unsafe"
)

func TestSliceBeginsAtALargePage(t *testing.T) {
	for _, n := range []int{size / 8, size/8 + 1, 5 * size / 8} {
		s := Slice[uint64](n)
		if at := uintptr(unsafe.Pointer(&s[0])); len(s) != n || cap(s) != n || at%size != 0 {
			t.Errorf("of %d: length %d, capacity %d, begins at %x", n, len(s), cap(s), at)
		}
	}
	if s := Slice[uint64](3); len(s) != 3 {
		t.Errorf("a small slice has length %d, want 3", len(s))
	}
}

// Whether the kernel has large pages or not, what was written stays.
func TestCollapseKeepsTheContent(t *testing.T) {
	for _, n := range []int{0, 7, size / 8, 3*size/8 + 5} {
		s := Slice[uint64](n)
		for i := range s {
			s[i] = uint64(i) * 7
		}
		Collapse(s)
		for i, v := range s {
			if v != uint64(i)*7 {
				t.Fatalf("of %d: place %d holds %d", n, i, v)
			}
		}
	}
}
