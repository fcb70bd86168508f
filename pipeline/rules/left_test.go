package rules

import (
	"testing"
	"time"
)

// What is left takes as long as the slowest rule, not as all at their common rate.
func TestRemaining(t *testing.T) {
	for name, c := range map[string]struct {
		first, now []int
		want       time.Duration // 0: not known
	}{
		"one fast, one slow": {[]int{10_000, 400}, []int{0, 390}, 390 * time.Second},
		"alike":              {[]int{400, 400}, []int{200, 300}, 30 * time.Second},
		"not begun":          {[]int{400, 400}, []int{200, 400}, 0},
	} {
		got := remaining(c.first, c.now, 10*time.Second)
		if got == nil != (c.want == 0) || got != nil && *got != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}
