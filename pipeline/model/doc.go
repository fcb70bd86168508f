// Package model holds what the text models share: character n-gram features
// over a prepared text, a compact table of their weights, calibration, and
// the versioned file that a fitted model is kept in. Fitting lives in
// model/fit, labelled data in model/corpus.
//
// It imports pipeline/text, pipeline/hugepage and nothing else of the project.
// It promises that scoring neither allocates nor keeps the text, and that a
// damaged or foreign model file is refused.
package model
