// Package backfill takes history through the same analyzers and detectors as
// live posts, in event time and as fast as the machine goes, into a run of its
// own. It knows no Kafka and publishes nothing: an analyst's replay never wakes
// anybody. It imports ingest, analyze, detect and store.
//
// It promises that a run that was stopped goes on without loss or doubling, and
// that the same rows with the same config give the same alerts.
package backfill
