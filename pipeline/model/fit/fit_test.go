package fit

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"fenghuo/pipeline/model"
	"fenghuo/pipeline/model/corpus"
)

// toy is a problem in which features 0..9 speak for +1, 10..19 for -1 and the
// others say nothing.
func toy(n int) *Problem {
	rnd := rand.New(rand.NewPCG(1, 1))
	p := &Problem{M: NewMatrix()}
	for i := range n {
		y := int8(1 - 2*(i%2))
		keys := []uint64{uint64(100 + rnd.IntN(200))}
		for range 4 {
			k := uint64(rnd.IntN(10))
			if (y < 0) != (rnd.Float64() < 0.1) {
				k += 10
			}
			keys = append(keys, k)
		}
		p.M.Add(keys)
		p.Rows, p.Y, p.Cost, p.Norm = append(p.Rows, int32(i)), append(p.Y, y), append(p.Cost, 1), append(p.Norm, 2)
	}
	p.M.Compact(2)
	p.Ratio = Ratios(p.M, p.Rows, p.Y, p.Cost, 1, 1)
	return p
}

var solvers = map[string]Solver{"logistic": Logistic, "plain": Plain, "svm": SVM, "arow": Arow, "dropout": Dropout}

// All solvers find the direction of the features that speak.
func TestSolversSeparate(t *testing.T) {
	p := toy(600)
	for name, solve := range solvers {
		w := solve(p)
		right := 0
		for k, row := range p.Rows {
			if (w.Margin(p.M, int(row), p.Norm[row]) > 0) == (p.Y[k] > 0) {
				right++
			}
		}
		if right < 560 {
			t.Errorf("%s: %d of 600 right", name, right)
		}
		for f := range p.M.Features() {
			if k := p.M.Key(uint32(f)); k < 10 && w.W[f] <= 0 || k >= 10 && k < 20 && w.W[f] >= 0 {
				t.Errorf("%s: feature %d weighs %v", name, k, w.W[f])
			}
		}
	}
}

// leaveOut keeps half of a row, in its order.
func TestLeaveOut(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	row := make([]uint32, 100_000)
	for i := range row {
		row[i] = uint32(i)
	}
	kept := leaveOut(nil, row, rnd)
	if share := float64(len(kept)) / float64(len(row)); math.Abs(share-0.5) > 0.01 || !slices.IsSorted(kept) {
		t.Errorf("%.3f kept, want half in order", share)
	}
}

// Logistic stands at the minimum: no step along a coordinate lowers the
// objective by much.
func TestLogisticIsOptimal(t *testing.T) {
	p := toy(400)
	w := Logistic(p)
	objective := func() float64 {
		sum := float64(w.Bias*w.Bias) / 2
		for f, u := range w.W {
			if r := p.Ratio[f]; r > 0 {
				sum += float64(u*u) / float64(r*r) / 2
			}
		}
		for k, row := range p.Rows {
			sum += float64(p.Cost[k]) * math.Log1p(math.Exp(-float64(p.Y[k])*w.Margin(p.M, int(row), p.Norm[row])))
		}
		return sum
	}
	best := objective()
	for f := range w.W {
		for _, step := range []float32{-0.05, 0.05} {
			old := w.W[f]
			w.W[f] += step
			if o := objective(); o < best*(1-1e-3) {
				t.Fatalf("feature %d moved by %v lowers the objective from %.5f to %.5f", f, step, best, o)
			}
			w.W[f] = old
		}
	}
}

func TestSolversAreDeterministic(t *testing.T) {
	for name, solve := range solvers {
		a, b := solve(toy(300)), solve(toy(300))
		if !slices.Equal(a.W, b.W) || a.Bias != b.Bias {
			t.Errorf("%s: two runs differ", name)
		}
	}
}

// Compact keeps the rows' features, the frequent ones first.
func TestCompact(t *testing.T) {
	m := NewMatrix()
	rows := [][]uint64{{7, 8, 9, 9}, {8, 9}, {9, 11}, {}}
	for _, r := range rows {
		m.Add(r)
	}
	m.Compact(2)
	if m.Features() != 2 || m.Key(0) != 9 || m.Key(1) != 8 {
		t.Fatalf("%d features, want 9 and 8", m.Features())
	}
	for i, want := range [][]uint32{{0, 1}, {0, 1}, {0}, {}} {
		if got := m.Row(i); !slices.Equal(got, want) {
			t.Errorf("row %d: %v, want %v", i, got, want)
		}
	}
}

// An isotonic calibration rises and, on its own points, is right on average.
func TestIsotonic(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 2))
	var points []Point
	var sum float64
	for range 5000 {
		m := rnd.NormFloat64() * 2
		y := float32(0)
		if rnd.Float64() < 1/(1+math.Exp(-m/2)) {
			y = 1
		}
		sum += float64(y)
		points = append(points, Point{float32(m), y})
	}
	c := Isotonic(points)
	if !slices.IsSorted(c.Margin) || !slices.IsSorted(c.Probability) {
		t.Fatal("knots do not rise")
	}
	var predicted float64
	for _, p := range points {
		predicted += float64(c.At(p.Margin))
	}
	if math.Abs(predicted-sum) > 25 {
		t.Errorf("predicts %.0f of 5000, true are %.0f", predicted, sum)
	}
	for _, m := range []float32{-2, 0, 2} {
		if want := 1 / (1 + math.Exp(-float64(m)/2)); math.Abs(float64(c.At(m))-want) > 0.06 {
			t.Errorf("at %v: %.3f, want about %.3f", m, c.At(m), want)
		}
	}
}

// A table fitted by recipe tells the classes apart and keeps to its size.
func TestCorpusFit(t *testing.T) {
	c := NewCorpus(model.Features{Min: 1, Max: 2})
	var examples []corpus.Example
	for i := range 60 {
		examples = append(examples, corpus.Example{Text: string(rune('一'+i)) + "很好", Label: corpus.Pos}, corpus.Example{Text: string(rune('一'+i)) + "太差", Label: corpus.Neg})
	}
	if err := c.Add("toy", examples); err != nil {
		t.Fatal(err)
	}
	c.Close()
	table, err := c.Fit(Recipe{Keep: 20, Tasks: []Task{{Cost: 1, Blend: Blend{{0.5, SVM}, {0.3, Arow}, {0.2, Plain}}, Class: func(it *Item) int8 { return int8(it.Label) }, Group: func(it *Item) string { return it.Set }}}}, func(*Item) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Score(table, func(*Item) bool { return true }) {
		if (s.Margins[0] > 0) != (s.Item.Label > 0) {
			t.Fatalf("%q: margin %.2f", s.Item.Text, s.Margins[0])
		}
	}
}

// The classes of a group weigh the same in all, or half-way to as many as they
// are.
func TestClassesWeigh(t *testing.T) {
	c := NewCorpus(model.Features{Min: 1, Max: 2})
	var examples []corpus.Example
	for i := range 40 {
		e := corpus.Example{Text: string(rune('一' + i)), Label: corpus.Pos}
		if i < 4 {
			e.Label = corpus.Neg
		}
		examples = append(examples, e)
	}
	if err := c.Add("toy", examples); err != nil {
		t.Fatal(err)
	}
	c.Close()
	task := Task{Cost: 1, Class: func(it *Item) int8 { return int8(it.Label) }, Group: func(it *Item) string { return it.Set }}
	for even, want := range map[float64]float64{1: 9, 0.5: 3, 0: 1} { // nine times as many
		task.Even = func(*Item) float64 { return even }
		p, err := c.problem(task, func(*Item) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		if got := float64(p.Cost[0] / p.Cost[39]); math.Abs(got-want) > 1e-5 {
			t.Errorf("even by %v: a rare one weighs %.3f times a frequent one, want %v", even, got, want)
		}
	}
}

// Threshold counts what is right more often than the cost.
func TestThreshold(t *testing.T) {
	f := func(cost float64, classes string, want float32) {
		t.Helper()
		var s ScoredItems
		for i, c := range classes { // margins 0, 1, 2 ... from the right
			x := Scored{Item: &Item{Example: corpus.Example{Flag: c == '+'}}}
			x.Margins[1] = float32(len(classes) - 1 - i)
			s = append(s, x)
		}
		got := s.Threshold(1, func(it *Item) int8 {
			if it.Flag {
				return 1
			}
			return -1
		}, cost)
		if got != want {
			t.Errorf("%s at cost %v: %v, want %v", classes, cost, got, want)
		}
	}
	f(0.45, "++--", 1.5)
	f(0.45, "+-+-", 0.5) // one wrong for two right
	f(0.7, "+-+-", 2.5)  // too dear
	f(0.45, "++++", -1)
	f(0.45, "----", float32(math.Inf(1)))
}
