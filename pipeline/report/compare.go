package report

import (
	"fmt"
	"strings"
)

// beside shows several crises aligned at their first signs.
type beside struct {
	Crises []aligned
	Days   []tick
}

// aligned is one crisis of several.
type aligned struct {
	*Report
	Line  string // path in a box of 600 by 160
	Class string
}

// What the aligned lines show: six-hour sums from a day before the first sign
// to at most ten days after, as parts of each crisis' own greatest.
const (
	alignStep   = 6
	alignBefore = 24
	alignAfter  = 240
	alignWidth  = 600.
	alignHeight = 160.
)

func sideBySide(list []*Report) *beside {
	b := &beside{}
	for i, r := range list {
		b.Crises = append(b.Crises, aligned{Report: r, Line: r.alignedLine(), Class: fmt.Sprintf("line%d", i%6)})
	}
	for d := 0; d <= alignAfter/24; d += 2 {
		b.Days = append(b.Days, tick{float64(d*24+alignBefore) / (alignBefore + alignAfter) * alignWidth, fmt.Sprintf("day %d", d)})
	}
	return b
}

func (r *Report) alignedLine() string {
	x := r.hours.of(r.Measure)
	begin := int(r.FirstSign.At.Sub(r.From).Hours()) - alignBefore
	var steps []float64
	for at := begin; at < begin+alignBefore+alignAfter && at < len(x); at += alignStep {
		steps = append(steps, total(x[min(max(at, 0), len(x)):min(max(at+alignStep, 0), len(x))]))
	}
	top, _ := highest(steps)
	width := alignWidth * alignStep / (alignBefore + alignAfter)
	var b strings.Builder
	for i, v := range steps {
		fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(i, 1)], (float64(i)+.5)*width, alignHeight*(1-v/max(top, 1)))
	}
	return b.String()
}
