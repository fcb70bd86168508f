package fit

import "math/rand/v2"

// Settings of SVM, by measurement.
const (
	svmCost   = 0.02 // of the cost that Logistic counts with
	svmEpochs = 12
)

// SVM fits p with the squared hinge loss and l2 penalty by dual coordinate
// descent: C.-J. Hsieh et al., "A dual coordinate descent method for large-scale
// linear SVM", ICML 2008, algorithm 1. What is right by a margin of 1 has no say,
// so that it follows wrong labels less than Logistic.
func SVM(p *Problem) *Weights {
	n := len(p.Rows)
	w := &Weights{W: make([]float32, p.M.Features())}
	square := make([]float32, len(p.Ratio))
	for f, r := range p.Ratio {
		square[f] = r * r
	}
	alpha := make([]float64, n)
	soft := make([]float64, n) // what the squared loss adds to the diagonal
	diagonal := make([]float64, n)
	order := make([]int32, n)
	for k, row := range p.Rows {
		order[k] = int32(k)
		var s float32
		for _, f := range p.M.Row(int(row)) {
			s += square[f]
		}
		soft[k] = 1 / (2 * svmCost * float64(p.Cost[k]))
		diagonal[k] = float64(s/(p.Norm[row]*p.Norm[row])) + biasValue*biasValue + soft[k]
	}
	rnd := rand.New(rand.NewPCG(shuffleSeed, uint64(n)))
	for range svmEpochs {
		rnd.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, k := range order {
			row := p.Rows[k]
			slope := float64(p.Y[k])*w.Margin(p.M, int(row), p.Norm[row]) - 1 + alpha[k]*soft[k]
			next := max(0, alpha[k]-slope/diagonal[k])
			step := (next - alpha[k]) * float64(p.Y[k])
			if step == 0 {
				continue
			}
			alpha[k] = next
			d := float32(step) / p.Norm[row]
			for _, f := range p.M.Row(int(row)) {
				w.W[f] += d * square[f]
			}
			w.Bias += float32(step) * biasValue * biasValue
		}
	}
	return w
}
