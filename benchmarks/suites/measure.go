package suites

import (
	"math"
	"strconv"
	"time"
)

// weeksPerSeries is how long a quiet series is measured after its warm-up.
const weeksPerSeries = 20

// GroupReport is what was measured on a group.
type GroupReport struct {
	Group     string        `json:"group"`
	Rate      float64       `json:"rate_per_hour"`
	Noise     string        `json:"noise"`
	Rhythm    string        `json:"rhythm"`
	Promotion string        `json:"promotions"`
	Outages   float64       `json:"outages"`
	Quiet     []Quiet       `json:"quiet"`  // by budget
	Crises    []Sensitivity `json:"crises"` // by shape
	Equal     []Equal       `json:"equal"`  // the methods compared, by budget
}

// Plain tells whether the group is one of those printed one by one.
func (g *GroupReport) plain() bool {
	return g.Rhythm == Rhythms[0].Name && g.Promotion == Promotions[0].Name && g.Outages == 0
}

// Quiet is the outcome of a group's quiet weeks at one budget.
type Quiet struct {
	Budget float64 `json:"budget"` // promised false alarms a week
	Weeks  int     `json:"weeks"`
	Alarms int     `json:"alarms"`
	Ratio  figure  `json:"observed_over_promised"`
}

// figure is a measured number; a report has three decimals of it.
type figure float64

// MarshalJSON writes three decimals at most.
func (f figure) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, math.Round(float64(f)*1000)/1000, 'f', -1, 64), nil
}

// Error is the standard error of the ratio, were the alarms independent.
func (q Quiet) Error() float64 { return math.Sqrt(float64(q.Alarms)) / (q.Budget * float64(q.Weeks)) }

// Sensitivity is the outcome of a group's crises of one shape at the budgets
// .1 and 1.
type Sensitivity struct {
	Shape      string   `json:"shape"`
	Crises     []int    `json:"crises"` // without those whose alarm was open before
	Found      []figure `json:"found"`
	DelayHours []figure `json:"delay_h"` // median of those found, after the onset; -1 without any
}

// crisisBudgets are the budgets at which crises are looked for.
var crisisBudgets = Budgets[:2]

// Measure measures a group: false alarms on quiet weeks, crises, and the
// methods compared.
func Measure(g Group, size Size) GroupReport {
	r := GroupReport{Group: g.Name(), Rate: g.Rate, Noise: g.Noise.Name, Rhythm: g.Rhythm.Name, Promotion: g.Promotion.Name, Outages: g.Missing}
	quiet, calm := measureQuiet(g, size.Weeks)
	r.Quiet, r.Equal = quiet, equalise(crisisBudgets, calm)
	m := newMatch(r.Equal, size.Crises)
	for i := range size.Crises {
		m.strike(g, i)
	}
	r.Crises = m.sensitivities()
	m.compare(r.Equal)
	return r
}

// measureQuiet counts alarms on quiet series at all Budgets and returns the
// hourly scores of all methods, by series.
func measureQuiet(g Group, weeks int) ([]Quiet, [][]scores) {
	quiet := make([]Quiet, len(Budgets))
	var calm [][]scores
	measured := epoch.Add(Warmup)
	for i := 0; weeks > i*weeksPerSeries; i++ {
		n := min(weeksPerSeries, weeks-i*weeksPerSeries)
		s, r := NewStream(g, Step, Seed, i), newRig(Budgets)
		hours := make([]scores, 0, n*weekHours)
		for end := measured.Add(time.Duration(n) * week); s.at.Before(end); {
			row := s.Next()
			if hour := r.step(row); hour != nil {
				hours = append(hours, *hour)
			}
			for b := range r.watches {
				if r.watches[b].began && !row.At.Before(measured) {
					quiet[b].Alarms++
				}
			}
		}
		calm = append(calm, hours)
	}
	for b := range quiet {
		q := &quiet[b]
		q.Budget, q.Weeks = Budgets[b], weeks
		q.Ratio = figure(float64(q.Alarms) / (q.Budget * float64(q.Weeks)))
	}
	return quiet, calm
}
