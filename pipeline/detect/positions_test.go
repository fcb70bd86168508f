package detect

import (
	"slices"
	"testing"
)

// Blocks of state hold all entries in their order, none more than it may but
// one of a single entry.
func TestStateBlocks(t *testing.T) {
	var entries []Entry
	for i, size := range []int{1, stateBlockBytes, 2, stateBlockBytes - 2, 1, 0, 3 * stateBlockBytes, 5} {
		entries = append(entries, Entry{Key: string(rune('a' + i)), Value: make([]byte, size)})
	}
	var keys, sizes []string
	for i, block := range stateBlocks(entries) {
		if i != len(sizes) {
			t.Errorf("block %d has number %d", len(sizes), i)
		}
		var names string
		total := 0
		for _, e := range block {
			names += e.Key
			keys = append(keys, e.Key)
			total += len(e.Value)
		}
		sizes = append(sizes, names)
		if total > stateBlockBytes && len(block) > 1 {
			t.Errorf("block %s has %d bytes", names, total)
		}
	}
	if want := []string{"a", "b", "c", "d", "e", "f", "g", "h"}; !slices.Equal(keys, want) {
		t.Errorf("entries %v, want %v", keys, want)
	}
	if want := []string{"a", "b", "cd", "ef", "g", "h"}; !slices.Equal(sizes, want) {
		t.Errorf("blocks %v, want %v", sizes, want)
	}
}
