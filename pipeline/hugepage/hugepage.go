package hugepage

import "unsafe"

// size of a large page in bytes.
const size = 2 << 20

// Slice is make([]T, n) that begins at a large page, where it fills one. T
// must not hold pointers, and its size must be a power of two.
func Slice[T any](n int) []T {
	each := int(unsafe.Sizeof(*new(T)))
	if n*each < size {
		return make([]T, n)
	}
	s := make([]T, n+size/each)
	over := uintptr(unsafe.Pointer(unsafe.SliceData(s))) % size
	from := int((size-over)%size) / each
	return s[from : from+n : from+n]
}

// Collapse moves the pages that s fills into large ones. Call it when s, made
// by Slice, is filled and before it is read much.
func Collapse[T any](s []T) {
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(*new(T))))
	if n := len(b) / size * size; n > 0 {
		collapse(b[:n])
	}
}
