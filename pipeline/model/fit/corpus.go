package fit

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"fenghuo/pipeline/model"
	"fenghuo/pipeline/model/corpus"
	"fenghuo/pipeline/text"
)

// Corpus is a set of prepared examples with their n-grams.
type Corpus struct {
	Features model.Features
	Items    []Item
	m        *Matrix
	norm     []float32
}

// Item is an example in a Corpus; its place in Items is its row.
type Item struct {
	corpus.Example
	Set   string // which set it is from
	Runes []rune // prepared text
}

// NewCorpus returns an empty corpus over the given features.
func NewCorpus(f model.Features) *Corpus {
	return &Corpus{Features: f, m: NewMatrix()}
}

// Add prepares examples of a set.
func (c *Corpus) Add(set string, examples []corpus.Example) error {
	var d text.Doc
	var keys []uint64
	for _, e := range examples {
		if err := text.Normalize(&d, e.Text); err != nil {
			return err
		}
		keys = c.Features.Keys(keys[:0], d.Runes)
		c.m.Add(keys)
		c.norm = append(c.norm, model.Norm(len(keys)))
		c.Items = append(c.Items, Item{Example: e, Set: set, Runes: slices.Clone(d.Runes)})
	}
	return nil
}

// Close ends adding: features that stand in one text only are dropped.
func (c *Corpus) Close() { c.m.Compact(2) }

// Task is one output of a table: which items are its positive and negative
// examples.
type Task struct {
	Class  func(*Item) int8    // +1, -1, or 0 for an item that it does not learn from
	Group  func(*Item) string  // both classes of a group weigh the same,
	Even   func(*Item) float64 // or, where it gives less than 1, nearer to as many as they are; nil = 1
	Weight func(*Item) float32 // on top of that; nil = 1
	Cost   float32             // weight of the loss against the penalty
	Blend  Blend               // what the fit is the mean of
}

// Recipe is how a table is fitted.
type Recipe struct {
	Tasks []Task
	Keep  int // features that the table may hold
}

const (
	ratioSmooth = 1
	ratioRows   = 2
)

// Fit fits every task on the items that in accepts; the table holds the
// features that carry most weight over all tasks.
func (c *Corpus) Fit(r Recipe, in func(*Item) bool) (*model.Table, error) {
	weights := make([]*Weights, len(r.Tasks))
	bias := make([]float32, len(r.Tasks))
	importance := make([]float32, c.m.Features())
	frequency := c.frequency(in)
	for o, t := range r.Tasks {
		p, err := c.problem(t, in)
		if err != nil {
			return nil, fmt.Errorf("output %d: %w", o, err)
		}
		w := t.Blend.solve(p)
		weights[o], bias[o] = w, w.Bias
		scale := 1 / deviation(w.W)
		for f := range importance {
			importance[f] += float32(math.Abs(float64(w.W[f]*scale)) * math.Sqrt(float64(frequency[f])))
		}
	}
	kept := top(importance, r.Keep)
	keys := make([]uint64, len(kept))
	for i, f := range kept {
		keys[i] = c.m.Key(f)
	}
	return model.NewTable(c.Features, keys, bias, func(i, o int) float32 { return weights[o].W[kept[i]] })
}

func (c *Corpus) problem(t Task, in func(*Item) bool) (*Problem, error) {
	p := &Problem{M: c.m, Norm: c.norm}
	var groups []string
	count := map[string]*[2]float64{}
	for i := range c.Items {
		it := &c.Items[i]
		y := t.Class(it)
		if y == 0 || !in(it) {
			continue
		}
		g := t.Group(it)
		if count[g] == nil {
			count[g] = &[2]float64{}
		}
		count[g][(y+1)/2]++
		p.Rows, p.Y, groups = append(p.Rows, int32(i)), append(p.Y, y), append(groups, g)
	}
	if len(p.Rows) == 0 {
		return nil, fmt.Errorf("no examples to fit on")
	}
	for k, g := range groups {
		n, it := count[g], &c.Items[p.Rows[k]]
		w := 1.0
		if n[0] > 0 && n[1] > 0 {
			w = (n[0] + n[1]) / 2 / n[(p.Y[k]+1)/2]
		}
		if t.Even != nil {
			w = math.Pow(w, t.Even(it))
		}
		if t.Weight != nil {
			w *= float64(t.Weight(it))
		}
		p.Cost = append(p.Cost, float32(w))
	}
	p.Ratio = Ratios(c.m, p.Rows, p.Y, p.Cost, ratioSmooth, ratioRows)
	for k := range p.Cost {
		p.Cost[k] *= t.Cost
	}
	return p, nil
}

func (c *Corpus) frequency(in func(*Item) bool) []int32 {
	n := make([]int32, c.m.Features())
	for i := range c.Items {
		if in(&c.Items[i]) {
			for _, f := range c.m.Row(i) {
				n[f]++
			}
		}
	}
	return n
}

// deviation is the root mean square of the weights that are not 0.
func deviation(w []float32) float32 {
	var s float64
	n := 1
	for _, x := range w {
		if x != 0 {
			s += float64(x) * float64(x)
			n++
		}
	}
	return float32(math.Sqrt(s/float64(n)) + 1e-9)
}

// top returns the n features of most importance, in order of id.
func top(importance []float32, n int) []uint32 {
	var ids []uint32
	for f, v := range importance {
		if v > 0 {
			ids = append(ids, uint32(f))
		}
	}
	slices.SortFunc(ids, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(importance[b], importance[a]), cmp.Compare(a, b))
	})
	ids = ids[:min(n, len(ids))]
	slices.Sort(ids)
	return ids
}

// Scored is an item with the margins of a table that never saw it.
type Scored struct {
	Item    *Item
	Margins [model.MaxOutputs]float32
}

// OutOfFold scores every item that in accepts by folds.
func (c *Corpus) OutOfFold(r Recipe, in func(*Item) bool, folds int) (ScoredItems, error) {
	var out ScoredItems
	for k := range folds {
		held := func(it *Item) bool { return corpus.Fold(it.Text, folds) == k }
		t, err := c.Fit(r, func(it *Item) bool { return in(it) && !held(it) })
		if err != nil {
			return nil, err
		}
		out = append(out, c.Score(t, func(it *Item) bool { return in(it) && held(it) })...)
	}
	return out, nil
}

// Score scores the items that in accepts.
func (c *Corpus) Score(t *model.Table, in func(*Item) bool) ScoredItems {
	var out ScoredItems
	for i := range c.Items {
		if in(&c.Items[i]) {
			s := Scored{Item: &c.Items[i]}
			t.Margins(s.Item.Runes, &s.Margins)
			out = append(out, s)
		}
	}
	return out
}

// ScoredItems are items scored by tables that never saw them.
type ScoredItems []Scored

// Calibrate fits a calibration of a margin. Class gives 1 or 0, or -1 for an
// item that does not count.
func (s ScoredItems) Calibrate(margin func(*[model.MaxOutputs]float32) float32, class func(*Item) int8) model.Calibration {
	var points []Point
	for _, x := range s {
		if y := class(x.Item); y >= 0 {
			points = append(points, Point{Margin: margin(&x.Margins), Y: float32(y)})
		}
	}
	return Isotonic(points)
}

// Threshold is the margin of an output above which to count it, such that the
// right ones less cost times all counted ones are most. Class gives 1 or -1.
// With cost half the F1 that is reached this is best for micro-F1 (Z. Lipton,
// C. Elkan, B. Naryanaswamy, "Optimal thresholding of classifiers to maximize
// F1 measure", ECML 2014).
func (s ScoredItems) Threshold(output int, class func(*Item) int8, cost float64) float32 {
	order := slices.Clone(s)
	slices.SortStableFunc(order, func(a, b Scored) int { return cmp.Compare(b.Margins[output], a.Margins[output]) })
	best, gain := float32(math.Inf(1)), 0.0
	sum := 0.0
	for i, x := range order {
		sum -= cost
		if class(x.Item) > 0 {
			sum++
		}
		if sum > gain {
			gain, best = sum, x.Margins[output]-1
			if i+1 < len(order) {
				best = (x.Margins[output] + order[i+1].Margins[output]) / 2
			}
		}
	}
	return best
}
