package fit

import (
	"math"
	"math/rand/v2"
)

// Problem is a two-class logistic regression over rows of a Matrix.
type Problem struct {
	M     *Matrix
	Rows  []int32   // rows to fit on
	Y     []int8    // +1 or -1 by row of Rows
	Cost  []float32 // weight of a row's loss against the penalty, by row of Rows
	Ratio []float32 // by feature: the value its presence has; 0 leaves it out
	Norm  []float32 // by row of M: what the values of that row are divided by
}

// Weights is a fitted model. A row's margin is Bias + the sum of W over its
// features / its norm.
type Weights struct {
	W    []float32 // by feature
	Bias float32
}

// Margin is the log-odds of +1 for row i.
func (w *Weights) Margin(m *Matrix, i int, norm float32) float64 {
	var sum float32
	for _, f := range m.Row(i) {
		sum += w.W[f]
	}
	return float64(sum/norm) + float64(w.Bias)
}

const (
	biasValue   = 1.0
	innerTries  = 100
	stopMoved   = 0.002 // an epoch that moves less of the total cost than this is the last
	minEpochs   = 4
	maxEpochs   = 30
	shuffleSeed = 20260301
)

// Logistic fits p by dual coordinate descent with l2 penalty: H.-F. Yu, F.-L.
// Huang, C.-J. Lin, "Dual coordinate descent methods for logistic regression
// and maximum entropy models", Machine Learning 85 (2011), algorithm 5. The
// order of updates is a fixed pseudo-random one.
func Logistic(p *Problem) *Weights {
	// With x = Ratio/Norm on a row's features, w.x = sum(Ratio*w)/Norm: kept
	// as u = Ratio*w, so that a row's dot product is a plain sum.
	n := len(p.Rows)
	type feature struct{ u, square float32 }
	features := make([]feature, p.M.Features())
	for f, r := range p.Ratio {
		features[f].square = r * r
	}
	var bias float32
	alpha := make([][2]float64, n)
	square := make([]float32, n)
	order := make([]int32, n)
	step := func(k int, delta float64) {
		row := p.Rows[k]
		norm := p.Norm[row]
		d := float32(delta) * float32(p.Y[k]) / norm
		for _, f := range p.M.Row(int(row)) {
			features[f].u += d * features[f].square
		}
		bias += float32(delta) * float32(p.Y[k]) * biasValue * biasValue
	}
	for k, row := range p.Rows {
		order[k] = int32(k)
		var s float32
		for _, f := range p.M.Row(int(row)) {
			s += features[f].square
		}
		square[k] = s/(p.Norm[row]*p.Norm[row]) + biasValue*biasValue
		c := float64(p.Cost[k])
		alpha[k][0] = min(0.001*c, 1e-8)
		alpha[k][1] = c - alpha[k][0]
		step(k, alpha[k][0])
	}
	rnd := rand.New(rand.NewPCG(shuffleSeed, uint64(n)))
	for epoch := range maxEpochs {
		rnd.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		var moved, total float64
		for _, k := range order {
			row := p.Rows[k]
			var dot float32
			for _, f := range p.M.Row(int(row)) {
				dot += features[f].u
			}
			margin := float64(p.Y[k]) * float64(dot/p.Norm[row]+bias)
			delta := dualStep(&alpha[k], float64(p.Cost[k]), float64(square[k]), margin)
			if delta != 0 {
				step(int(k), delta)
			}
			moved += math.Abs(delta)
			total += float64(p.Cost[k])
		}
		if epoch+1 >= minEpochs && moved < stopMoved*total {
			break
		}
	}
	w := &Weights{W: make([]float32, len(features)), Bias: bias}
	for f := range features {
		w.W[f] = features[f].u
	}
	return w
}

// dualStep minimises the dual in one coordinate by Newton's method, on the
// half where it is well conditioned, and returns how far alpha[0] moved.
func dualStep(alpha *[2]float64, c, a, b float64) float64 {
	one, two, sign := 0, 1, 1.0
	if 0.5*a*(alpha[1]-alpha[0])+b < 0 {
		one, two, sign = 1, 0, -1
	}
	old := alpha[one]
	z := old
	if c-z < 0.5*c {
		z *= 0.1
	}
	gp := a*(z-old) + sign*b + math.Log(z/(c-z))
	tries := 0
	for ; tries < innerTries && math.Abs(gp) > 1e-3; tries++ {
		t := z - gp/(a+c/(c-z)/z)
		if t <= 0 {
			z *= 0.1
		} else {
			z = t
		}
		gp = a*(z-old) + sign*b + math.Log(z/(c-z))
	}
	if tries == 0 {
		return 0
	}
	alpha[one], alpha[two] = z, c-z
	return sign * (z - old)
}

// Ratios returns each feature's absolute log-count ratio between the classes
// of rows, weighted by cost: the "NB" of NB-SVM (S. Wang, C. Manning,
// "Baselines and Bigrams", ACL 2012). Only its size matters to a linear model.
// A feature in fewer than minRows rows gets 0.
func Ratios(m *Matrix, rows []int32, y []int8, cost []float32, smooth float64, minRows int32) []float32 {
	pos := make([]float64, m.Features())
	neg := make([]float64, m.Features())
	count := make([]int32, m.Features())
	for k, row := range rows {
		side := neg
		if y[k] > 0 {
			side = pos
		}
		for _, f := range m.Row(int(row)) {
			side[f] += float64(cost[k])
			count[f]++
		}
	}
	var sp, sn float64
	for f := range pos {
		if count[f] >= minRows {
			sp += pos[f] + smooth
			sn += neg[f] + smooth
		}
	}
	ratio := make([]float32, m.Features())
	for f := range ratio {
		if count[f] >= minRows {
			r := math.Log((pos[f] + smooth) / sp * sn / (neg[f] + smooth))
			ratio[f] = float32(math.Abs(r))
		}
	}
	return ratio
}
