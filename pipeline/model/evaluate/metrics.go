package evaluate

import "math"

// Confusion counts predictions: Counts[truth][predicted], in the order of
// Labels.
type Confusion struct {
	Labels []string `json:"labels"`
	Counts [][]int  `json:"counts"`
}

// NewConfusion returns an empty table of the labels.
func NewConfusion(labels ...string) *Confusion {
	c := &Confusion{Labels: labels, Counts: make([][]int, len(labels))}
	for i := range c.Counts {
		c.Counts[i] = make([]int, len(labels))
	}
	return c
}

// Add counts one prediction.
func (c *Confusion) Add(truth, predicted int) { c.Counts[truth][predicted]++ }

// N is the number of predictions.
func (c *Confusion) N() (n int) {
	for _, row := range c.Counts {
		for _, v := range row {
			n += v
		}
	}
	return n
}

// Accuracy is the share of right predictions.
func (c *Confusion) Accuracy() float64 {
	right := 0
	for i := range c.Counts {
		right += c.Counts[i][i]
	}
	return ratio(right, c.N())
}

// F1 is that of class i: 2 tp / (2 tp + fp + fn).
func (c *Confusion) F1(i int) float64 {
	truth, predicted := 0, 0
	for k := range c.Counts {
		truth += c.Counts[i][k]
		predicted += c.Counts[k][i]
	}
	return ratio(2*c.Counts[i][i], truth+predicted)
}

// MacroF1 is the mean F1 of the classes.
func (c *Confusion) MacroF1() float64 {
	var sum float64
	for i := range c.Counts {
		sum += c.F1(i) / float64(len(c.Counts))
	}
	return sum
}

// Counts of a multi-label class.
type hits struct{ tp, fp, fn int }

func (h *hits) add(truth, predicted bool) {
	switch {
	case truth && predicted:
		h.tp++
	case predicted:
		h.fp++
	case truth:
		h.fn++
	}
}

func (h hits) f1() float64 { return ratio(2*h.tp, 2*h.tp+h.fp+h.fn) }

// calibrationError is the expected calibration error over 15 bins of equal
// width of the predicted class's probability (C. Guo et al., "On Calibration
// of Modern Neural Networks", ICML 2017). p is the probability of class 1.
func calibrationError(p []float64, y []bool) float64 {
	const bins = 15
	var sure, right [bins]float64
	for i, v := range p {
		predicted := v > 0.5
		confidence := max(v, 1-v)
		b := min(int(confidence*bins), bins-1)
		sure[b] += confidence
		if predicted == y[i] {
			right[b]++
		}
	}
	var e float64
	for b := range bins {
		e += math.Abs(sure[b]-right[b]) / float64(max(1, len(p)))
	}
	return e
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
