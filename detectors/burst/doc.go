// Package burst finds rising keywords: words whose share of a brand's recent
// mentions is far over their usual share, by Dunning's log-likelihood ratio,
// so that a new kind of trouble (甲醛, 土坑, 起火) is seen before the total moves.
// Its memory is bounded: four times MaxWords words a brand, some 200 KiB. It
// imports calibrate and state.
package burst
