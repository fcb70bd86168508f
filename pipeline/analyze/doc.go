// Package analyze is the stage between posts and mentions. It has no state
// beyond its place in the source: it reads its source partitions in order,
// sets bad input aside, analyses the rest, and appends to the mentions log in
// the order of the source, with heartbeats. It imports analyzer, kafkalog and
// mentionlog.
//
// It promises that a source offset is committed only when everything up to it
// is in the mentions log or among the dead letters, and that whatever it
// repeats after a fault carries the same source offsets, by which the detect
// stage knows it.
package analyze
