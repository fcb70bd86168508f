package fit

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// Settings of Dropout, by measurement: more epochs fit the training texts
// better and others worse.
const (
	dropoutEpochs = 4
	dropoutRate   = 3.0
	dropoutBias   = 0.1 // of the rate, for the bias
)

// sixteen is what a share of features is counted in.
const sixteen = 16

// Blend is what a fit is the mean of besides Logistic.
type Blend struct {
	Runs  int     // of Dropout, together as much as Logistic
	Keep  int     // how many of sixteen features a run keeps
	Plain float32 // share of Logistic without the log-count ratios
}

// plainValue is the value that a feature's presence has without its ratio: it
// settles how much the penalty weighs. By measurement.
const plainValue = 0.7

// solve returns the mean of the models: they err in different texts, and each
// run in some of its own.
func (b Blend) solve(p *Problem) *Weights {
	w := Logistic(p)
	if b.Runs > 0 {
		runs := make([]*Weights, b.Runs)
		for seed := range runs {
			runs[seed] = Dropout(p, b.Keep, uint64(seed))
		}
		w = mean(p, w, mean(p, runs...))
	}
	if b.Plain > 0 {
		half := mean(p, w, unweighted(p))
		w.Bias += 2 * b.Plain * (half.Bias - w.Bias)
		for f := range w.W {
			w.W[f] += 2 * b.Plain * (half.W[f] - w.W[f])
		}
	}
	return w
}

// unweighted is Logistic with one value for every feature.
func unweighted(p *Problem) *Weights {
	plain := *p
	plain.Ratio = make([]float32, len(p.Ratio))
	for f, r := range p.Ratio {
		if r > 0 {
			plain.Ratio[f] = plainValue
		}
	}
	return Logistic(&plain)
}

// Dropout fits p by stochastic gradient descent in which only keep of sixteen
// features of a row are there, by chance (L. van der Maaten et al., "Learning
// with marginalized corrupted features", ICML 2013, by sampling). It leans
// less on single strong features than Logistic; their mean beats either.
func Dropout(p *Problem, keep int, seed uint64) *Weights {
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
	var drawn uint64
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
					drawn = draw(rnd, keep)
				}
				if drawn&1 == 1 {
					kept = append(kept, f)
					dot += w.W[f]
				}
				drawn >>= 1
			}
			norm := p.Norm[row] * float32(keep) / sixteen
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

// draw returns 64 bits, each set with a probability of keep / sixteen: a random
// word for every digit of that binary fraction, from the last one that is set.
func draw(rnd *rand.Rand, keep int) (drawn uint64) {
	for digit := bits.TrailingZeros(uint(keep)); 1<<digit < sixteen; digit++ {
		if keep>>digit&1 == 1 {
			drawn |= rnd.Uint64()
		} else {
			drawn &= rnd.Uint64()
		}
	}
	return drawn
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
