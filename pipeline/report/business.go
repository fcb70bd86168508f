package report

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"fenghuo/schemas"
)

// Business is a business series of the brand (orders, refunds ...) beside what
// was said: what it counted against what the same hours of usual days count.
// Hours without a value are left out of both.
type Business struct {
	Series  string        `json:"series"`
	PerDay  float64       `json:"usual_per_day"`
	During  Against       `json:"during"`   // the crisis, from the first sign to the return to the usual
	After   *Against      `json:"after"`    // nil when the span ends before
	FiredAt *time.Time    `json:"fired_at"` // of the first alert of the series since the day before the first sign
	Level   schemas.Level `json:"level"`    // its worst
	Counts  []int64       `json:"counts"`   // by the step of Series
}

// Against is a count and what was expected.
type Against struct {
	Value    float64  `json:"value"`
	Expected float64  `json:"expected"`
	Change   *float64 `json:"change"` // value over expected, less 1; nil without an expectation
}

// business reads the series of the whole brand.
func (b *builder) business(ctx context.Context) error {
	rows, err := b.db.Query(ctx, `SELECT series, toUnixTimestamp(bucket), value FROM business
		WHERE run = ? AND brand = ? AND sku = '' AND grain = '1h' AND bucket >= ? AND bucket < ?`, b.run, b.brand, b.hours.start.UTC(), b.to.UTC())
	if err != nil {
		return fmt.Errorf("read business series: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	values := map[string][]float64{}
	for rows.Next() {
		var series string
		var bucket uint32
		var value float64
		if err := rows.Scan(&series, &bucket, &value); err != nil {
			return fmt.Errorf("read business series: %w", err)
		}
		if values[series] == nil {
			values[series] = slices.Repeat([]float64{math.NaN()}, len(b.hours.mentions))
		}
		values[series][int(time.Unix(int64(bucket), 0).Sub(b.hours.start)/time.Hour)] = value
	}
	for _, series := range slices.Sorted(maps.Keys(values)) {
		b.Report.Business = append(b.Report.Business, b.beside(series, values[series]))
	}
	return rows.Err()
}

// beside sets one series beside the crisis.
func (b *builder) beside(series string, x []float64) Business {
	h := b.hours
	usual := b.usualByHour(x)
	s := Business{Series: series}
	for _, n := range usual {
		if !math.IsNaN(n) {
			s.PerDay += n
		}
	}
	begin, end := b.course()
	s.During = b.against(x, usual, begin, end)
	if end < len(x) {
		after := b.against(x, usual, end, len(x))
		s.After = &after
	}
	counted := slices.Clone(x)
	for i := range counted {
		if math.IsNaN(counted[i]) {
			counted[i] = 0
		}
	}
	s.Counts = h.steps(counted, b.Series.StepHours)
	for _, a := range b.moves {
		if a.Evidence.Series.Name != series || a.SKU != "" || a.FiredAt.Before(b.FirstSign.At.Add(-24*time.Hour)) || !a.At.Before(b.to) {
			continue
		}
		if fired := a.FiredAt.UTC(); s.FiredAt == nil {
			s.FiredAt, s.Level = &fired, a.Level
		} else if worse(a.Level, s.Level) {
			s.Level = a.Level
		}
	}
	return s
}

// course is the crisis in hours of the history: from the first sign to the
// return to the usual, or to the end.
func (b *builder) course() (begin, end int) {
	begin, end = b.hours.span+b.onset, len(b.hours.mentions)
	if t := b.Decay.ReturnedAt; t != nil {
		end = int(t.Sub(b.hours.start) / time.Hour)
	}
	return begin, end
}

// usualByHour is the mean of the values of usual hours by local hour of the
// day, not a number where there is none.
func (b *builder) usualByHour(x []float64) (usual [24]float64) {
	var n [24]float64
	for _, i := range b.usual.hours {
		if hour := b.localHour(i); !math.IsNaN(x[i]) {
			usual[hour] += x[i]
			n[hour]++
		}
	}
	for hour := range usual {
		usual[hour] /= n[hour] // 0/0 is not a number
	}
	return usual
}

func (b *builder) localHour(i int) int {
	return b.hours.start.Add(time.Duration(i) * time.Hour).In(b.zone).Hour()
}

// against adds up the hours that have a value and a usual one.
func (b *builder) against(x []float64, usual [24]float64, from, to int) (a Against) {
	for i := from; i < to; i++ {
		if expected := usual[b.localHour(i)]; !math.IsNaN(x[i]) && !math.IsNaN(expected) {
			a.Value += x[i]
			a.Expected += expected
		}
	}
	if a.Expected > 0 {
		change := a.Value/a.Expected - 1
		a.Change = &change
	}
	return a
}

// isMove tells whether an alert is of a business series.
func isMove(a *schemas.Alert) bool {
	return strings.HasPrefix(string(a.Signal), string(schemas.SignalSeries))
}

// signed is a change for people, such as -64%.
func signed(x *float64) string {
	if x == nil {
		return "–"
	}
	return fmt.Sprintf("%+.0f%%", 100**x)
}
