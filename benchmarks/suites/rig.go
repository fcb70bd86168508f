package suites

import (
	"math"
	"slices"
	"sync"
	"time"

	"fenghuo/detectors/calibrate"
	"fenghuo/detectors/surge"
)

// rig watches one series with all that is measured: the surge detector, whose
// alarms at several budgets follow from its severities, and the methods of the
// comparison, which score hours.
type rig struct {
	detector *surge.Detector
	watches  []watch // one a budget
	zeros    int     // rows of nothing that the detector has not read
	lift     float64 // under which the zeros came
	hour     hour    // in progress
	past     past
}

// watch is the alarms of one budget. A budget decides where an alarm begins,
// and nothing of what is learned.
type watch struct {
	threshold float64   // severity
	until     time.Time // an alarm is open until here
	began     bool      // an alarm began with the latest row
}

// hour is an hour of a series.
type hour struct {
	rows  int
	count float64
	gap   bool    // some of it was out
	score float64 // the surge detector's highest on a row that may alarm
}

const rowsPerHour = int(time.Hour / Step)

// parameters are the surge detector's, at a budget that plays no part.
var parameters = sync.OnceValue(func() *surge.Params {
	p := surge.Defaults(Step)
	if err := p.Validate(); err != nil {
		panic(err)
	}
	return p
})

func newRig(budgets []float64) *rig {
	r := &rig{detector: surge.New(parameters()), hour: hour{score: math.Inf(-1)}}
	for _, b := range budgets {
		r.watches = append(r.watches, watch{threshold: calibrate.Threshold(b)})
	}
	return r
}

// fork returns a rig that goes on as r would.
func (r *rig) fork() *rig {
	r.catchUp()
	c := *r
	c.detector, c.watches, c.past = surge.New(parameters()), slices.Clone(r.watches), r.past.clone()
	b, err := r.detector.MarshalBinary()
	if err == nil {
		err = c.detector.UnmarshalBinary(b)
	}
	if err != nil {
		panic(err) // the same parameters wrote it
	}
	return &c
}

// minExcess and hold are the surge detector's least excess for an alarm, and
// how long an alarm stays open after the last row that would begin one. A score
// of fewer mentions counts for nothing in the comparison either.
const (
	minExcess = 2.5
	hold      = 24 * time.Hour
)

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

// detect lets the detector read the row. Zeros, which begin no alarm, are read
// together later.
func (r *rig) detect(row Row) {
	for i := range r.watches {
		r.watches[i].began = false
	}
	if row.Count == 0 && !row.Gap && !r.detector.Next().IsZero() {
		if row.Lift != r.lift {
			r.catchUp()
		}
		r.zeros, r.lift = r.zeros+1, row.Lift
		return
	}
	r.catchUp()
	v := r.detector.Step(row.At, row.Count, row.Lift, row.Gap)
	if row.Count == 0 || v.Observed-v.Expected < minExcess {
		return
	}
	r.hour.score = max(r.hour.score, v.Severity())
	for i := range r.watches {
		if w := &r.watches[i]; v.Severity() >= w.threshold {
			w.began = !row.At.Before(w.until)
			w.until = row.At.Add(hold)
		}
	}
}

// catchUp lets the detector read the zeros.
func (r *rig) catchUp() {
	r.detector.SkipLifted(r.zeros, r.lift)
	r.zeros = 0
}
