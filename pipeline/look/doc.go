// Package look shows people what the pipeline found: trends, alerts and dead
// letters read from ClickHouse and Kafka, drawn for a terminal, and progress.
// Commands and the demo print with it.
//
// It promises that control characters go to terminals only, so that a log or
// a pipe gets plain text, and that every figure shown is one that was read.
package look
