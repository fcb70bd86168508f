package suites

import (
	"math"
	"slices"

	"fenghuo/detectors/reference"
)

// Methods are what is compared. Each gives every hour of a series a score; an
// alarm is a score over a threshold with none in the 24 hours before.
// The published ones are told of no promotion; an hour with an outage has no
// score and later stands for what the same hour of the day before had.
var Methods = []string{
	"fenghuo",
	"EARS C2, same hour",                // the seven days before the last two
	"Farrington, same hour and weekday", // and the hours beside it, of four weeks
	"7-day mean + k sd",                 // of hours
	"CUSUM of 24 h",                     // Rossi's residuals against the mean day of four weeks
}

// scores are an hour's, one a method.
type scores [5]float32

// past is what the published methods know of a series.
type past struct {
	hours []float64
	day   float64 // sum of the last 24 hours
	month float64 // of the last 28 days
	cusum reference.CUSUM
}

const (
	dayHours  = 24
	weekHours = 7 * dayHours
	warmHours = 4 * weekHours
)

func (p *past) clone() past {
	c := *p
	c.hours = slices.Clone(p.hours)
	return c
}

// score takes the next hour and scores it.
func (p *past) score(h *hour) *scores {
	i := len(p.hours)
	x := h.count
	if h.gap && i >= dayHours {
		x = p.hours[i-dayHours]
	}
	p.hours = append(p.hours, x)
	p.day, p.month = p.day+x, p.month+x
	if i >= dayHours {
		p.day -= p.hours[i-dayHours]
	}
	if i < warmHours {
		return nil
	}
	p.month -= p.hours[i-warmHours]
	s := &scores{}
	switch {
	case h.gap:
		for m := range s {
			s[m] = float32(math.Inf(-1))
		}
	default:
		s[1], s[2], s[3] = float32(p.ears(i)), float32(p.farrington(i)), float32(p.mean(i))
	}
	s[4] = float32(p.sum(i))
	return s
}

func (p *past) ears(i int) float64 {
	var days [7]float64
	for k := range days {
		days[k] = p.hours[i-dayHours*(k+3)]
	}
	return reference.Z(p.hours[i], days[:], .5)
}

func (p *past) farrington(i int) float64 {
	var list [12]float64
	n := 0
	for w := 1; w <= 4; w++ {
		for k := -1; k <= 1; k++ {
			if j := i - weekHours*w + k; j >= 0 {
				list[n] = p.hours[j]
				n++
			}
		}
	}
	return reference.FitFarrington(list[:n]).Z(p.hours[i])
}

func (p *past) mean(i int) float64 { return reference.Z(p.hours[i], p.hours[i-weekHours:i], .5) }

// sum is the CUSUM, which takes one value a day and holds it until the next.
func (p *past) sum(i int) float64 {
	if i%dayHours != dayHours-1 {
		return p.cusum.Sum
	}
	return p.cusum.Add(reference.Rossi(p.day, max(p.month/28, .1)))
}
