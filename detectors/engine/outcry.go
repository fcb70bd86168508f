package engine

import (
	"math"
	"time"

	"fenghuo/detectors/grade"
	"fenghuo/schemas"
)

// prior is a beta distribution of the share that a complaint type has among the
// mentions of a brand or SKU.
type prior struct{ a, b float64 }

// What is known of such shares before a brand is: measured on 117 brands and
// products with at least 20 mentions each (hot searches, tweets to airlines, shop
// reviews). Service, logistics, quality and prices are a brand's daily bread:
// means up to .30, at most .35. Of the others the mean is .00 to .07, a tenth is
// over .16, and the highest is .38.
var (
	everyday = prior{.6, 4}
	rare     = prior{.3, 6}
)

func priorOf(kind schemas.ComplaintType) prior {
	switch kind {
	case schemas.ProductSafety, schemas.DataSecurity, schemas.CounterfeitIP, schemas.Compliance,
		schemas.BrandImage, schemas.InternalManagement:
		return rare
	}
	return everyday // types of the config's own, too
}

// grave is the most reports of one type of complaint that is no brand's daily
// bread.
func (c *said) grave() (most float64) {
	for _, t := range c.types {
		if t.n >= minGrave && priorOf(t.kind) == rare {
			most = max(most, c.reports(schemas.SignalComplaintType, t.kind))
		}
	}
	return most
}

// danger tells whether reports of one of these types are more than chance
// brings to such a window, of which so many are looked at and where so many
// mentions are expected: at their usual share of the mentions that there are, if
// these are more, since a sale brings more of everything. What is usual of the
// type is the subject's own, beside what is known of others.
func (s *subject) danger(w *window, expected, windows float64) bool {
	for _, t := range w.types {
		if priorOf(t.kind) != rare {
			continue
		}
		usual := (s.usual.kind(t.kind) + rare.a) / (s.usual.all + rare.a + rare.b)
		if grade.Danger(w.reports(schemas.SignalComplaintType, t.kind), usual*max(expected, float64(w.all)), windows) {
			return true
		}
	}
	return false
}

// evidence is log10 of the Bayes factor of k in n by a subject that is in a
// crisis, whose share may be anything, against one that is like others. Under
// the prior it ever reaches x with a chance of at most 10^-x, however often it is
// looked at (Ville's inequality, as for grade.Angry).
func (p prior) evidence(k, n float64) float64 {
	crisis := lbeta(k+1, n-k+1)
	usual := lbeta(k+p.a, n-k+p.b) - lbeta(p.a, p.b)
	return (crisis - usual) / math.Ln10
}

func lbeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

// minOutcry is how many reports are no outcry yet.
const minOutcry = 5

// findOutcry speaks while every other detector is deaf: of a brand that was just
// added nobody knows how much is usual, but something of what is said about any.
// When most of it is burns, that is no brand's daily bread.
func (e *Engine) findOutcry(s *subject, p int64, spoke bool, f *finding) {
	if p-s.brand.heard.since >= deaf || !spoke && !s.incident.Open {
		return
	}
	day := s.day()
	all := float64(day.all-day.complaints) + day.reports(schemas.SignalComplaints, "")
	for _, t := range day.types {
		n := day.reports(schemas.SignalComplaintType, t.kind)
		if n < minOutcry || n < all/2 {
			continue
		}
		if x := priorOf(t.kind).evidence(min(n, all), all); x >= -math.Log10(e.outcryBudget(s)) {
			f.hear(schemas.SignalComplaintType, t.kind, spoke, true, x, memoryPanes, s.firstOf(t.kind))
		}
	}
}

// outcryBudget is the chance that a type of complaint may raise a false alarm of
// the subject while it is deaf: nothing else spends the budget then. Half is the
// brand's own, half its SKUs'.
func (e *Engine) outcryBudget(s *subject) float64 {
	const weeks = float64(deaf) / float64(learning)
	chance := e.cfg.FalseAlarmsPerBrandWeek * s.brand.business.posts() * weeks / 2 / types
	if s.sku != "" {
		chance /= float64(max(1, s.brand.speaking, s.brand.spokeBefore))
	}
	return chance
}

// firstOf is when the complaints of a type that are still in sight began.
func (s *subject) firstOf(kind schemas.ComplaintType) (at time.Time) {
	for i := range s.panes {
		if countOf(s.panes[i].types, kind) > 0 {
			return paneStart(s.panes[i].at)
		}
	}
	return at
}
