// Package fit fits linear models over n-grams: a sparse binary matrix of
// texts, log-count ratios, logistic regression by dual coordinate descent, and
// calibration. It runs on one core with fixed seeds, so that equal input gives
// equal weights, bit for bit.
package fit
