package model

import (
	"math"
	"sort"
)

// Calibration maps a margin to a probability: rising straight lines between
// knots, level beyond them.
type Calibration struct {
	Margin, Probability []float32
}

// At is the probability that a margin stands for.
func (c *Calibration) At(margin float32) float32 {
	n := len(c.Margin)
	if n == 0 {
		return float32(1 / (1 + math.Exp(-float64(margin))))
	}
	i := sort.Search(n, func(i int) bool { return c.Margin[i] >= margin })
	switch i {
	case 0:
		return c.Probability[0]
	case n:
		return c.Probability[n-1]
	}
	share := (margin - c.Margin[i-1]) / (c.Margin[i] - c.Margin[i-1])
	return c.Probability[i-1] + share*(c.Probability[i]-c.Probability[i-1])
}
