package suites

import (
	"fmt"
	"slices"
	"strings"
)

// comparison prints the methods at equal false alarms.
func (r *Report) comparison(p *printer) {
	if len(r.Groups) == 0 {
		return
	}
	p.f("\n## Compared at equal observed false alarms\n\nHourly scores, 24 h hold. Every method's threshold is set in every group apart, on its %d quiet weeks, so that all raise the same; every crisis of every shape is looked for by all methods in the same draws. The published ones are told of no promotion. `se` is the standard error of the paired difference.\n", r.Groups[0].Quiet[0].Weeks)
	for b := range crisisBudgets {
		r.equal(p, b)
	}
}

func (r *Report) equal(p *printer, b int) {
	p.f("\n### %g a week\n\nMean sensitivity over all shapes and groups of a rate:\n\n| rate | groups |", crisisBudgets[b])
	for _, m := range Methods {
		p.f(" %s |", m)
	}
	p.f("\n|---|---|%s\n", strings.Repeat("---|", len(Methods)))
	for _, rate := range Rates {
		n := 0
		for i := range r.Groups {
			if r.Groups[i].Rate == rate {
				n++
			}
		}
		p.f("| %g/h | %d |", rate, n)
		for m := range Methods {
			p.f(" %s |", r.mean(rate, func(g *GroupReport) float64 { return g.Equal[b].overall(m) }))
		}
		p.f("\n")
	}
	r.byShape(p, b)
	r.verdicts(p, b)
}

// overall is a method's mean sensitivity over all shapes.
func (e *Equal) overall(m int) float64 {
	sum := 0.0
	for _, s := range e.Shapes {
		sum += float64(s.Found[m])
	}
	return sum / float64(len(e.Shapes))
}

// byShape is every shape at the rates up to 5 an hour.
func (r *Report) byShape(p *printer, b int) {
	p.f("\nBy shape, mean sensitivity / mean of the median delays in hours, all groups up to %d an hour:\n\n| crisis |", rivalsRate)
	for _, m := range Methods {
		p.f(" %s |", m)
	}
	p.f("\n|---|%s\n", strings.Repeat("---|", len(Methods)))
	for k, s := range Shapes() {
		p.f("| %s |", s.Name)
		for m := range Methods {
			found, delay, n, timed := 0.0, 0.0, 0, 0
			for i := range r.Groups {
				g := &r.Groups[i]
				if g.Rate > rivalsRate {
					continue
				}
				x := &g.Equal[b].Shapes[k]
				found += float64(x.Found[m])
				n++
				if x.DelayHours[m] >= 0 {
					delay += float64(x.DelayHours[m])
					timed++
				}
			}
			p.f(" %.2f / %.1f |", found/float64(max(1, n)), delay/float64(max(1, timed)))
		}
		p.f("\n")
	}
}

// verdicts holds the comparison against the goal: above EARS, Farrington and
// the mean in every group up to 5 an hour, nowhere below any by more than the
// sampling error.
func (r *Report) verdicts(p *printer, b int) {
	p.f("\nOver all shapes, group by group, against each method: above, below, and below by more than two standard errors. By chance alone one in forty comparisons of equals is.\n\n| against | groups up to %d/h: above | below | significantly | groups over %d/h: above | below | significantly | single shapes significantly below, all groups |\n|---|---|---|---|---|---|---|---|\n", rivalsRate, rivalsRate)
	var worse []string
	for m := 1; m < len(Methods); m++ {
		var above, below, under [2]int
		shapes, all := 0, 0
		for i := range r.Groups {
			g := &r.Groups[i]
			e := &g.Equal[b]
			slow := 0
			if g.Rate > rivalsRate {
				slow = 1
			}
			switch x := e.Over[m]; {
			case x.Mean > 0:
				above[slow]++
			case x.Mean < 0:
				below[slow]++
				if x.below() {
					under[slow]++
					worse = append(worse, fmt.Sprintf("%s against %s %+.3f (se %.3f)", g.Group, Methods[m], x.Mean, x.Error))
				}
			}
			for k := range e.Shapes {
				all++
				if slices.Contains(e.Shapes[k].Below, Methods[m]) {
					shapes++
				}
			}
		}
		p.f("| %s | %d | %d | %d | %d | %d | %d | %s |\n", Methods[m], above[0], below[0], under[0], above[1], below[1], under[1], of(shapes, all))
	}
	slices.Sort(worse)
	p.f("\nGroups significantly below%s.\n", cmpNone(listed(worse)))
}

func cmpNone(list string) string {
	if list == "" {
		return ": none"
	}
	return list
}
