package detect

import (
	"context"
	"time"

	"fenghuo/detectors/engine"
	"fenghuo/pipeline/mentionlog"
)

// Value is a value of a business series with what became of it.
type Value struct {
	*mentionlog.Value
	Day  time.Time // begin of its day
	Late bool      // its step was decided before it came
}

// value stores a value and shows it to the detectors. It counts in the account
// as a post does, but has no part in the event time of posts: values of an
// hour or a day come long after it began.
func (p *Processor) value(v *mentionlog.Value, recorded time.Time) {
	if !p.sources.once(v.Source, v.Offset) {
		return
	}
	p.current.Intake[IntakeKey{Source: v.Source, Outcome: "stored"}]++
	alerts, late := p.engine.Record(&engine.Value{Brand: v.Brand, SKU: v.SKU, Series: v.Series, At: v.At, Value: v.Value, Taken: p.passed(recorded, v.At)})
	p.keep(alerts)
	y, m, d := v.At.In(p.loc).Date()
	p.current.Values = append(p.current.Values, Value{Value: v, Day: time.Date(y, m, d, 0, 0, 0, 0, p.loc).UTC(), Late: late})
}

const insertValues = `INSERT INTO business_values (run, brand, series, sku, at, day, value, late, ingested_at,
	source_topic, source_partition, source_offset)`

func (t *tables) values(ctx context.Context, r *Range) error {
	rows := r.Values
	if len(rows) == 0 {
		return nil
	}
	return t.insert(ctx, t.log.token(r), insertValues,
		column(rows, func(*Value) string { return t.log.Run }),
		column(rows, func(v *Value) string { return v.Brand }),
		column(rows, func(v *Value) string { return v.Series }),
		column(rows, func(v *Value) string { return v.SKU }),
		column(rows, func(v *Value) time.Time { return v.At }),
		column(rows, func(v *Value) time.Time { return v.Day }),
		column(rows, func(v *Value) float64 { return v.Value.Value }),
		column(rows, func(v *Value) bool { return v.Late }),
		column(rows, func(v *Value) time.Time { return v.Recorded }),
		column(rows, func(v *Value) string { return v.Source.Topic }),
		column(rows, func(v *Value) int32 { return int32(v.Source.Partition) }),
		column(rows, func(v *Value) int64 { return v.Offset }),
	)
}
