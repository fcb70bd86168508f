// Package ingest reads posts, or values of a business series, from files and
// sends them to the posts topic: JSON lines, CSV and TSV, plain or compressed,
// and Parquet, with columns mapped to the fields of a post, sorted by event time
// in bounded memory.
//
// It imports schemas, kafkalog and store. It promises that every row of a file
// that can be read becomes one record, in event-time order: a row that makes
// no post is sent as it is, so that the pipeline sets it aside with a reason.
// The rows are the same, and in the same order, however many goroutines make
// them.
package ingest
