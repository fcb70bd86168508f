package fit

import (
	"math"
	"math/rand/v2"
)

// Settings of Dropout, by measurement: more epochs fit the training texts
// better and others worse.
const (
	dropoutRuns   = 3
	dropoutEpochs = 4
	dropoutRate   = 3.0
	dropoutBias   = 0.1 // of the rate, for the bias
)

// Dropout fits p by stochastic gradient descent in which only half of a row's
// features are there, by chance (L. van der Maaten et al., "Learning with
// marginalized corrupted features", ICML 2013, by sampling). It leans less on
// single strong features than Logistic; their mean beats either. It is the mean
// of a few runs.
func Dropout(p *Problem) *Weights { return mean(dropoutRuns, dropout)(p) }

// dropout is one run.
func dropout(p *Problem, seed uint64) *Weights {
	w := &Weights{W: make([]float32, p.M.Features())}
	square := make([]float32, len(p.Ratio))
	for f, r := range p.Ratio {
		square[f] = r * r
	}
	var usual float64 // cost of a row
	for _, c := range p.Cost {
		usual += float64(c) / float64(len(p.Cost))
	}
	n := len(p.Rows)
	rnd := rand.New(rand.NewPCG(shuffleSeed+seed, uint64(n)))
	order := rnd.Perm(n)
	var kept []uint32
	total := float64(n * dropoutEpochs)
	done := 0.0
	for range dropoutEpochs {
		rnd.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, k := range order {
			row := p.Rows[k]
			kept = leaveOut(kept[:0], p.M.Row(int(row)), rnd)
			var dot float32
			for _, f := range kept {
				dot += w.W[f]
			}
			norm := p.Norm[row] / 2
			y := float64(p.Y[k])
			slope := y / (1 + math.Exp(y*float64(dot/norm+w.Bias))) * float64(p.Cost[k]) / usual
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

// leaveOut appends those of a row's features that chance keeps: half of them.
func leaveOut(kept, row []uint32, rnd *rand.Rand) []uint32 {
	var drawn uint64
	for i, f := range row {
		if i%64 == 0 {
			drawn = rnd.Uint64()
		}
		if drawn&1 == 1 {
			kept = append(kept, f)
		}
		drawn >>= 1
	}
	return kept
}
