package engine

import (
	"fenghuo/detectors/surge"
	"fenghuo/schemas"
)

// The parts of a brand's false-alarm budget. They add up to 1, so that the sum
// over all detectors is at most the budget whatever the series share (union
// bound); since the signals of one subject rise together and make one
// incident, the sum is less. Complaints get as much as mentions: they decide
// the level. The SKUs' parts are divided by the number of SKUs that spoke
// lately (Bonferroni with equal weights), the types' parts by their number.
const (
	partMentions   = .25
	partComplaints = .25
	partTypes      = .10
	partShare      = .10
	partKeywords   = .05

	partSKUMentions   = .07
	partSKUComplaints = .12
	partSKUTypes      = .04
	partSKUShare      = .02
)

// budgets are the parameters of a subject's series.
type budgets struct {
	mentions, complaints, types surge.Params
}

// brandBudgets are for the brand as a whole; skuBudgets for each of n SKUs.
func (e *Engine) brandBudgets() *budgets {
	b := e.newBudgets()
	total := e.cfg.FalseAlarmsPerBrandWeek
	b.mentions.SetBudget(partMentions * total)
	b.complaints.SetBudget(partComplaints * total)
	b.types.SetBudget(partTypes * total / float64(len(schemas.ComplaintTypes)))
	return b
}

func (e *Engine) newBudgets() *budgets {
	p := surge.Params{Step: Pane, Location: e.cfg.Location, Budget: e.cfg.FalseAlarmsPerBrandWeek}
	for _, w := range e.cfg.Windows {
		p.Windows = append(p.Windows, int(w/Pane))
	}
	return &budgets{mentions: p, complaints: p, types: p}
}

// share divides the SKUs' budget among n of them.
func (b *budgets) share(total float64, n int) {
	each := total / float64(max(1, n))
	b.mentions.SetBudget(partSKUMentions * each)
	b.complaints.SetBudget(partSKUComplaints * each)
	b.types.SetBudget(partSKUTypes * each / float64(len(schemas.ComplaintTypes)))
}

func (b *budgets) of(signal schemas.Signal) *surge.Params {
	switch signal {
	case schemas.SignalMentions:
		return &b.mentions
	case schemas.SignalComplaints:
		return &b.complaints
	}
	return &b.types
}
