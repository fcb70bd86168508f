// Package rules runs alert rules: SQL over the tables whose rows are series.
// A rule runs at ticks of event time that every partition has passed, so that
// live, a backfill and a test decide alike. Each rule has its own goroutine and
// its own limits: one that fails or is slow delays nothing else. It imports
// config, detect, mentionlog, schemas, store and telemetry.
package rules
