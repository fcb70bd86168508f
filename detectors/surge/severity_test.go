package surge

import (
	"math"
	"testing"
)

func TestSeverityIsFinite(t *testing.T) {
	for _, z := range []float64{-5, 0, 3, 100, 1e6, math.Inf(1)} {
		if s := severity(z); math.IsInf(s, 0) || math.IsNaN(s) || s < 0 {
			t.Errorf("severity(%v) = %v", z, s)
		}
	}
}
