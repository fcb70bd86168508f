package suites

// portfolio prints the brands with many SKUs.
func (r *Report) portfolio(p *printer) {
	if len(r.Portfolio) == 0 {
		return
	}
	x := &r.Portfolio[0]
	p.f("\n## %d SKUs of %d brands at once\n\nAll detectors and signals through one engine, brands with %d SKUs each, all of which speak; incidents of the brand and of its SKUs on quiet weeks together, over the budget of the brand. How they are drawn: benchmarks/suites/portfolio.go.\n", x.SKUs, x.Brands, x.SKUs/x.Brands)
	p.f("\n| budget a brand-week | brand-weeks | mentions | incidents of brands | of SKUs | yellow or worse | observed over promised |")
	for _, rate := range rates {
		p.f(" brands at %g/h |", rate)
	}
	p.f("\n|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for i := range r.Portfolio {
		x := &r.Portfolio[i]
		p.f("| %g | %d | %d | %d | %d | %d | %.2f |", x.Budget, x.BrandWeeks, x.Mentions, x.OfBrands, x.OfSKUs, x.Yellow, x.Ratio)
		for _, q := range x.ByRate {
			p.f(" %.2f ± %.2f |", q.Ratio, q.Error())
		}
		p.f("\n")
	}
	p.f("\nThen every brand meets one crisis of 48 hours. Found is an incident of the brand or of the SKU that is struck; two incidents are a SKU's and then its brand's, which takes the SKU's in: at most one of them is open.\n\n| budget | crisis | number | found | graded yellow or worse | median delay h | a SKU first | one incident | two | more | two open at once | incidents of other SKUs |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for i := range r.Portfolio {
		x := &r.Portfolio[i]
		for _, b := range x.Blows {
			p.f("| %g | %s | %d | %.2f | %.2f | %s | %d | %d | %d | %d | %d | %d |\n", x.Budget, b.Kind, b.Crises, b.Found, b.Yellow, hours(b.DelayHours), b.SKUFirst, b.One, b.Two, b.More, b.Both, b.Others)
		}
	}
}
