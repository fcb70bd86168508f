package suites

import (
	"math"
	"slices"
	"time"

	"fenghuo/detectors/reference"
	"fenghuo/detectors/surge"
)

// A method gives every hour of a series a score; an alarm is a score over a
// threshold with none in the 24 hours before. Thresholds are set for each
// group and method apart, so that all raise the same false alarms.
type method struct {
	name  string
	score func(rows []Row) []float64 // one score an hour
}

var methods = []method{
	{"fenghuo", scoreSurge},
	{"EARS C2, same hour", scoreEARS},
	{"Farrington, same hour and weekday", scoreFarrington},
	{"7-day mean + k sd", scoreMean},
	{"CUSUM of 24 h", scoreCUSUM},
}

// Peer is one method's outcome in one group.
type Peer struct {
	Method     string  `json:"method"`
	Found      float64 `json:"sensitivity"`
	DelayHours float64 `json:"median_delay_h"`
	Observed   float64 `json:"false_alarms_a_week"`
}

// Compare measures all methods on a group's step to x3 at equal observed false
// alarms a week.
func Compare(g Group, budget float64, weeks, crises int) []Peer {
	const each = 16 // quiet weeks a series
	quiet := make([][][]float64, len(methods))
	for i := 0; i*each < weeks; i++ {
		rows := draw(NewStream(g, Step, Seed+2, i), Warmup+each*week)
		for m := range methods {
			quiet[m] = append(quiet[m], methods[m].score(rows)[warmHours:])
		}
	}
	threshold := make([]float64, len(methods))
	out := make([]Peer, len(methods))
	for m := range methods {
		threshold[m], out[m].Observed = equalise(quiet[m], budget)
		out[m].Method = methods[m].name
	}
	shape := Shapes()[0].Crisis
	delays := make([][]float64, len(methods))
	for i := range crises {
		s := NewStream(g, Step, Seed+3, i)
		onset := s.strikeAtRandom(shape)
		rows := draw(s, onset.Add(shape.Length).Sub(epoch))
		first := int(onset.Sub(epoch) / time.Hour)
		for m := range methods {
			for h, z := range methods[m].score(rows)[first:] {
				if z > threshold[m] {
					delays[m] = append(delays[m], float64(h)+1) // known at the hour's end
					break
				}
			}
		}
	}
	for m := range methods {
		out[m].Found = float64(len(delays[m])) / float64(crises)
		out[m].DelayHours = median(delays[m])
	}
	return out
}

const (
	rowsPerHour = int(time.Hour / Step)
	warmHours   = int(Warmup / time.Hour)
)

func draw(s *Stream, length time.Duration) []Row {
	rows := make([]Row, 0, length/Step)
	for len(rows) < cap(rows) {
		rows = append(rows, s.Next())
	}
	return rows
}

// equalise finds the lowest threshold that raises at most `budget` alarms a
// week, and what it raises.
func equalise(series [][]float64, budget float64) (threshold, observed float64) {
	weeks := 0.0
	var all []float64
	for _, s := range series {
		weeks += float64(len(s)) / (7 * 24)
		all = append(all, s...)
	}
	slices.Sort(all)
	i, _ := slices.BinarySearchFunc(all, 0, func(t, _ float64) int {
		if float64(alarms(series, t)) > budget*weeks {
			return -1
		}
		return 1
	})
	t := all[min(i, len(all)-1)]
	return t, float64(alarms(series, t)) / weeks
}

func alarms(series [][]float64, threshold float64) (n int) {
	for _, s := range series {
		until := 0
		for h, z := range s {
			if z > threshold && h >= until {
				n++
				until = h + 24
			}
		}
	}
	return n
}

// scoreSurge is the highest score of the rows of an hour that saw something.
func scoreSurge(rows []Row) []float64 {
	d := surge.New(surge.Defaults(Step))
	out := make([]float64, len(rows)/rowsPerHour)
	for h := range out {
		out[h] = math.Inf(-1)
		for _, r := range rows[h*rowsPerHour : (h+1)*rowsPerHour] {
			if v := d.Step(r.At, r.Count, r.Lift, r.Gap); r.Count > 0 && v.Observed-v.Expected >= 2.5 {
				out[h] = max(out[h], v.Score)
			}
		}
	}
	return out
}

func hourly(rows []Row) []float64 {
	x := make([]float64, len(rows)/rowsPerHour)
	for i, r := range rows {
		x[i/rowsPerHour] += r.Count
	}
	return x
}

// over scores every hour from `first` on; earlier ones never alarm.
func over(x []float64, first int, f func(i int) float64) []float64 {
	out := make([]float64, len(x))
	for i := range out {
		out[i] = math.Inf(-1)
		if i >= first {
			out[i] = f(i)
		}
	}
	return out
}

func scoreEARS(rows []Row) []float64 {
	x := hourly(rows)
	past := make([]float64, 7)
	return over(x, 9*24, func(i int) float64 {
		for k := range past {
			past[k] = x[i-24*(k+3)]
		}
		return reference.Z(x[i], past, .5)
	})
}

func scoreFarrington(rows []Row) []float64 {
	x := hourly(rows)
	var past []float64
	return over(x, 4*168, func(i int) float64 {
		past = past[:0]
		for w := 1; w <= 4; w++ {
			for k := -1; k <= 1; k++ {
				if j := i - 168*w + k; j >= 0 {
					past = append(past, x[j])
				}
			}
		}
		return reference.FitFarrington(past).Z(x[i])
	})
}

func scoreMean(rows []Row) []float64 {
	x := hourly(rows)
	return over(x, 168, func(i int) float64 { return reference.Z(x[i], x[i-168:i], .5) })
}

// scoreCUSUM sums Rossi's residuals of the last 24 hours against the mean day
// of four weeks.
func scoreCUSUM(rows []Row) []float64 {
	x := hourly(rows)
	sums := make([]float64, len(x)+1)
	for i, v := range x {
		sums[i+1] = sums[i] + v
	}
	c := reference.CUSUM{K: 1}
	return over(x, 28*24, func(i int) float64 {
		if i%24 != 23 { // one value a day, held until the next
			return c.Sum
		}
		mean := max((sums[i+1]-sums[i+1-28*24])/28, .1)
		return c.Add(reference.Rossi(sums[i+1]-sums[i+1-24], mean))
	})
}
