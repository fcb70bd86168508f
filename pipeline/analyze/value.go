package analyze

import (
	"time"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/mentionlog"
	"fenghuo/schemas"
)

// analyzeValue decodes and attributes a value of a business series. It tells no
// PublishedAt: values come long after the posts of their time and must not hold
// them back, nor run ahead of them.
func analyzeValue(a *analyzer.Analyzer, s *analyzer.Scratch, source mentionlog.Source, r *kafkalog.Record) Analysis {
	v, reason, detail := schemas.DecodeValue(r.Value, r.Time)
	if reason != "" {
		return Analysis{Outcome: mentionlog.Dead(reason), Detail: detail}
	}
	brand, sku, ok := a.Attribute(&v, s)
	if !ok {
		return Analysis{Outcome: mentionlog.Unattributed}
	}
	return Analysis{Outcome: mentionlog.Attributed, Value: &mentionlog.Value{
		Source: source, Offset: r.Offset, Recorded: r.Time,
		Series: v.Series, Brand: brand, SKU: sku, At: v.Timestamp.UTC().Truncate(time.Millisecond), Value: v.Value,
	}}
}
