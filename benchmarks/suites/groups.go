package suites

import (
	"fmt"
	"slices"
	"time"
)

// Seed is the root of every draw; quiet weeks and crises of a group use Seed
// and Seed+1, the portfolio of SKUs Seed+2.
const Seed = 20241111

// Step is the row length of the simulated series: the pane at which the
// detector evaluates. Its windows are the default ones.
const Step = 5 * time.Minute

// Warmup is how long a series runs before it is measured.
const Warmup = 4 * week

const week = 7 * 24 * time.Hour

// Rates are the base rates in mentions an hour.
var Rates = []float64{.05, .5, 2, 5, 10, 100, 500}

// Noises are the over-dispersions. The variance of an hour over its mean at 10
// an hour is 1, about 3.1 and about 7; NAB's brands have 2.5 to 1205.
var Noises = []Noise{
	{Name: "even"},
	{Name: "usual", Pane: 1, Hour: 8},
	{Name: "bursty", Pane: .5, Hour: 2.5, Day: .25},
}

// Rhythms are the seasonalities: one that falls to a fifth at night and by a
// quarter at the weekend, none, and shop hours.
var Rhythms = []Rhythm{
	{Name: "daily", Depth: .8, Weekend: .75},
	{Name: "flat", Weekend: 1},
	{Name: "strong", Depth: .95, Weekend: .4},
}

// Promotions are none, and a day at three times the rate once a fortnight,
// which the detector is told of.
var Promotions = []Promotion{
	{Name: "none"},
	{Name: "x3 for a day a fortnight", Every: 2 * week, Length: 24 * time.Hour, Lift: 3},
}

// Outages are the shares of time in which the source is out, six hours at a
// time.
var Outages = []float64{0, .05}

// Groups is the grid: every rate with every noise, rhythm, promotion and
// outage, the plainest first.
func Groups() []Group {
	var groups []Group
	for _, n := range Noises {
		for _, r := range Rhythms {
			for _, p := range Promotions {
				for _, out := range Outages {
					for _, rate := range Rates {
						groups = append(groups, Group{Rate: rate, Noise: n, Rhythm: r, Promotion: p, Missing: out})
					}
				}
			}
		}
	}
	slices.SortStableFunc(groups, func(a, b Group) int { return a.conditions() - b.conditions() })
	return groups
}

// conditions is how many of the group's rhythm, promotions and outages are not
// the usual ones.
func (g Group) conditions() (n int) {
	if g.Rhythm != Rhythms[0] {
		n++
	}
	if g.Promotion.Every > 0 {
		n++
	}
	if g.Missing > 0 {
		n++
	}
	return n
}

// Plain tells whether the group has the usual rhythm and neither promotions
// nor outages: the groups whose figures are printed one by one.
func (g Group) Plain() bool { return g.conditions() == 0 }

// Name says what the group is.
func (g Group) Name() string {
	s := fmt.Sprintf("%s %g/h", g.Noise.Name, g.Rate)
	if g.Rhythm != Rhythms[0] {
		s += ", " + g.Rhythm.Name + " rhythm"
	}
	if g.Promotion.Every > 0 {
		s += ", promotions"
	}
	if g.Missing > 0 {
		s += ", outages"
	}
	return s
}

// Shape is a kind of crisis.
type Shape struct {
	Name   string
	Crisis Crisis
}

// sizes of the crises, as factors on the rate.
var sizes = []float64{1.5, 2, 3, 6}

// Shapes are the crises: four sizes with three ramps, and the two slow burns.
// All last until the end of the search.
func Shapes() []Shape {
	var shapes []Shape
	for _, ramp := range []struct {
		name         string
		ramp, length time.Duration
	}{
		{"step to x%g, 48 h", 0, 48 * time.Hour},
		{"to x%g in 6 h, 48 h", 6 * time.Hour, 48 * time.Hour},
		{"to x%g in 72 h, 120 h", 72 * time.Hour, 120 * time.Hour},
	} {
		for _, size := range sizes {
			shapes = append(shapes, Shape{fmt.Sprintf(ramp.name, size), Crisis{Factor: size, Ramp: ramp.ramp, Length: ramp.length}})
		}
	}
	return append(shapes,
		Shape{"slow burn +60 %, 72 h", Crisis{Factor: 1.6, Length: 72 * time.Hour}},
		Shape{"slow burn to +60 % in 72 h, 120 h", Crisis{Factor: 1.6, Ramp: 72 * time.Hour, Length: 120 * time.Hour}},
	)
}

// Budgets are the promises, in false alarms a week, that are measured on quiet
// weeks; crises are looked for at the first two.
var Budgets = []float64{.1, 1, 10}

// Size is how much is run of every group.
type Size struct {
	Groups    []Group
	Weeks     int       // quiet weeks
	Crises    int       // series a shape
	Portfolio Portfolio // brands with SKUs
}

// Full is what the published figures use.
func Full() Size {
	return Size{Groups: Groups(), Weeks: 2000, Crises: 100, Portfolio: portfolio}
}

// Quick is a look in about a minute: the plain groups, few weeks.
func Quick() Size {
	s := Size{Weeks: 160, Crises: 20, Portfolio: portfolio.part(10)}
	for _, g := range Groups() {
		if g.Plain() {
			s.Groups = append(s.Groups, g)
		}
	}
	return s
}
