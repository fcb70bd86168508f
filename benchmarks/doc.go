// Package benchmarks replays the real streams through the pipeline, with the
// configs in its folders, and scores what is said against labelled events. It
// imports the pipeline; the simulated suites are in package suites.
package benchmarks
