package engine

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"fenghuo/detectors/surge"
	"fenghuo/schemas"
)

// Value is one value of a business series (orders, refunds ...): what happened
// from At until the next one.
type Value struct {
	Brand, SKU, Series string // SKU "" = the whole brand
	At                 time.Time
	Value              float64
	Taken              time.Time // by the clock that Settle is given
}

// Way says which way of a business series is bad news.
type Way string

// The ways.
const (
	Up   Way = "up"
	Down Way = "down"
	Both Way = "both" // news either way, but nobody knows how bad
)

// Series says what a business series means.
type Series struct {
	Bad  Way                   // "" = Both
	Type schemas.ComplaintType // crisis type of its alerts; "" = unspecified
}

// knownSeries are understood without a word in the config.
var knownSeries = map[string]Series{
	"orders":  {Bad: Down},
	"refunds": {Bad: Up},
	"returns": {Bad: Up},
	"tickets": {Bad: Up, Type: schemas.CustomerService},
}

func (c *Config) series(name string) Series {
	s, ok := c.Series[name]
	if !ok {
		s = knownSeries[name]
	}
	s.Bad = cmp.Or(s.Bad, Both)
	s.Type = cmp.Or(s.Type, schemas.Unspecified)
	return s
}

// book is one business series of a brand: a line for the whole brand and one
// for each SKU. It is decided pane by pane, in the order of its own values: a
// pane closes when a value of a later one comes, which also proves that the
// source was alive. Posts have no part in it.
type book struct {
	Series
	brand *brand
	name  string
	grain grain // unknown until a day of values has come
	begun bool
	pane  int64             // that is open
	open  map[entry]float64 // its values; all values while the grain is unknown
	first int64             // earliest time in open while the grain is unknown, Unix milliseconds
	lines map[string]*line  // by SKU
	taken time.Time         // when the latest value was, by the clock of Settle
	dirty bool
}

// entry is what a later value corrects.
type entry struct {
	sku string
	at  int64 // Unix milliseconds
}

// maxEntries bounds what one open pane can have corrected. What comes beyond is
// added up.
const maxEntries = 100_000

// business is what a brand has of it.
type business struct {
	books  map[string]*book
	params map[lineKind]*surge.Params
}

// Record takes a value and returns the transitions that it completes. late says
// that its pane was decided before: it changes nothing. A value of a brand that
// is not configured is not counted.
func (e *Engine) Record(v *Value) (alerts []schemas.Alert, late bool) {
	b := e.brands[v.Brand]
	if b == nil {
		return nil, false
	}
	before := e.Decide()
	alerts, late = b.record(e, v)
	return append(before, alerts...), late
}

func (b *brand) record(e *Engine, v *Value) (alerts []schemas.Alert, late bool) {
	k := b.bookOf(e, v.Series)
	k.dirty, k.taken = true, v.Taken
	x := entry{v.SKU, v.At.UnixMilli()}
	if k.grain != unknown {
		return k.enter(e, x, v.Value, nil)
	}
	if len(k.open) == 0 {
		k.first = x.at
	}
	k.first = min(k.first, x.at)
	if x.at-k.first >= (24 * time.Hour).Milliseconds() {
		k.grain = k.infer(e, v.At)
		alerts = k.reread(e)
		return k.enter(e, x, v.Value, alerts)
	}
	k.put(x, v.Value)
	return nil, false
}

func (b *brand) bookOf(e *Engine, name string) *book {
	k := b.business.books[name]
	if k == nil {
		k = &book{Series: e.cfg.series(name), brand: b, name: e.intern(name), open: make(map[entry]float64), lines: make(map[string]*line)}
		if b.business.books == nil {
			b.business.books = make(map[string]*book)
		}
		b.business.books[k.name] = k
		b.share(e)
	}
	return k
}

// enter puts a value into its pane, closing the ones before.
func (k *book) enter(e *Engine, x entry, value float64, alerts []schemas.Alert) ([]schemas.Alert, bool) {
	p := k.grain.pane(time.UnixMilli(x.at), e.cfg.Location)
	if k.begun && p < k.pane {
		return alerts, true
	}
	if k.begun && p > k.pane {
		alerts = k.close(e, alerts)
	}
	k.begun, k.pane = true, p
	k.put(x, value)
	return alerts, false
}

func (k *book) put(x entry, value float64) {
	if _, corrects := k.open[x]; !corrects && len(k.open) >= maxEntries {
		k.open[entry{sku: x.sku}] += value
		return
	}
	k.open[x] = value
}

// entries are the open ones by time, then SKU.
func (k *book) entries() []entry {
	return slices.SortedFunc(maps.Keys(k.open), func(x, y entry) int {
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.sku, y.sku))
	})
}

// reread enters the values that came before the grain was known.
func (k *book) reread(e *Engine) (alerts []schemas.Alert) {
	values := k.open
	entries := k.entries()
	k.open = make(map[entry]float64)
	for _, x := range entries {
		alerts, _ = k.enter(e, x, values[x], alerts)
	}
	return alerts
}

// close decides the open pane. The whole brand is what was sent without a SKU,
// else the sum over the SKUs; a SKU without a value had none, because others
// show that the source was alive.
func (k *book) close(e *Engine, alerts []schemas.Alert) []schemas.Alert {
	totals := make(map[string]float64)
	sum, direct := 0., false
	for _, x := range k.entries() {
		totals[x.sku] += k.open[x]
		sum += k.open[x]
		direct = direct || x.sku == ""
	}
	if !direct {
		totals[""] = sum
	}
	clear(k.open)
	for sku := range totals {
		if k.lines[sku] == nil && len(k.lines) <= e.cfg.MaxSKUs {
			k.addLine(e, sku)
		}
	}
	for _, sku := range sortedKeys(k.lines) {
		if a, ok := k.step(e, k.lines[sku], totals[sku]); ok {
			alerts = append(alerts, a)
		}
	}
	return alerts
}

// partBusiness is the part of a brand's budget that its business series share,
// once it has any; brand and SKUs get half each.
const partBusiness = .2

// posts is the part of the budget for what is said of the brand.
func (b *business) posts() float64 {
	if len(b.books) == 0 {
		return 1
	}
	return 1 - partBusiness
}

// shareBusiness divides the budget of the business series among their
// detectors (Bonferroni).
func (b *brand) shareBusiness(e *Engine) {
	brands, products := 0, 0
	for _, k := range b.business.books {
		ways := 1
		if k.Bad == Both {
			ways = 2
		}
		if len(k.lines) > 0 {
			brands += ways
			products += ways * (len(k.lines) - 1)
		}
	}
	total := e.cfg.FalseAlarmsPerBrandWeek * partBusiness
	if products > 0 {
		total /= 2
	}
	for kind, p := range b.business.params {
		if kind.product {
			p.SetBudget(total / float64(max(1, products)))
		} else {
			p.SetBudget(total / float64(max(1, brands)))
		}
	}
}
