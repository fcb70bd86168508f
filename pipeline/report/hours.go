package report

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"fenghuo/schemas"
)

// history is how long before the span the usual is taken from.
const history = 28 * 24 * time.Hour

// scope is a brand in a run between two times: what every query asks of.
type scope struct {
	db         driver.Conn
	run, brand string
	from, to   time.Time
}

// where chooses the posts of the brand in the scope, each once, without spam.
func (s scope) where() (string, []any) {
	return "run = ? AND brand = ? AND primary AND NOT spam AND published_at >= ? AND published_at < ?",
		[]any{s.run, s.brand, s.from.UTC(), s.to.UTC()}
}

// within is the scope between other times.
func (s scope) within(from, to time.Time) scope {
	s.from, s.to = from, to
	return s
}

// hours are the counts of a brand by the hour, from start on. The span of the
// report begins at hour span.
type hours struct {
	start      time.Time
	span       int
	mentions   []float64
	complaints []float64
	negative   []float64
	neutral    []float64
	positive   []float64
	upset      []float64
	repeats    []float64
	reach      []float64
	sentiment  []float64
	types      map[schemas.ComplaintType][]float64
}

func newHours(start, from, to time.Time) *hours {
	n := int(to.Sub(start) / time.Hour)
	h := &hours{start: start, span: int(from.Sub(start) / time.Hour), types: map[schemas.ComplaintType][]float64{}}
	for _, x := range h.columns() {
		*x = make([]float64, n)
	}
	return h
}

func (h *hours) columns() []*[]float64 {
	return []*[]float64{&h.mentions, &h.complaints, &h.negative, &h.neutral, &h.positive, &h.upset, &h.repeats, &h.reach, &h.sentiment}
}

// at is the begin of the span's hour i.
func (h *hours) at(i int) time.Time { return h.start.Add(time.Duration(h.span+i) * time.Hour) }

// of is the span's hours of the measure; all are those of the history as well.
func (h *hours) of(m Measure) []float64 { return h.all(m)[h.span:] }

func (h *hours) all(m Measure) []float64 {
	switch m.Name {
	case measureUpset:
		return h.upset
	case measureType:
		return h.types[m.Type]
	}
	return h.mentions
}

// readHours counts from start on, which is before the scope's from when there
// is history.
func readHours(ctx context.Context, s scope, start time.Time) (*hours, error) {
	h := newHours(start, s.from, s.to)
	where, args := s.within(start, s.to).where()
	rows, err := s.db.Query(ctx, `SELECT toUnixTimestamp(toStartOfHour(published_at)) AS hour, count(), countIf(complaint), countIf(polarity = 'negative'),
			countIf(polarity = 'neutral'), countIf(polarity = 'positive'), countIf(complaint OR polarity = 'negative'),
			countIf(duplicate_of != ''), sum(followers), sum(toFloat64(sentiment)),
			sumMap(CAST(mapApply((k, v) -> (k, toUInt64(1)), complaints), 'Map(String, UInt64)'))
		FROM mentions WHERE `+where+` GROUP BY hour`, args...)
	if err != nil {
		return nil, fmt.Errorf("count mentions: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	for rows.Next() {
		var hour uint32
		var reach int64
		var sentiment float64
		var n [7]uint64
		var types map[string]uint64
		if err := rows.Scan(&hour, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &reach, &sentiment, &types); err != nil {
			return nil, fmt.Errorf("count mentions: %w", err)
		}
		i := int(time.Unix(int64(hour), 0).Sub(start) / time.Hour)
		for k, x := range h.columns()[:7] {
			(*x)[i] = float64(n[k])
		}
		h.reach[i], h.sentiment[i] = float64(reach), sentiment
		for name, count := range types {
			h.countType(schemas.ComplaintType(name), i, float64(count))
		}
	}
	return h, rows.Err()
}

func (h *hours) countType(name schemas.ComplaintType, i int, count float64) {
	if h.types[name] == nil {
		h.types[name] = make([]float64, len(h.mentions))
	}
	h.types[name][i] = count
}

// steps adds up the span's hours of x by step.
func (h *hours) steps(x []float64, step int) []int64 {
	x = x[h.span:]
	out := make([]int64, (len(x)+step-1)/step)
	for i, v := range x {
		out[i/step] += int64(v)
	}
	return out
}

// columnsAtMost is how many bars a chart has room for.
const columnsAtMost = 120

// stepOf is the shortest step, in hours, that a span of n hours fits into a
// chart with.
func stepOf(n int) int {
	for _, step := range []int{1, 2, 3, 4, 6, 12, 24, 48, 72} {
		if n <= step*columnsAtMost {
			return step
		}
	}
	return 168
}

// usual are the hours that count as usual: history outside of incidents, or
// what there is.
type usual struct {
	Baseline
	hours []int // of the hours' arrays
}

// mean is the usual count of an hour.
func (u usual) mean(x []float64) float64 {
	if len(u.hours) == 0 {
		return 0
	}
	return total(u.pick(x)) / float64(len(u.hours))
}

func (u usual) pick(x []float64) []float64 {
	out := make([]float64, len(u.hours))
	for i, at := range u.hours {
		out[i] = x[at]
	}
	return out
}

// fewHours of history say nothing about a day.
const fewHours = 48

// newUsual chooses the usual hours. busy says whether an hour is within an
// incident.
func newUsual(h *hours, busy func(time.Time) bool) usual {
	var u usual
	for i := range h.span {
		if !busy(h.start.Add(time.Duration(i) * time.Hour)) {
			u.hours = append(u.hours, i)
		}
	}
	u.Basis = "the days before the span, incidents left out"
	if len(u.hours) < fewHours && h.span >= fewHours {
		u.Basis = "the days before the span, which are full of incidents"
		u.hours = u.hours[:0]
		for i := range h.span {
			u.hours = append(u.hours, i)
		}
	}
	if len(u.hours) < fewHours {
		u.Basis = "the first quarter of the span, because there is no earlier data"
		u.hours = u.hours[:0]
		for i := range max(1, (len(h.mentions)-h.span)/4) {
			u.hours = append(u.hours, h.span+i)
		}
	}
	first, last := u.hours[0], u.hours[len(u.hours)-1]
	u.From, u.To = h.start.Add(time.Duration(first)*time.Hour), h.start.Add(time.Duration(last+1)*time.Hour)
	u.Hours = len(u.hours)
	u.PerDay = u.mean(h.mentions) * dayHours
	return u
}
