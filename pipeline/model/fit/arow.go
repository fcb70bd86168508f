package fit

import "math/rand/v2"

// Settings of Arow, by measurement: a smaller doubt learns more from each text,
// and labels err.
const (
	arowRuns   = 3
	arowEpochs = 8
	arowDoubt  = 3.0
	arowBias   = 0.01 // the variance that the bias begins with
)

// Arow fits p by adaptive regularisation of weights, with a variance for every
// weight that its texts use up (K. Crammer, A. Kulesza, M. Dredze, "Adaptive
// regularization of weight vectors", NIPS 2009), while only half of a row's
// features are there, by chance (L. van der Maaten et al., "Learning with
// marginalized corrupted features", ICML 2013, by sampling): so it leans less on
// single strong features than Logistic. It is the mean of a few runs.
func Arow(p *Problem) *Weights { return mean(arowRuns, arow)(p) }

// arow is one run. The variances begin as the log-count ratios. The weights are
// their mean over the second half of all steps.
func arow(p *Problem, seed uint64) *Weights {
	w := &Weights{W: make([]float32, p.M.Features())}
	variance := append([]float32(nil), p.Ratio...)
	usual, usualBias := make([]float64, len(w.W)), 0.0 // the mean of the weights
	bias := float32(arowBias)
	doubt := 0.0 // of a text that costs 1
	for _, c := range p.Cost {
		doubt += arowDoubt * float64(c) / float64(len(p.Cost))
	}
	n := len(p.Rows)
	rnd := rand.New(rand.NewPCG(shuffleSeed+seed, uint64(n)))
	order := rnd.Perm(n)
	var kept []uint32
	for left := arowEpochs * n; left > 0; {
		rnd.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, k := range order {
			share := min(1, 2*float64(left)/float64(arowEpochs*n)) // of the mean that knows this step
			left--
			row := p.Rows[k]
			kept = leaveOut(kept[:0], p.M.Row(int(row)), rnd)
			norm := p.Norm[row] / 2
			var dot, sum float32
			for _, f := range kept {
				dot += w.W[f]
				sum += variance[f]
			}
			lack := 1 - float64(p.Y[k])*float64(dot/norm+w.Bias)
			if lack <= 0 {
				continue
			}
			gain := 1 / (float64(sum/(norm*norm)+bias) + doubt/float64(p.Cost[k]))
			step := float32(lack*gain*float64(p.Y[k])) / norm
			known := float32(gain) / (norm * norm)
			for _, f := range kept {
				v := variance[f]
				w.W[f] += step * v
				usual[f] += float64(step*v) * share
				variance[f] = v - known*v*v
			}
			w.Bias += step * norm * bias
			usualBias += float64(step*norm*bias) * share
			bias -= float32(gain) * bias * bias
		}
	}
	for f, v := range usual {
		w.W[f] = float32(v)
	}
	w.Bias = float32(usualBias)
	return w
}
