// Package suites makes count series whose truth is known, and measures
// detectors on them: false alarms on quiet weeks, sensitivity and delay on
// crises, at equal false alarms. Everything is drawn from a seed; dispersion,
// rhythm and crisis shapes are in groups.go beside the seeds. It imports
// detectors, nothing else of the project.
package suites
