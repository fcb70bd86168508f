// Package neardup groups reposts and copy-paste floods: texts whose
// fingerprints nearly agree within a sliding horizon of event time. Memory is
// bounded, and what it answers depends on nothing but the calls made, so that a
// replay groups alike.
//
// It takes the fingerprints of package analyzer and imports nothing of the
// project: no Kafka, no ClickHouse, no clock.
package neardup
