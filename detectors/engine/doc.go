// Package engine watches every brand and every SKU of one partition and turns
// mentions into alerts: minute panes, sliding windows, baselines, keyword
// bursts, incidents with their level and their evidence; and values of business
// series, whose rises and falls are incidents of their own.
//
// It imports the other detectors packages and schemas, nothing else of the
// project. It has no goroutines, no wall clock and no randomness, and no
// output depends on a map's order: the same calls give the same alerts,
// however Advance is cut into steps, or into Pass and Decide, and also when the
// engine was snapshot and restored in between.
//
// Of the minutes that are decided at once each brand goes through all on its own,
// while its memory is at hand; where brands share what they know they take turns,
// by time and by id, so that none hears of what is ahead of it.
//
// An Engine is not safe for concurrent use: one owner calls it.
package engine
