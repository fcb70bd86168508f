// Package surge finds unusual rises of one count series: mentions, complaints,
// or any value that is zero or more.
//
// A Detector is fed one row a step, in event time, and says of every row how
// far the recent windows stand over what was expected, and whether an alarm
// begins. The promise is the false-alarm budget: quiet series raise about
// Params.Budget alarms a week, whatever their rate, rhythm and dispersion,
// because the threshold is calibrated on the series' own past daily maxima, and
// every moment is measured by the spread of as many mentions as it expects. With
// Params.Fall the mirrored test watches for unusual falls.
//
// It is strictly causal and deterministic, allocates nothing on the hot path
// and imports the standard library only.
package surge
