package fit

import "math"

// Solver fits a problem.
type Solver func(*Problem) *Weights

// Part is a solver with the share of its margins in a Blend.
type Part struct {
	Share float64
	Solve Solver
}

// Blend is what a fit is the mean of: the parts err in different texts. The
// margins have the scale of the first part's. An empty one is Logistic alone.
type Blend []Part

// mean is the mean of runs that differ in what chance left out.
func mean(runs int, fit func(p *Problem, seed uint64) *Weights) Solver {
	var b Blend
	for seed := range runs {
		b = append(b, Part{1 / float64(runs), func(p *Problem) *Weights { return fit(p, uint64(seed)) }})
	}
	return b.solve
}

// solve returns the mean of the parts, each brought to the scale of the first
// one's margins on the rows of p.
func (b Blend) solve(p *Problem) *Weights {
	if len(b) == 0 {
		return Logistic(p)
	}
	var first float64
	out := &Weights{W: make([]float32, p.M.Features())}
	for i, part := range b {
		w := part.Solve(p)
		size := w.size(p)
		if i == 0 {
			first = size
		}
		scale := float32(first / size * part.Share)
		out.Bias += scale * w.Bias
		for f, v := range w.W {
			out.W[f] += scale * v
		}
	}
	return out
}

// size is that of the margins on the rows of p.
func (w *Weights) size(p *Problem) float64 {
	var s float64
	for _, row := range p.Rows {
		m := w.Margin(p.M, int(row), p.Norm[row])
		s += m * m
	}
	return math.Sqrt(s)
}

// plainValue is the value that a feature's presence has without its ratio: it
// settles how much the penalty weighs. By measurement.
const plainValue = 0.7

// Plain is Logistic with one value for every feature instead of its log-count
// ratio: worse where it learnt, better where it did not.
func Plain(p *Problem) *Weights {
	plain := *p
	plain.Ratio = make([]float32, len(p.Ratio))
	for f, r := range p.Ratio {
		if r > 0 {
			plain.Ratio[f] = plainValue
		}
	}
	return Logistic(&plain)
}
