// Package detect is the stage between mentions and alerts. It owns partitions
// of the mentions topic: a Processor applies the records of a partition, in
// the log's order, to the detectors; a Lander brings what came of a range of
// them into ClickHouse and onto the alert topics. It imports mentionlog,
// kafkalog, neardup, store and detectors.
//
// It promises that the log alone decides: whoever owns a partition, however
// often it stops, every post and every value counts once, the same ranges are
// cut, the same rows land under the same tokens and the same alert ids are
// published.
package detect
