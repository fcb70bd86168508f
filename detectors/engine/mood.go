package engine

import (
	"math"
	"time"

	"fenghuo/detectors/calibrate"
	"fenghuo/detectors/grade"
	"fenghuo/detectors/state"
)

// mood watches the negative share of a subject: over the windows of an hour
// and more, the binomial tail of the negative mentions under the usual share,
// calibrated on the subject's own daily maxima, which take in that real shares
// vary more than a binomial.
type mood struct{ daily calibrate.Daily }

// Floors: a share of fewer mentions says nothing.
const (
	moodAll      = 10
	moodNegative = 3
	moodPanes    = 12 // the shortest window that is looked at
)

// moodPrior: the score is the root of -2 ln of the tail, about a normal's z;
// the day's maximum over three overlapping windows is about 2.
var moodPrior = calibrate.Prior{Mean: 2, Spread: 1, Days: 3, MinSpread: .5}

// moodVerdict is what the mood says of a pane.
type moodVerdict struct {
	severity float64
	window   int // panes
}

// step looks at the windows that end with the current pane.
func (m *mood) step(day int64, windows []time.Duration, tallies []tally, share float64) (v moodVerdict) {
	best := 0.0
	for i := range tallies {
		panes := int(windows[i] / Pane)
		n, k := float64(tallies[i].all), float64(tallies[i].negative)
		if panes < moodPanes || n < moodAll || k < moodNegative || k <= share*n {
			continue
		}
		x := math.Sqrt(-2 * math.Log(max(1e-300, grade.BinomialTail(n, k, share))))
		if x > best {
			best, v.window = x, panes
		}
	}
	v.severity = m.daily.Step(day, best, moodPrior)
	return v
}

func (m *mood) append(w *state.Writer) { m.daily.Append(w) }
func (m *mood) read(r *state.Reader)   { m.daily.Read(r) }
