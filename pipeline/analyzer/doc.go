// Package analyzer turns one post into what is known about it: language,
// tokens, sentiment, complaint types, the brands and products it is about,
// keywords, a similarity fingerprint and a spam flag. It is the facade over
// packages text, sentiment and complaint, and holds the brand matcher.
//
// It imports no Kafka and no ClickHouse and keeps no state between posts, so
// that live, backfill and `fenghuo analyze` give the same answer. An Analyzer
// is safe for concurrent use; each goroutine brings its own Scratch.
package analyzer
