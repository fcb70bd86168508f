package fit

import "math/rand/v2"

// Settings of Hinge, by measurement: with as much weight of the loss as
// Logistic has it fits the training texts better and others worse.
const (
	hingeCost   = 0.05 // of a row's cost
	hingeEpochs = 10
)

// Hinge fits p as a support vector machine with squared hinge loss and l2
// penalty, by dual coordinate descent: C.-J. Hsieh et al., "A dual coordinate
// descent method for large-scale linear SVM", ICML 2008, algorithm 1 without
// shrinking. It does not ask for more where a text is clear already, which
// Logistic never stops to do. Its margins are no log-odds.
func Hinge(p *Problem) *Weights {
	// As in Logistic, weights are kept multiplied by Ratio.
	w := &Weights{W: make([]float32, p.M.Features())}
	square := make([]float32, len(p.Ratio))
	for f, r := range p.Ratio {
		square[f] = r * r
	}
	n := len(p.Rows)
	alpha := make([]float64, n)
	rnd := rand.New(rand.NewPCG(shuffleSeed, uint64(n)))
	order := rnd.Perm(n)
	for range hingeEpochs {
		rnd.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, k := range order {
			row := p.Rows[k]
			norm, y := p.Norm[row], float64(p.Y[k])
			var dot, size float32
			for _, f := range p.M.Row(int(row)) {
				dot += w.W[f]
				size += square[f]
			}
			slack := 1 / (2 * hingeCost * float64(p.Cost[k]))
			gradient := y*float64(dot/norm+w.Bias) - 1 + slack*alpha[k]
			next := max(0, alpha[k]-gradient/(float64(size/(norm*norm))+biasValue*biasValue+slack))
			if next == alpha[k] {
				continue
			}
			delta := float32((next - alpha[k]) * y)
			alpha[k] = next
			for _, f := range p.M.Row(int(row)) {
				w.W[f] += delta / norm * square[f]
			}
			w.Bias += delta * biasValue * biasValue
		}
	}
	return w
}
