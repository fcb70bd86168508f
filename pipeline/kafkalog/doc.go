// Package kafkalog treats Kafka partitions as what the pipeline needs them to
// be: logs. It connects, creates topics, reads a partition from an offset,
// appends to one in order and fail-stop, and shares partitions out through a
// consumer group. It imports config only.
//
// It promises that an Appender's records reach the log in the order they were
// appended (a retry may repeat a batch, never reorder or skip), and that a
// Fetch returns records in offset order without those before the offset asked
// for.
package kafkalog
