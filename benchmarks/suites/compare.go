package suites

import (
	"math"
	"slices"
	"time"
)

// Equal is the methods at thresholds that make all of them raise the same false
// alarms on the group's quiet weeks.
type Equal struct {
	Budget   float64   `json:"budget"`              // false alarms a week, for all
	Observed []figure  `json:"false_alarms_a_week"` // by method, at its threshold
	Shapes   []Outcome `json:"shapes"`
	Over     []Margin  `json:"ours_over"` // over all shapes, by method
	// thresholds by method
	thresholds scores
}

// Outcome is the outcome of all methods on one shape, by method.
type Outcome struct {
	Shape      string   `json:"shape"`
	Found      []figure `json:"found"`
	DelayHours []figure `json:"delay_h"`         // median
	Below      []string `json:"below,omitempty"` // methods that we are below by more than the sampling error
}

// Margin is our sensitivity minus another's on the same crises, with the
// standard error of the paired difference.
type Margin struct {
	Mean  figure `json:"mean"`
	Error figure `json:"se"`
}

// below tells whether we are under the other by more than the sampling error
// (two standard errors, and more than one crisis in all).
func (m Margin) below() bool { return m.Mean < -.005 && m.Mean < -2*m.Error }

// equalise finds for every budget and method the lowest threshold that raises at
// most so many alarms a week on quiet series.
func equalise(budgets []float64, calm [][]scores) []Equal {
	equal := make([]Equal, len(budgets))
	for m := range Methods {
		q := newQuietScores(calm, m)
		for b, budget := range budgets {
			e := &equal[b]
			threshold, observed := q.within(budget)
			e.Budget, e.thresholds[m] = budget, threshold
			e.Observed = append(e.Observed, figure(observed))
		}
	}
	return equal
}

// quietScores are a method's scores on quiet series.
type quietScores struct {
	series [][]float32
	sorted []float32
	weeks  float64
}

func newQuietScores(calm [][]scores, method int) *quietScores {
	q := &quietScores{}
	for _, hours := range calm {
		s := make([]float32, len(hours))
		for i := range hours {
			s[i] = hours[i][method]
		}
		q.series = append(q.series, s)
		q.sorted = append(q.sorted, s...)
		q.weeks += float64(len(s)) / weekHours
	}
	slices.Sort(q.sorted)
	return q
}

// within is the lowest threshold that raises at most `budget` alarms a week,
// and what it raises.
func (q *quietScores) within(budget float64) (threshold float32, observed float64) {
	i, _ := slices.BinarySearchFunc(q.sorted, 0, func(t float32, _ int) int {
		if float64(q.alarms(t)) > budget*q.weeks {
			return -1
		}
		return 1
	})
	t := q.sorted[min(i, len(q.sorted)-1)]
	return t, float64(q.alarms(t)) / q.weeks
}

// holdHours is how long after an alarm no other begins.
const holdHours = 24

func (q *quietScores) alarms(threshold float32) (n int) {
	for _, s := range q.series {
		until := 0
		for h, z := range s {
			if z > threshold && h >= until {
				n++
				until = h + holdHours
			}
		}
	}
	return n
}

// delay is when a crisis was found, in hours after its onset.
type delay float64

// Outcomes besides a delay.
const (
	missed  delay = -1
	leftOut delay = -2 // our alarm was open at the onset
)

// match is the outcome of a group's crises by shape and series.
type match struct {
	shapes []Shape
	equal  []Equal
	ours   [][][]delay // by budget, shape and series: the detector as it is
	peers  [][][]delay // by budget x method, shape and series: at equal false alarms
}

func newMatch(equal []Equal, crises int) *match {
	m := &match{shapes: Shapes(), equal: equal}
	table := func(rows int) [][][]delay {
		t := make([][][]delay, rows)
		for i := range t {
			t[i] = make([][]delay, len(m.shapes))
			for s := range t[i] {
				t[i][s] = make([]delay, crises)
			}
		}
		return t
	}
	m.ours, m.peers = table(len(equal)), table(len(equal)*len(Methods))
	return m
}

// strike draws series i up to a random hour of its fifth week, where a crisis
// of every shape meets the same draws.
func (m *match) strike(g Group, i int) {
	s, r := NewStream(g, Step, Seed+1, i), newRig(crisisBudgets)
	onset := epoch.Add(Warmup + time.Duration(s.rng.IntN(weekHours))*time.Hour)
	for s.at.Before(onset) {
		r.step(s.Next())
	}
	for k, shape := range m.shapes {
		c := s.Fork()
		c.Strike(shape.Crisis, onset)
		m.follow(c, r.fork(), k, i)
	}
}

// follow looks for the crisis of shape k in series i until all have found it
// or it ends.
func (m *match) follow(s *Stream, r *rig, k, i int) {
	found := make([]*delay, 0, len(m.ours)+len(m.peers))
	for b := range m.ours {
		d := &m.ours[b][k][i]
		if *d = missed; r.watches[b].until.After(s.onset) {
			*d = leftOut
		}
		found = append(found, d)
	}
	for b := range m.peers {
		m.peers[b][k][i] = missed
		found = append(found, &m.peers[b][k][i])
	}
	end := s.onset.Add(m.shapes[k].Crisis.Length)
	for s.at.Before(end) && slices.ContainsFunc(found, func(d *delay) bool { return *d == missed }) {
		row := s.Next()
		hour := r.step(row)
		for b := range r.watches {
			if d := &m.ours[b][k][i]; r.watches[b].began && *d == missed {
				*d = delay(row.At.Sub(s.onset).Hours())
			}
		}
		if hour == nil {
			continue
		}
		for b := range m.peers {
			t := m.equal[b/len(Methods)].thresholds[b%len(Methods)]
			if d := &m.peers[b][k][i]; *d == missed && hour[b%len(Methods)] > t {
				*d = delay(s.at.Sub(s.onset).Hours()) // known at the hour's end
			}
		}
	}
}

// sensitivities is how our detector did at the budgets.
func (m *match) sensitivities() []Sensitivity {
	out := make([]Sensitivity, len(m.shapes))
	for k, shape := range m.shapes {
		o := &out[k]
		o.Shape = shape.Name
		for b := range m.ours {
			valid := slices.DeleteFunc(slices.Clone(m.ours[b][k]), func(d delay) bool { return d == leftOut })
			share, median := summary(valid)
			o.Crises = append(o.Crises, len(valid))
			o.Found = append(o.Found, figure(share))
			o.DelayHours = append(o.DelayHours, figure(median))
		}
	}
	return out
}

// compare completes the comparison.
func (m *match) compare(equal []Equal) {
	for b := range equal {
		e := &equal[b]
		of := func(method int) [][]delay { return m.peers[b*len(Methods)+method] }
		for k, shape := range m.shapes {
			p := Outcome{Shape: shape.Name}
			for i := range Methods {
				share, median := summary(of(i)[k])
				p.Found = append(p.Found, figure(share))
				p.DelayHours = append(p.DelayHours, figure(median))
				if margin(of(0)[k:k+1], of(i)[k:k+1]).below() {
					p.Below = append(p.Below, Methods[i])
				}
			}
			e.Shapes = append(e.Shapes, p)
		}
		for i := range Methods {
			e.Over = append(e.Over, margin(of(0), of(i)))
		}
	}
}

// summary is the share found and the median delay in hours.
func summary(delays []delay) (share, hours float64) {
	var found []float64
	for _, d := range delays {
		if d >= 0 {
			found = append(found, float64(d))
		}
	}
	return float64(len(found)) / math.Max(1, float64(len(delays))), median(found)
}

// margin compares two methods series by series, over some shapes: shapes of
// one series share their draws and count as one observation.
func margin(ours, theirs [][]delay) Margin {
	n := len(ours[0])
	sum, square := 0.0, 0.0
	for i := range n {
		d := 0.0
		for k := range ours {
			d += found(ours[k][i]) - found(theirs[k][i])
		}
		d /= float64(len(ours))
		sum += d
		square += d * d
	}
	mean := sum / float64(n)
	variance := max(0, square/float64(n)-mean*mean)
	return Margin{figure(mean), figure(math.Sqrt(variance / math.Max(1, float64(n-1))))}
}

func found(d delay) float64 {
	if d >= 0 {
		return 1
	}
	return 0
}
