package engine

import (
	"fenghuo/detectors/surge"
	"fenghuo/schemas"
)

// The parts of a brand's false-alarm budget. They add up to 1, so that the sum
// over all detectors is at most the budget whatever the series share (union
// bound); since the signals of one subject rise together and make one
// incident, the sum is less. Complaints get most: they decide the
// level. The SKUs' parts are divided by the number of SKUs that spoke
// lately (Bonferroni with equal weights), the types' parts by their number.
const (
	partMentions   = .25
	partComplaints = .40
	partTypes      = .05
	partShare      = .08
	partKeywords   = .03

	partSKUMentions   = .05
	partSKUComplaints = .10
	partSKUTypes      = .02
	partSKUShare      = .02

	// What nobody can spend goes to the others: the SKUs' parts when no SKU
	// spoke lately, the types' and the share's of a brand too sparse for them.
	aloneGain  = 1 / (1 - partSKUMentions - partSKUComplaints - partSKUTypes - partSKUShare)
	sparseGain = (partMentions + partComplaints + partTypes + partShare + partKeywords) / (partMentions + partComplaints + partKeywords)

	// The signals of a subject rise together, since a complaint is a mention,
	// and make one incident; two complaints alone make none. So the parts
	// cost less than their sum: measured on simulated quiet brands they cost
	// .5 to .8 of it, of sparse ones .25 to .6. These factors spend the rest.
	denseOverlap  = 1
	sparseOverlap = 2
)

// budget is what one series of the subject may cost, in false alarms a week.
func (e *Engine) budget(s *subject, signal schemas.Signal) float64 {
	total := e.cfg.FalseAlarmsPerBrandWeek * s.brand.business.posts()
	n := max(s.brand.speaking, s.brand.spokeBefore)
	if s.sku != "" {
		return total * parts[1][signal] / float64(max(1, n))
	}
	total *= denseOverlap
	if s.sparse() {
		total *= sparseGain * sparseOverlap / denseOverlap
	}
	if n == 0 {
		total *= aloneGain
	}
	return total * parts[0][signal]
}

// sparse tells whether the cluster scan watches the subject's mentions.
func (s *subject) sparse() bool { return len(s.series) > 0 && s.series[0].surge == nil }

var types = float64(len(schemas.ComplaintTypes))

// parts are a series' parts of the budget, of a brand and of all its SKUs.
var parts = [2]map[schemas.Signal]float64{{
	schemas.SignalMentions:      partMentions,
	schemas.SignalComplaints:    partComplaints,
	schemas.SignalComplaintType: partTypes / types,
	schemas.SignalNegativeShare: partShare,
	schemas.SignalKeyword:       partKeywords,
}, {
	schemas.SignalMentions:      partSKUMentions,
	schemas.SignalComplaints:    partSKUComplaints,
	schemas.SignalComplaintType: partSKUTypes / types,
	schemas.SignalNegativeShare: partSKUShare,
}}

// budgets are the parameters of the surge detectors of a brand, or of all its
// SKUs.
type budgets struct {
	mentions, complaints, types, share surge.Params
}

func (e *Engine) newBudgets() *budgets {
	p := surge.Params{Step: Pane, Location: e.cfg.Location, Budget: e.cfg.FalseAlarmsPerBrandWeek}
	for _, w := range e.cfg.Windows {
		p.Windows = append(p.Windows, int(w/Pane))
	}
	return &budgets{p, p, p, p}
}

// set gives every detector its budget.
func (b *budgets) set(e *Engine, s *subject) {
	b.mentions.SetBudget(e.budget(s, schemas.SignalMentions))
	b.complaints.SetBudget(e.budget(s, schemas.SignalComplaints))
	b.share.SetBudget(e.budget(s, schemas.SignalNegativeShare))
	b.types.SetBudget(e.budget(s, schemas.SignalComplaintType))
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
