package suites

import (
	"fmt"
	"slices"
	"strings"
)

// The goals that the tables are held against.
const (
	maxRatio   = 1.5 // in every group
	minRatio   = .7  // from minRate on, at budgets up to 1
	minRate    = 5
	rivalsRate = 5 // up to here the first three published methods are to be beaten
)

func of(n, all int) string { return fmt.Sprintf("%d/%d", n, all) }

// shapeNumber is the index of a shape in a group's results.
func shapeNumber(crisis Crisis) int {
	return slices.IndexFunc(Shapes(), func(s Shape) bool { return s.Crisis == crisis })
}

func (r *Report) grid(p *printer) {
	if len(r.Groups) == 0 {
		return
	}
	p.f("\n## Simulated series\n\n%d groups: base rate x over-dispersion x rhythm x promotions x outages, every one with every other. Five-minute rows, the pane at which the detector evaluates; 4 weeks of warm-up, series of 20 weeks. Noise, rhythm and crisis shapes: benchmarks/suites/groups.go; every group alone: detectors.json.\n", len(r.Groups))
	r.budgets(p)
	r.conditions(p)
	r.outside(p)
	r.sensitivities(p)
	p.f("\n![Observed over promised](detectors-budget.svg)\n\n![Delay](detectors-delay.svg)\n\n![Sensitivity by size](detectors-size.svg)\n")
}

// budgets are the plain groups' quiet weeks.
func (r *Report) budgets(p *printer) {
	p.f("\n### Observed over promised false alarms\n\n%d weeks a group. Usual rhythm, no promotions, no outages. An alarm holds 24 h, so 10 a week cannot be reached.\n\n| group |", r.Groups[0].Quiet[0].Weeks)
	for _, q := range r.Groups[0].Quiet {
		p.f(" budget %g |", q.Budget)
	}
	p.f("\n|---|%s\n", strings.Repeat("---|", len(r.Groups[0].Quiet)))
	for i := range r.Groups {
		if g := &r.Groups[i]; g.plain() {
			p.f("| %s |", g.Group)
			for _, q := range g.Quiet {
				p.f(" %.2f |", q.Ratio)
			}
			p.f("\n")
		}
	}
}

// conditions are the means and extremes of all groups with a property.
func (r *Report) conditions(p *printer) {
	p.f("\nAll groups with a property, at the budgets %g and %g: mean (lowest to highest).\n\n| groups | number | budget %g | budget %g |\n|---|---|---|---|\n", Budgets[0], Budgets[1], Budgets[0], Budgets[1])
	row := func(name string, has func(*GroupReport) bool) {
		ratios := make([][]float64, 2)
		for i := range r.Groups {
			if g := &r.Groups[i]; has(g) {
				for b := range ratios {
					ratios[b] = append(ratios[b], float64(g.Quiet[b].Ratio))
				}
			}
		}
		if len(ratios[0]) > 0 {
			p.f("| %s | %d | %s | %s |\n", name, len(ratios[0]), spread(ratios[0]), spread(ratios[1]))
		}
	}
	for _, rate := range Rates {
		row(fmt.Sprintf("%g/h", rate), func(g *GroupReport) bool { return g.Rate == rate })
	}
	for _, n := range Noises {
		row(n.Name+" noise", func(g *GroupReport) bool { return g.Noise == n.Name })
	}
	for _, x := range Rhythms {
		row(x.Name+" rhythm", func(g *GroupReport) bool { return g.Rhythm == x.Name })
	}
	for _, x := range Promotions {
		row("promotions: "+x.Name, func(g *GroupReport) bool { return g.Promotion == x.Name })
	}
	for _, x := range Outages {
		row(fmt.Sprintf("%g %% outages", 100*x), func(g *GroupReport) bool { return g.Outages == x })
	}
}

func spread(x []float64) string {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", sum/float64(len(x)), slices.Min(x), slices.Max(x))
}

// outside lists the groups that miss the goals.
func (r *Report) outside(p *printer) {
	p.f("\nGoals: at most %g in every group; at least %g from %d an hour, at budgets up to 1.\n\n", maxRatio, minRatio, minRate)
	for b, budget := range Budgets {
		var high, low []string
		for i := range r.Groups {
			g := &r.Groups[i]
			q := g.Quiet[b]
			s := fmt.Sprintf("%s %.2f ± %.2f", g.Group, q.Ratio, q.Error())
			switch {
			case q.Ratio > maxRatio:
				high = append(high, s)
			case q.Ratio < minRatio && g.Rate >= minRate && budget <= 1:
				low = append(low, s)
			}
		}
		p.f("- Budget %g: %d of %d groups over%s", budget, len(high), len(r.Groups), listed(high))
		if budget <= 1 {
			p.f("; %d under%s", len(low), listed(low))
		}
		p.f(".\n")
	}
}

// listed is the items after a colon.
func listed(items []string) string {
	if len(items) == 0 {
		return ""
	}
	return ": " + strings.Join(items, "; ")
}

// sensitivities are the plain groups' crises of size 3 and the slow burn, and
// the means over all conditions for every shape.
func (r *Report) sensitivities(p *printer) {
	p.f("\n### Sensitivity and median delay in hours\n\nThe crisis begins at a random hour of the fifth week; %d series a group, where every shape meets the same draws. Plain groups:\n", r.Groups[0].Crises[0].Crises[0])
	columns := []struct {
		crisis Crisis
		budget int
	}{{Shapes()[1].Crisis, 0}, {Shapes()[2].Crisis, 0}, {Shapes()[3].Crisis, 0}, {Shapes()[6].Crisis, 0}, {Shapes()[10].Crisis, 0}, {Shapes()[12].Crisis, 1}, {Shapes()[13].Crisis, 1}}
	p.f("\n| group |")
	for _, c := range columns {
		p.f(" %s, budget %g |", Shapes()[shapeNumber(c.crisis)].Name, crisisBudgets[c.budget])
	}
	p.f("\n|---|%s\n", strings.Repeat("---|", len(columns)))
	for i := range r.Groups {
		g := &r.Groups[i]
		if !g.plain() {
			continue
		}
		p.f("| %s |", g.Group)
		for _, c := range columns {
			s := &g.Crises[shapeNumber(c.crisis)]
			p.f(" %.2f / %s |", s.Found[c.budget], hours(float64(s.DelayHours[c.budget])))
		}
		p.f("\n")
	}
	for b, budget := range crisisBudgets {
		p.f("\nMean sensitivity of all groups of a rate at budget %g:\n\n| crisis |", budget)
		for _, rate := range Rates {
			p.f(" %g/h |", rate)
		}
		p.f("\n|---|%s\n", strings.Repeat("---|", len(Rates)))
		for k, s := range Shapes() {
			p.f("| %s |", s.Name)
			for _, rate := range Rates {
				p.f(" %s |", r.mean(rate, func(g *GroupReport) float64 { return float64(g.Crises[k].Found[b]) }))
			}
			p.f("\n")
		}
	}
}

// mean is a value's mean over all groups of a rate; - without any.
func (r *Report) mean(rate float64, value func(*GroupReport) float64) string {
	sum, n := 0.0, 0
	for i := range r.Groups {
		if g := &r.Groups[i]; g.Rate == rate {
			sum += value(g)
			n++
		}
	}
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", sum/float64(n))
}
