package suites

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"fenghuo/detectors/engine"
	"fenghuo/schemas"
)

// Portfolio is many brands with many SKUs each, watched by one engine: the
// false alarms of everything together, and what a crisis makes of one SKU and
// of its brand.
//
// A brand has its rate by its number (rates). Its hours have the usual rhythm
// and a gamma factor of shape 8. SKU number k gets 1/k of the brand's mentions
// (Zipf); three in ten stay with the SKU of the mention before, as talk does.
// A complaint comes with 6 %, times a daily gamma factor of shape 8; other
// mentions are negative with 10 %. Each has three of 3,000 words.
//
// In the week after the quiet ones every brand meets one crisis of 48 hours, at
// a random hour; kinds take turns.
type Portfolio struct {
	Brands int
	SKUs   int // of each
	Weeks  int // quiet ones, after the warm-up
}

// portfolio is the published one: 20,000 SKUs.
var portfolio = Portfolio{Brands: 200, SKUs: 100, Weeks: 10}

// part is a portfolio with 1/n of the brands.
func (p Portfolio) part(n int) Portfolio {
	p.Brands /= n
	return p
}

// rates of the portfolio's brands, in mentions an hour, in turn.
var rates = []float64{.5, 1, 2, 5, 10}

// blow is a kind of crisis in the portfolio: extra mentions, most of them
// complaints of one type.
type blow struct {
	name  string
	sku   bool    // of the SKU number 10 only, else of all SKUs as usual
	extra float64 // mentions an hour
	times float64 // ... or times the brand's rate
}

var blows = []blow{
	{name: "one SKU, +1 an hour", sku: true, extra: 1},
	{name: "one SKU, +3 an hour", sku: true, extra: 3},
	{name: "the whole brand, x3", times: 2},
}

const (
	blowSKU       = 9 // index of the SKU that is struck
	blowComplains = .6
	blowLength    = 48 * time.Hour
)

// PortfolioReport is what the engine said at one budget.
type PortfolioReport struct {
	Budget     float64      `json:"budget"` // false alarms a brand-week
	Brands     int          `json:"brands"`
	SKUs       int          `json:"skus"`
	BrandWeeks int          `json:"brand_weeks"`
	Mentions   int          `json:"mentions"`
	OfBrands   int          `json:"brand_incidents"` // on quiet weeks
	OfSKUs     int          `json:"sku_incidents"`
	Yellow     int          `json:"yellow_or_worse"`
	Ratio      float64      `json:"observed_over_promised"`
	ByRate     []Quiet      `json:"by_brand_rate"` // in the order of rates
	Blows      []BlowReport `json:"crises"`
}

// BlowReport is what the crises of one kind made.
type BlowReport struct {
	Kind       string  `json:"kind"`
	Crises     int     `json:"crises"`      // without brands whose incident was open before
	Found      float64 `json:"sensitivity"` // an incident of the brand or of the SKU that is struck
	Yellow     float64 `json:"graded_yellow"`
	DelayHours float64 `json:"median_delay_h"`
	SKUFirst   int     `json:"sku_first"`       // found by the SKU before its brand
	One        int     `json:"one_incident"`    // the crisis made one incident
	Two        int     `json:"two_incidents"`   // two, such as a SKU's and then its brand's
	More       int     `json:"more_incidents"`  // more
	Both       int     `json:"open_at_once"`    // two incidents stood open together
	Others     int     `json:"other_incidents"` // of SKUs that are not struck, in crises of one SKU
}

// house is a brand of the portfolio while it is drawn.
type house struct {
	id     string
	rate   float64
	rng    *rand.Rand
	skus   []string
	shares []float64 // cumulated shares of the SKUs
	latest int       // SKU of the latest mention
	mood   float64   // factor of the day on complaints
	blow   *blow
	onset  time.Time
	number int // of the latest post
}

// MeasurePortfolio plays the portfolio to an engine at a budget. At every hour
// it calls progress with the share that is done. It fails when ctx ends: half a
// portfolio says nothing.
func MeasurePortfolio(ctx context.Context, p Portfolio, budget float64, progress func(done float64)) (PortfolioReport, error) {
	houses, c := p.houses(budget)
	e, err := engine.New(c)
	if err != nil {
		return PortfolioReport{}, err
	}
	measured := epoch.Add(Warmup)
	quiet := measured.Add(time.Duration(p.Weeks) * week)
	end := quiet.Add(week + 2*blowLength)
	r := PortfolioReport{Budget: budget, Brands: p.Brands, SKUs: p.Brands * p.SKUs, BrandWeeks: p.Brands * p.Weeks}
	rhythm := Rhythms[0].week(time.Hour)
	var told []schemas.Alert
	for at, h := epoch, 0; at.Before(end); at, h = at.Add(time.Hour), h+1 {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		for _, x := range houses {
			r.Mentions += x.hour(e, at, rhythm[h%len(rhythm)])
		}
		told = append(told, e.Advance(at.Add(time.Hour))...)
		progress(float64(at.Sub(epoch)) / float64(end.Sub(epoch)))
	}
	r.countQuiet(told, houses, measured, quiet)
	r.countBlows(told, houses)
	return r, nil
}

func (p Portfolio) houses(budget float64) ([]*house, engine.Config) {
	c := engine.Config{Run: "portfolio", FalseAlarmsPerBrandWeek: budget}
	var houses []*house
	quiet := epoch.Add(Warmup + time.Duration(p.Weeks)*week)
	for i := range p.Brands {
		x := &house{id: fmt.Sprintf("brand%03d", i), rate: rates[i%len(rates)], rng: rand.New(rand.NewPCG(Seed+2, uint64(i)))}
		x.blow = &blows[i/len(rates)%len(blows)]
		x.onset = quiet.Add(time.Duration(x.rng.IntN(weekHours)) * time.Hour)
		sum := 0.0
		for k := range p.SKUs {
			x.skus = append(x.skus, fmt.Sprintf("sku%03d", k))
			sum += 1 / float64(k+1)
			x.shares = append(x.shares, sum)
		}
		for k := range x.shares {
			x.shares[k] /= sum
		}
		houses = append(houses, x)
		c.Brands = append(c.Brands, engine.Brand{ID: x.id, Name: x.id, Category: "goods", SKUs: x.skus})
	}
	return houses, c
}

// hour observes an hour of the brand and returns its mentions.
func (x *house) hour(e *engine.Engine, at time.Time, rhythm float64) int {
	if at.Hour() == 0 || x.mood == 0 {
		x.mood = gamma(x.rng, 8) / 8
	}
	n := int(poisson(x.rng, x.rate*rhythm*gamma(x.rng, 8)/8))
	for range n {
		if x.rng.Float64() >= .3 {
			x.latest, _ = slices.BinarySearch(x.shares, x.rng.Float64())
		}
		complains := x.rng.Float64() < .06*x.mood
		x.observe(e, at, min(x.latest, len(x.skus)-1), complains, complains || x.rng.Float64() < .1)
	}
	if at.Before(x.onset) || !at.Before(x.onset.Add(blowLength)) {
		return n
	}
	extra := int(poisson(x.rng, x.blow.extra+x.blow.times*x.rate*rhythm))
	for range extra {
		sku, _ := slices.BinarySearch(x.shares, x.rng.Float64())
		if x.blow.sku {
			sku = blowSKU
		}
		complains := x.rng.Float64() < blowComplains
		x.observe(e, at, min(sku, len(x.skus)-1), complains, complains || x.rng.Float64() < .1)
	}
	return n + extra
}

func (x *house) observe(e *engine.Engine, hour time.Time, sku int, complains, negative bool) {
	x.number++
	m := engine.Mention{
		Brand: x.id, SKU: x.skus[sku], Primary: true, At: hour.Add(time.Duration(x.rng.IntN(3600)) * time.Second),
		Channel: "weibo", PostID: fmt.Sprint(x.number), Kind: "post", Complaint: complains, Polarity: schemas.Neutral,
	}
	if negative {
		m.Polarity = schemas.Negative
	}
	if complains {
		m.Types = []schemas.ComplaintType{schemas.ProductQuality}
	}
	for range 3 {
		m.Keywords = append(m.Keywords, fmt.Sprint("word", min(x.rng.IntN(3000), x.rng.IntN(3000), x.rng.IntN(3000))))
	}
	e.Observe(&m)
}

func (r *PortfolioReport) countQuiet(told []schemas.Alert, houses []*house, from, to time.Time) {
	r.ByRate = make([]Quiet, len(rates))
	number := map[string]int{}
	for i, x := range houses {
		number[x.id] = i
	}
	graded := map[string]bool{}
	for i := range told {
		a := &told[i]
		if a.FiredAt.Before(from) || !a.FiredAt.Before(to) {
			continue
		}
		if atLeastYellow(a) && !graded[a.Incident] {
			graded[a.Incident] = true
			r.Yellow++
		}
		if a.State != schemas.Firing {
			continue
		}
		r.ByRate[number[a.Brand]%len(rates)].Alarms++
		if a.SKU == "" {
			r.OfBrands++
		} else {
			r.OfSKUs++
		}
	}
	r.Ratio = float64(r.OfBrands+r.OfSKUs) / (r.Budget * float64(r.BrandWeeks))
	for i := range r.ByRate {
		q := &r.ByRate[i]
		q.Budget, q.Weeks = r.Budget, r.BrandWeeks/len(rates)
		q.Ratio = figure(float64(q.Alarms) / (q.Budget * float64(q.Weeks)))
	}
}

// countBlows looks at what was told of every brand from its crisis to a day
// after the end.
func (r *PortfolioReport) countBlows(told []schemas.Alert, houses []*house) {
	r.Blows = make([]BlowReport, len(blows))
	delays := make([][]float64, len(blows))
	found, yellow := make([]int, len(blows)), make([]int, len(blows))
	for _, x := range houses {
		k := slices.IndexFunc(blows, func(b blow) bool { return b.name == x.blow.name })
		b := &r.Blows[k]
		b.Kind = x.blow.name
		if x.openAt(told) {
			continue
		}
		b.Crises++
		o := x.outcome(told)
		b.Others += o.others
		if o.both {
			b.Both++
		}
		switch len(o.incidents) {
		case 0:
			continue
		case 1:
			b.One++
		case 2:
			b.Two++
		default:
			b.More++
		}
		found[k]++
		delays[k] = append(delays[k], o.first.Sub(x.onset).Hours())
		if o.graded {
			yellow[k]++
		}
		if o.skuFirst {
			b.SKUFirst++
		}
	}
	for k := range r.Blows {
		b := &r.Blows[k]
		b.Found, b.Yellow = float64(found[k])/float64(max(1, b.Crises)), float64(yellow[k])/float64(max(1, b.Crises))
		b.DelayHours = median(delays[k])
	}
}

// openAt tells whether an incident of the brand was open at the onset of its
// crisis.
func (x *house) openAt(told []schemas.Alert) bool {
	open := map[string]bool{}
	for i := range told {
		if a := &told[i]; a.Brand == x.id && a.At.Before(x.onset) {
			open[a.Incident] = a.State != schemas.Resolved
		}
	}
	for _, o := range open {
		if o {
			return true
		}
	}
	return false
}

// outcome is what a crisis made.
type outcome struct {
	incidents []string // in order, of the brand and the SKUs concerned
	others    int      // incidents of SKUs that are not concerned
	first     time.Time
	skuFirst  bool
	graded    bool // yellow or worse
	both      bool // two of them stood open together
}

func (x *house) outcome(told []schemas.Alert) (o outcome) {
	open, at := map[string]bool{}, x.onset
	for i := range told {
		a := &told[i]
		if a.Brand != x.id || a.FiredAt.Before(x.onset) || a.FiredAt.After(x.onset.Add(blowLength+24*time.Hour)) {
			continue
		}
		if a.At.After(at) { // what the same pane ends did not stand beside the other
			o.both, at = o.both || len(open) > 1, a.At
		}
		concerned := a.SKU == "" || !x.blow.sku || a.SKU == x.skus[blowSKU]
		o.graded = o.graded || concerned && atLeastYellow(a)
		switch {
		case a.State == schemas.Resolved:
			delete(open, a.Incident)
		case a.State != schemas.Firing:
		case !concerned:
			o.others++
		default:
			if len(o.incidents) == 0 {
				o.first, o.skuFirst = a.At, a.SKU != ""
			}
			o.incidents = append(o.incidents, a.Incident)
			open[a.Incident] = true
		}
	}
	return o
}

func atLeastYellow(a *schemas.Alert) bool { return a.Level != schemas.Blue }
