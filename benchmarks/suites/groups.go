package suites

import (
	"fmt"
	"time"
)

// Seed is the root of every draw; quiet weeks, crises and the comparison use
// Seed, Seed+1 and Seed+2.
const Seed = 20241111

// Step is the row length of the simulated series: the pane at which the
// detector evaluates. Its windows are the default ones.
const Step = 5 * time.Minute

// Warmup is how long a series runs before it is measured.
const Warmup = 4 * 7 * 24 * time.Hour

// The noises of the groups. The variance of an hour over its mean at 10 an
// hour is 1, about 3.1 and about 7; NAB's brands have 2.5 to 1205.
var noises = []struct {
	Name  string
	Noise Noise
}{
	{"even", Noise{}},
	{"usual", Noise{Pane: 1, Hour: 8}},
	{"bursty", Noise{Pane: .5, Hour: 2.5, Day: .25}},
}

// Rates are the base rates in mentions an hour.
var Rates = []float64{.05, .5, 2, 5, 10, 100, 500}

// usual is a rhythm that falls to a fifth at night and by a quarter at the
// weekend.
var usual = Rhythm{Depth: .8, Weekend: .75}

// Groups is the grid: every rate with every noise, then one condition at a
// time at 10 an hour.
func Groups() []Group {
	var g []Group
	for _, n := range noises {
		for _, r := range Rates {
			g = append(g, Group{Name: fmt.Sprintf("%s %g/h", n.Name, r), Rate: r, Noise: n.Noise, Rhythm: usual})
		}
	}
	base := Group{Rate: 10, Noise: noises[1].Noise, Rhythm: usual}
	with := func(name string, change func(*Group)) {
		x := base
		x.Name = name + " 10/h"
		change(&x)
		g = append(g, x)
	}
	with("flat rhythm", func(x *Group) { x.Rhythm = Rhythm{Weekend: 1} })
	with("strong rhythm", func(x *Group) { x.Rhythm = Rhythm{Depth: .95, Weekend: .4} })
	with("promotion x3 a fortnight", func(x *Group) {
		x.Promotion = Promotion{Every: 14 * 24 * time.Hour, Length: 24 * time.Hour, Lift: 3}
	})
	with("5 % outages", func(x *Group) { x.Missing = .05 })
	return g
}

// Shape is a crisis with the budget at which it is looked for.
type Shape struct {
	Name   string
	Crisis Crisis
	Budget float64
}

// Shapes are the crises: all last until the end of the search.
func Shapes() []Shape {
	return []Shape{
		{"step to x3 for 48 h", Crisis{Factor: 3, Length: 48 * time.Hour}, .1},
		{"ramp to x3 over 6 h, 48 h", Crisis{Factor: 3, Ramp: 6 * time.Hour, Length: 48 * time.Hour}, .1},
		{"slow burn +60 % for 72 h", Crisis{Factor: 1.6, Length: 72 * time.Hour}, 1},
		{"slow burn rising to +60 % in 72 h, 120 h", Crisis{Factor: 1.6, Ramp: 72 * time.Hour, Length: 120 * time.Hour}, 1},
	}
}

// Size is how much of the grid is run.
type Size struct {
	Weeks  map[float64]int // quiet brand-weeks by budget
	Crises int             // series a group and shape
	Peers  int             // quiet brand-weeks of the comparison
}

// Full is what the published figures use; Quick is a look in about a minute.
var (
	Full  = Size{Weeks: map[float64]int{.1: 2000, 1: 300, 10: 300}, Crises: 200, Peers: 640}
	Quick = Size{Weeks: map[float64]int{.1: 160, 1: 60, 10: 20}, Crises: 30, Peers: 80}
)
