package fit

import (
	"cmp"
	"slices"

	"fenghuo/pipeline/model"
)

// Point is a margin with what was true: 1 or 0.
type Point struct{ Margin, Y float32 }

const (
	calibrationBins = 60
	surest          = 0.002 // no probability is nearer to 0 or 1
)

// Isotonic fits a rising calibration: the points are cut into bins of equal
// size and neighbours that fall are pooled (M. Ayer et al., "An empirical
// distribution function for sampling with incomplete information", 1955).
func Isotonic(points []Point) model.Calibration {
	slices.SortFunc(points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.Margin, b.Margin), cmp.Compare(a.Y, b.Y))
	})
	type block struct {
		margin, y, n float64
	}
	var blocks []block
	for i := range calibrationBins {
		from, to := i*len(points)/calibrationBins, (i+1)*len(points)/calibrationBins
		if from == to {
			continue
		}
		b := block{n: float64(to - from)}
		for _, p := range points[from:to] {
			b.margin += float64(p.Margin)
			b.y += float64(p.Y)
		}

		for len(blocks) > 0 && blocks[len(blocks)-1].y/blocks[len(blocks)-1].n >= b.y/b.n {
			last := blocks[len(blocks)-1]
			b = block{margin: last.margin + b.margin, y: last.y + b.y, n: last.n + b.n}
			blocks = blocks[:len(blocks)-1]
		}
		blocks = append(blocks, b)
	}
	var c model.Calibration
	for _, b := range blocks {
		c.Margin = append(c.Margin, float32(b.margin/b.n))
		c.Probability = append(c.Probability, float32(min(max(b.y/b.n, surest), 1-surest)))
	}
	return c
}
