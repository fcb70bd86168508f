package fit

import (
	"math"
	"math/rand/v2"
)

// Settings of Dropout, by measurement: more epochs or less dropout fit the
// training texts better and others worse.
const (
	dropoutKeep   = 0.5
	dropoutEpochs = 4
	dropoutRate   = 3.0
	dropoutBias   = 0.1 // of the rate, for the bias
)

// dropoutRuns is how many runs of Dropout a blend has.
const dropoutRuns = 3

// blend is the mean of Logistic and of runs of Dropout, half and half: they err
// in different texts.
func blend(p *Problem) *Weights {
	var runs []*Weights
	for seed := range uint64(dropoutRuns) {
		runs = append(runs, Dropout(p, seed))
	}
	return mean(p, Logistic(p), mean(p, runs...))
}

// Dropout fits p by stochastic gradient descent in which every feature of a
// row is left out with probability 1/2 (L. van der Maaten et al., "Learning
// with marginalized corrupted features", ICML 2013, by sampling). It leans
// less on single strong features than Logistic; their mean beats either.
func Dropout(p *Problem, seed uint64) *Weights {
	w := &Weights{W: make([]float32, p.M.Features())}
	square := make([]float32, len(p.Ratio))
	for f, r := range p.Ratio {
		square[f] = r * r
	}
	var mean float64
	for _, c := range p.Cost {
		mean += float64(c) / float64(len(p.Cost))
	}
	n := len(p.Rows)
	rnd := rand.New(rand.NewPCG(shuffleSeed+seed, uint64(n)))
	order := rnd.Perm(n)
	var kept []uint32
	var bits uint64
	total := float64(n * dropoutEpochs)
	done := 0.0
	for range dropoutEpochs {
		rnd.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, k := range order {
			row := p.Rows[k]
			kept = kept[:0]
			var dot float32
			for i, f := range p.M.Row(int(row)) {
				if i%64 == 0 {
					bits = rnd.Uint64()
				}
				if bits&1 == 1 {
					kept = append(kept, f)
					dot += w.W[f]
				}
				bits >>= 1
			}
			norm := p.Norm[row] * dropoutKeep
			y := float64(p.Y[k])
			slope := y / (1 + math.Exp(y*float64(dot/norm+w.Bias))) * float64(p.Cost[k]) / mean
			step := float32(slope * dropoutRate * (1 - done/total))
			done++
			w.Bias += step * dropoutBias
			for _, f := range kept {
				w.W[f] += step / norm * square[f]
			}
		}
	}
	return w
}

// mean returns the mean of models, each brought to the scale of the first
// one's margins on the rows of p.
func mean(p *Problem, models ...*Weights) *Weights {
	size := func(w *Weights) float64 {
		var s float64
		for _, row := range p.Rows {
			m := w.Margin(p.M, int(row), p.Norm[row])
			s += m * m
		}
		return math.Sqrt(s)
	}
	first := size(models[0])
	out := &Weights{W: make([]float32, len(models[0].W))}
	for _, w := range models {
		scale := float32(first / size(w) / float64(len(models)))
		out.Bias += scale * w.Bias
		for f, v := range w.W {
			out.W[f] += scale * v
		}
	}
	return out
}
