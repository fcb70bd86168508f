// Package sentiment says how a text feels: a score in -1..1 whose sign is the
// two-class decision, and a polarity. Chinese and English have a fitted linear
// model each over character n-grams, English a second stage on top that also
// asks the lexicon; the lexicon alone is the baseline that `fenghuo evaluate
// text` compares them with.
//
// It imports pipeline/text, pipeline/model and schemas. It promises that Score
// neither allocates nor keeps the text, and that (score+1)/2 is the calibrated
// probability that a text is positive rather than negative.
package sentiment
