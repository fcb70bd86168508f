package burst

import (
	"math"

	"fenghuo/detectors/calibrate"
)

// Detector decides whether the highest rise of a moment is unusual for the
// brand, calibrated on the brand's own daily maxima of the root of G².
type Detector struct{ calibrate.Daily }

// prior: the root of G² is about a standard normal's size; its maximum over
// some hundred words of a day is about 4.
var prior = calibrate.Prior{Mean: 4, Spread: 1.5, Days: 3, MinSpread: .5}

// MinCount is how many mentions have to hold a word that bursts.
const MinCount = 5

// minRatio is how far over the expected a word that bursts is.
const minRatio = 3

// Enough tells whether a word is frequent enough to burst.
func Enough(k, expected float64) bool { return k >= MinCount && k >= minRatio*expected }

// Step takes the highest G² of a moment on a day (days since 1970) and returns
// its severity.
func (d *Detector) Step(day int64, g2 float64) (severity float64) {
	return d.Daily.Step(day, math.Sqrt(g2), prior)
}
