package suites

import (
	"fmt"
	"image/color"
	"math"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// plots draws observed over promised and the delay of a step to x3 against the
// base rate, a line for each noise, and the sensitivity against the size of a
// step, a line for each rate; all of the plain groups.
func (r *Report) plots(dir string) error {
	if len(r.Groups) == 0 {
		return nil
	}
	triple := shapeNumber(Crisis{Factor: 3, Length: Shapes()[0].Crisis.Length})
	budget := newChart("False alarms: observed over promised, budget 0.1 a week", "mentions an hour", "ratio", Rates)
	budget.mark(maxRatio)
	budget.mark(minRatio)
	delay := newChart("Step to x3: median delay, budget 0.1 a week", "mentions an hour", "hours", Rates)
	for _, n := range Noises {
		var ratios, delays plotter.XYs
		for i := range r.Groups {
			g := &r.Groups[i]
			if !g.plain() || g.Noise != n.Name {
				continue
			}
			ratios = append(ratios, plotter.XY{X: g.Rate, Y: float64(g.Quiet[0].Ratio)})
			if d := g.Crises[triple].DelayHours[0]; d >= 0 {
				delays = append(delays, plotter.XY{X: g.Rate, Y: float64(d)})
			}
		}
		budget.line(n.Name, ratios)
		delay.line(n.Name, delays)
	}
	size := newChart("Sensitivity to a step, usual noise, budget 0.1 a week", "size of the crisis, times the usual", "found", sizes)
	size.Y.Max = 1
	for i := range r.Groups {
		g := &r.Groups[i]
		if !g.plain() || g.Noise != Noises[1].Name {
			continue
		}
		var found plotter.XYs
		for k, s := range Shapes() {
			if s.Crisis.Ramp == 0 && s.Crisis.Length == Shapes()[0].Crisis.Length {
				found = append(found, plotter.XY{X: s.Crisis.Factor, Y: float64(g.Crises[k].Found[0])})
			}
		}
		size.line(fmt.Sprintf("%g/h", g.Rate), found)
	}
	for name, c := range map[string]*chart{"budget": budget, "delay": delay, "size": size} {
		if err := c.save(filepath.Join(dir, "detectors-"+name+".svg")); err != nil {
			return err
		}
	}
	return nil
}

// chart is a plot with a logarithmic x axis and a legend to the right of the
// lines.
type chart struct {
	*plot.Plot
	lines []any // names and points in turn
}

// newChart has ticks at the x values that were measured.
func newChart(title, x, y string, at []float64) *chart {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.X.Scale = plot.LogScale{}
	var ticks plot.ConstantTicks
	for _, v := range at {
		ticks = append(ticks, plot.Tick{Value: v, Label: fmt.Sprint(v)})
	}
	p.X.Tick.Marker = ticks
	first, last := at[0], at[len(at)-1]
	p.X.Min, p.X.Max = first, last*math.Pow(last/first, .2) // room for the legend
	p.Y.Min = 0
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	return &chart{Plot: p}
}

// mark draws a goal.
func (c *chart) mark(y float64) {
	f := plotter.NewFunction(func(float64) float64 { return y })
	f.Color, f.Dashes = color.Gray{128}, []vg.Length{vg.Points(2), vg.Points(2)}
	c.Add(f)
	c.Y.Max = max(c.Y.Max, y)
}

func (c *chart) line(name string, points plotter.XYs) {
	if len(points) > 0 {
		c.lines = append(c.lines, name, points)
	}
}

func (c *chart) save(file string) error {
	if err := plotutil.AddLinePoints(c.Plot, c.lines...); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return c.Save(16*vg.Centimeter, 9*vg.Centimeter, file)
}
