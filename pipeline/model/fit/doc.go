// Package fit fits linear models over n-grams: a sparse binary matrix of
// texts, log-count ratios, logistic regression and support vectors by dual
// coordinate descent, AROW and gradient descent with features left out by
// chance, means of them, and calibration. It runs on one core with fixed seeds,
// so that equal input gives equal weights, bit for bit.
package fit
