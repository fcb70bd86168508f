package suites

import (
	"math"

	"fenghuo/detectors/surge"
)

// rig watches one series with all that is measured: the surge detector at
// several budgets, and the methods of the comparison, which score hours.
type rig struct {
	detectors []*surge.Detector // one a budget
	began     []bool            // with the latest row, an alarm of that budget
	zeros     int               // rows of nothing that the detectors have not read
	lift      float64           // under which the zeros came
	hour      hour              // in progress
	past      past
}

// hour is an hour of a series.
type hour struct {
	rows  int
	count float64
	gap   bool    // some of it was out
	score float64 // the surge detector's highest on a row that may alarm
}

const rowsPerHour = int(3600 / (Step / 1e9))

// params are the surge detector's, one for each budget.
func params(budgets []float64) []*surge.Params {
	list := make([]*surge.Params, len(budgets))
	for i, b := range budgets {
		list[i] = surge.Defaults(Step)
		list[i].Budget = b
		if err := list[i].Validate(); err != nil {
			panic(err)
		}
	}
	return list
}

func newRig(params []*surge.Params) *rig {
	r := &rig{began: make([]bool, len(params)), hour: hour{score: math.Inf(-1)}}
	for _, p := range params {
		r.detectors = append(r.detectors, surge.New(p))
	}
	return r
}

// fork returns a rig that goes on as r would.
func (r *rig) fork(params []*surge.Params) *rig {
	r.catchUp()
	c := newRig(params)
	c.hour, c.past = r.hour, r.past.clone()
	for i, d := range r.detectors {
		b, err := d.MarshalBinary()
		if err == nil {
			err = c.detectors[i].UnmarshalBinary(b)
		}
		if err != nil {
			panic(err) // the same parameters wrote it
		}
	}
	return c
}

// minExcess is the surge detector's least excess for an alarm: a score of
// fewer mentions counts for nothing in the comparison either.
const minExcess = 2.5

// step takes the next row. With the last row of an hour after the warm-up it
// returns the hour's score of every method, else nil.
func (r *rig) step(row Row) *scores {
	r.detect(row)
	h := &r.hour
	h.rows++
	h.count += row.Count
	h.gap = h.gap || row.Gap
	if h.rows < rowsPerHour {
		return nil
	}
	s := r.past.score(h)
	if s != nil {
		s[0] = float32(h.score)
	}
	r.hour = hour{score: math.Inf(-1)}
	return s
}

// detect lets the detectors read the row. Zeros, which begin no alarm, are read
// together later.
func (r *rig) detect(row Row) {
	clear(r.began)
	if row.Count == 0 && !row.Gap && !r.detectors[0].Next().IsZero() {
		if row.Lift != r.lift {
			r.catchUp()
		}
		r.zeros, r.lift = r.zeros+1, row.Lift
		return
	}
	r.catchUp()
	for i, d := range r.detectors {
		v := d.Step(row.At, row.Count, row.Lift, row.Gap)
		r.began[i] = v.Alert
		if i == 0 && row.Count > 0 && v.Observed-v.Expected >= minExcess {
			r.hour.score = max(r.hour.score, v.Score)
		}
	}
}

// catchUp lets the detectors read the zeros.
func (r *rig) catchUp() {
	for _, d := range r.detectors {
		d.SkipLifted(r.zeros, r.lift)
	}
	r.zeros = 0
}
