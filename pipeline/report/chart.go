package report

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// chart is the course of a crisis as bars, in the units of its viewBox.
type chart struct {
	Class         string // wide or narrow: CSS shows one of them
	Width, Height float64
	Left, Right   float64 // of the plot
	Top, Bottom   float64
	Bars          []bar
	Line          string // path of the measure, where it is one complaint type
	Levels        []tick // horizontal
	Days          []tick // vertical
	Marks         []mark
}

type bar struct {
	X, Width         float64
	UpsetY, UpsetH   float64
	OthersY, OthersH float64
	Title            string
}

type tick struct {
	At    float64
	Label string
}

// mark is a numbered moment.
type mark struct {
	X, Y float64
	moment
}

// moment is something that happened, as the legend tells it.
type moment struct {
	Number int
	Kind   string // CSS class
	At     time.Time
	Name   string
	Detail string
}

// The sizes of the two charts; letters are 11 units high in both.
var chartSizes = []struct {
	class         string
	width, height float64
	days          int // labels there is room for
}{{"wide", 960, 300, 12}, {"narrow", 350, 260, 4}}

const (
	markSize = 9 // radius
	markLane = 2*markSize + 2
)

// charts draws the course once for each size.
func (r *Report) charts(moments []moment) []chart {
	var list []chart
	for _, size := range chartSizes {
		c := chart{Class: size.class, Width: size.width, Height: size.height, Left: 38, Right: size.width - 6, Bottom: size.height - 22}
		lanes := c.mark(r, moments)
		c.Top = 10 + float64(lanes)*markLane
		c.draw(r)
		c.days(r, size.days)
		list = append(list, c)
	}
	return list
}

// x is where a time lies.
func (c *chart) x(r *Report, at time.Time) float64 {
	steps := float64(len(r.Series.Mentions) * r.Series.StepHours)
	return c.Left + (c.Right-c.Left)*at.Sub(r.From).Hours()/steps
}

// mark places the numbers in as many lanes as keep them apart.
func (c *chart) mark(r *Report, moments []moment) (lanes int) {
	var ends []float64
	for _, m := range moments {
		x := c.x(r, m.At)
		lane := 0
		for lane < len(ends) && ends[lane] > x-2*markSize-1 {
			lane++
		}
		if lane == len(ends) {
			ends = append(ends, 0)
		}
		ends[lane] = x
		c.Marks = append(c.Marks, mark{X: x, Y: 12 + float64(lane)*markLane, moment: m})
	}
	return len(ends)
}

func (c *chart) draw(r *Report) {
	s := r.Series
	highest := int64(1)
	for _, n := range s.Mentions {
		highest = max(highest, n)
	}
	unit := nice(float64(highest) / 3)
	top := unit * math.Ceil(float64(highest)/unit)
	y := func(n float64) float64 { return c.Bottom - (c.Bottom-c.Top)*n/top }
	for v := 0.; v <= top; v += unit {
		c.Levels = append(c.Levels, tick{y(v), short(int64(v))})
	}
	width := (c.Right - c.Left) / float64(len(s.Mentions))
	for i, n := range s.Mentions {
		if n == 0 {
			continue
		}
		upset := float64(s.Upset[i])
		at := r.From.Add(time.Duration(i*s.StepHours) * time.Hour)
		c.Bars = append(c.Bars, bar{
			X: c.Left + float64(i)*width, Width: max(width*.86, .6), UpsetY: y(upset), UpsetH: c.Bottom - y(upset),
			OthersY: y(float64(n)), OthersH: y(upset) - y(float64(n)),
			Title: fmt.Sprintf("%s: %d mentions, %d upset", at.In(r.zone).Format("2 Jan 15:04"), n, s.Upset[i]),
		})
	}
	if r.Measure.Name == measureType {
		counts := r.hours.steps(r.hours.all(r.Measure), s.StepHours)
		var b strings.Builder
		for i, n := range counts {
			fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(i, 1)], c.Left+(float64(i)+.43)*width, y(float64(n)))
		}
		c.Line = b.String()
	}
}

// days labels the begins of days, as many as there is room for.
func (c *chart) days(r *Report, room int) {
	first := day(r.From, r.zone)
	total := int(r.To.Sub(first).Hours()/24) + 1
	every := 1
	for _, every = range []int{1, 2, 3, 5, 7, 14, 28, 56} {
		if total/every <= room {
			break
		}
	}
	for i := 0; i < total; i += every {
		at := first.AddDate(0, 0, i)
		if at.Before(r.From) || !at.Before(r.To) || c.x(r, at) > c.Right-24 {
			continue
		}
		c.Days = append(c.Days, tick{c.x(r, at), at.Format("2 Jan")})
	}
}

// spark is a row's counts as the path of a step line in a box of n by 20.
func spark(counts []int64) string {
	highest := int64(1)
	for _, n := range counts {
		highest = max(highest, n)
	}
	var b strings.Builder
	b.WriteString("M0 20")
	for i, n := range counts {
		y := 20 - 19*float64(n)/float64(highest)
		fmt.Fprintf(&b, "V%.1fH%d", y, i+1)
	}
	b.WriteString("V20Z")
	return b.String()
}

// nice is the next of 1, 2, 5, 10, 20 ... at or above x.
func nice(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(max(x, 1))))
	for _, step := range []float64{1, 2, 5, 10} {
		if step*power >= x {
			return step * power
		}
	}
	return 10 * power
}
