package schemas

import (
	"fmt"
	"sync"
	"testing"
	"unsafe"
)

func TestNamesAreShared(t *testing.T) {
	once := shared([]byte("weibo"))
	if again := shared([]byte("weibo")); unsafe.StringData(once) != unsafe.StringData(again) {
		t.Error("two copies of one name")
	}
}

// More names than there are places for, read by many at once.
func TestSharedNamesAreWhatWasRead(t *testing.T) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 4 * len(names) {
				if want := fmt.Sprint("channel", i); shared([]byte(want)) != want {
					t.Errorf("%q is %q", want, shared([]byte(want)))
				}
			}
		})
	}
	all.Wait()
}
