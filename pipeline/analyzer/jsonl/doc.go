// Package jsonl runs the analyzer over a stream of JSON lines, as `fenghuo
// analyze` does: in parallel, in order, with memory bounded by a few batches of
// lines.
//
// It imports package analyzer and no Kafka or ClickHouse.
package jsonl
