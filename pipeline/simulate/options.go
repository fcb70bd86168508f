package simulate

import (
	"fmt"
	"slices"
	"time"

	"fenghuo/schemas"
)

// shanghai has had no daylight saving since 1991; a fixed zone keeps the
// stream the same on machines without a zone database.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Options say what to simulate; the zero value is a fortnight of a portfolio
// of 12 brands and 200 SKUs around 双11 with one product safety crisis.
type Options struct {
	Seed        uint64
	Start       time.Time // default 2025-11-01 00:00 in Shanghai
	Days        int       // default 14
	Brands      int       // default 12
	SKUs        int       // over all brands, default 200
	PostsPerDay int       // over all brands, roughly, chatter included; default 13,000
	Crisis      Crisis
}

// Crisis says what goes wrong; what is left out is chosen by the seed.
type Crisis struct {
	Off   bool                  // a quiet stream, for counting false alarms
	Type  schemas.ComplaintType // default product_safety
	Brand int                   // 1 for the first brand; 0 = by the seed
	After time.Duration         // from Start to the first sign; 0 = about half-way
	Size  float64               // posts at the peak over the brand's mean rate; default 4
}

func (o Options) withDefaults() (Options, error) {
	if o.Start.IsZero() {
		o.Start = time.Date(2025, 11, 1, 0, 0, 0, 0, shanghai)
	}
	o.Start = o.Start.In(shanghai).Truncate(time.Minute)
	o.Days = orDefault(o.Days, 14)
	o.Brands = orDefault(o.Brands, 12)
	o.SKUs = orDefault(o.SKUs, 200)
	o.PostsPerDay = orDefault(o.PostsPerDay, 13_000)
	o.Crisis.Size = orDefault(o.Crisis.Size, 4)
	o.Crisis.Type = orDefault(o.Crisis.Type, schemas.ProductSafety)
	length := time.Duration(o.Days) * 24 * time.Hour
	switch {
	case o.Days < 1 || o.Brands < 1 || o.PostsPerDay < 1:
		return o, fmt.Errorf("days, brands and posts per day must be at least 1")
	case o.SKUs < o.Brands:
		return o, fmt.Errorf("%d SKUs for %d brands: each brand needs one", o.SKUs, o.Brands)
	case o.Crisis.Brand < 0 || o.Crisis.Brand > o.Brands:
		return o, fmt.Errorf("crisis brand %d: there are brands 1 to %d", o.Crisis.Brand, o.Brands)
	case o.Crisis.After < 0 || o.Crisis.After >= length:
		return o, fmt.Errorf("the crisis must begin within the %d days", o.Days)
	case !slices.Contains(schemas.ComplaintTypes, o.Crisis.Type):
		return o, fmt.Errorf("unknown crisis type %q; there are %q", o.Crisis.Type, schemas.ComplaintTypes)
	}
	return o, nil
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
