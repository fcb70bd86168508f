package engine

import (
	"time"

	"fenghuo/detectors/surge"
)

// grain is the length of a book's panes: the finest of five minutes, an hour
// and a day of which most had a value on the first day. So a pane without any
// is rare, and unknown rather than zero.
type grain int8

const (
	unknown grain = iota
	fiveMinutes
	hourly
	daily
)

// mostly is the share of panes with a value that makes a grain.
const mostly = .4

var grainLengths = [...]time.Duration{fiveMinutes: Pane, hourly: time.Hour, daily: 24 * time.Hour}

// businessWindows are the sliding windows in panes. Measured on series with the
// rhythm of orders, an hour beside two finds a fall in its second hour; the
// windows of the posts, an hour and six, need four.
var businessWindows = [...][]int{fiveMinutes: {1, 3, 12, 72, 288}, hourly: {1, 2, 6, 24}, daily: {1, 2}}

// pane numbers the panes; those of a day are local days.
func (g grain) pane(at time.Time, loc *time.Location) int64 {
	if g == daily {
		y, m, d := at.In(loc).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 3600)
	}
	return floorDiv(at.Unix(), int64(grainLengths[g]/time.Second))
}

// start is when a pane begins.
func (g grain) start(pane int64, loc *time.Location) time.Time {
	if g == daily {
		y, m, d := time.Unix(pane*24*3600, 0).UTC().Date()
		return time.Date(y, m, d, 0, 0, 0, 0, loc).UTC()
	}
	return time.Unix(pane*int64(grainLengths[g]/time.Second), 0).UTC()
}

// infer tells the grain from the values before at, a day of them at least.
func (k *book) infer(e *Engine, at time.Time) grain {
	entries := k.entries()
	for g := fiveMinutes; g < daily; g++ {
		filled, last := 0, int64(0)
		for i, x := range entries {
			if p := g.pane(time.UnixMilli(x.at), e.cfg.Location); i == 0 || p != last {
				filled, last = filled+1, p
			}
		}
		if all := g.pane(at, e.cfg.Location) - g.pane(time.UnixMilli(entries[0].at), e.cfg.Location); float64(filled) >= mostly*float64(all) {
			return g
		}
	}
	return daily
}

// lineKind is what detectors of business series share their parameters by.
type lineKind struct {
	grain   grain
	fall    bool
	product bool
}

func (b *brand) lineParams(e *Engine, kind lineKind) *surge.Params {
	p := b.business.params[kind]
	if p == nil {
		p = &surge.Params{
			Step: grainLengths[kind.grain], Windows: businessWindows[kind.grain], Fall: kind.fall,
			Budget: e.cfg.FalseAlarmsPerBrandWeek * partBusiness, Location: e.cfg.Location,
		}
		if b.business.params == nil {
			b.business.params = make(map[lineKind]*surge.Params)
		}
		b.business.params[kind] = p
	}
	return p
}
