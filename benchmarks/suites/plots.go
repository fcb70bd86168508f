package suites

import (
	"fmt"
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
	budget := newChart("False alarms: observed over promised, budget 0.1 a week", "mentions an hour", "ratio")
	delay := newChart("Step to x3: median delay, budget 0.1 a week", "mentions an hour", "hours")
	for _, n := range Noises {
		var ratios, delays plotter.XYs
		for i := range r.Groups {
			g := &r.Groups[i]
			if !g.plain() || g.Noise != n.Name {
				continue
			}
			ratios = append(ratios, plotter.XY{X: g.Rate, Y: g.Quiet[0].Ratio})
			if d := g.Crises[triple].DelayHours[0]; d >= 0 {
				delays = append(delays, plotter.XY{X: g.Rate, Y: d})
			}
		}
		budget.line(n.Name, ratios)
		delay.line(n.Name, delays)
	}
	size := newChart("Sensitivity to a step, usual noise, budget 0.1 a week", "size of the crisis, times the usual", "found")
	size.X.Max, size.Y.Max = 6.5, 1.02
	for i := range r.Groups {
		g := &r.Groups[i]
		if !g.plain() || g.Noise != Noises[1].Name {
			continue
		}
		var found plotter.XYs
		for k, s := range Shapes() {
			if s.Crisis.Ramp == 0 && s.Crisis.Length == Shapes()[0].Crisis.Length {
				found = append(found, plotter.XY{X: s.Crisis.Factor, Y: g.Crises[k].Found[0]})
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

// chart is a plot with a logarithmic x axis and a legend beside the lines.
type chart struct {
	*plot.Plot
	lines []any // names and points in turn
}

func newChart(title, x, y string) *chart {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{}
	p.Y.Min = 0
	p.Legend.Top, p.Legend.XOffs = true, -vg.Millimeter
	p.Add(plotter.NewGrid())
	return &chart{Plot: p}
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
