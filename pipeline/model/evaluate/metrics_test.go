package evaluate

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestConfusion(t *testing.T) {
	c := NewConfusion("a", "b")
	for range 6 {
		c.Add(0, 0)
	}
	c.Add(0, 1)
	c.Add(0, 1)
	c.Add(1, 1)
	c.Add(1, 0)
	near(t, "accuracy", c.Accuracy(), 0.7)
	near(t, "F1 of a", c.F1(0), 12.0/15)
	near(t, "F1 of b", c.F1(1), 2.0/5)
	near(t, "macro-F1", c.MacroF1(), 0.6)
	near(t, "of nothing", NewConfusion("a").Accuracy(), 0)
}

func TestCalibrationError(t *testing.T) {
	// Nine of ten right at .9, and the same said the other way round.
	p, y := make([]float64, 10), make([]bool, 10)
	for i := range p {
		p[i], y[i] = 0.9, i > 0
	}
	near(t, "sure and right", calibrationError(p, y), 0)
	for i := range p {
		p[i], y[i] = 0.1, i == 0
	}
	near(t, "sure and right of the other class", calibrationError(p, y), 0)
	for i := range p {
		p[i], y[i] = 1, i < 5
	}
	near(t, "half right at 1", calibrationError(p, y), 0.5)
}
