package suites

import (
	"fmt"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// plots draws observed over promised, and the delay of a step to x3, against
// the base rate; a line for each noise.
func (r *Report) plots(dir string) error {
	if len(r.Groups) == 0 {
		return nil
	}
	err := r.plot(filepath.Join(dir, "detectors-budget.svg"), "False alarms: observed over promised, budget 0.1 a week", "ratio",
		func(g GroupReport) (float64, bool) { return g.Quiet[0].Ratio, true })
	if err != nil {
		return err
	}
	return r.plot(filepath.Join(dir, "detectors-delay.svg"), "Step to x3: median delay, budget 0.1 a week", "hours",
		func(g GroupReport) (float64, bool) { return g.Crises[0].DelayHours, g.Crises[0].DelayHours >= 0 })
}

func (r *Report) plot(file, title, unit string, value func(GroupReport) (float64, bool)) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, "mentions an hour", unit
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{}
	p.Y.Min = 0
	p.Add(plotter.NewGrid())
	var lines []any
	for _, n := range noises {
		var xy plotter.XYs
		for _, g := range r.Groups {
			if y, ok := value(g); ok && strings.HasPrefix(g.Group, n.Name+" ") {
				xy = append(xy, plotter.XY{X: g.Rate, Y: y})
			}
		}
		if len(xy) > 0 {
			lines = append(lines, n.Name, xy)
		}
	}
	if err := plotutil.AddLinePoints(p, lines...); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return p.Save(16*vg.Centimeter, 9*vg.Centimeter, file)
}
