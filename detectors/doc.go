// Package detectors decides: counts and event time in, alerts out. It has no
// Kafka, no ClickHouse, no wall clock, no goroutines and no randomness, so
// live, backfill, simulation and tests run the same code and the same log
// gives the same decisions. It imports schemas and the standard library (and
// gonum for distributions, xxhash), nothing else of the project.
package detectors
