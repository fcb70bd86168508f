// Package burst finds rising keywords: words whose share of a brand's recent
// mentions is far over their usual share, by Dunning's log-likelihood ratio,
// so that a new kind of trouble (甲醛, 土坑, 起火) is seen before the total moves.
// Its memory is bounded: MaxWords words a brand. It imports state.
package burst
