// Package simulate makes a portfolio of brands and the public's talk about
// it: a seeded stream of posts with daily and weekly rhythm, over-dispersion,
// a promotion, a launch, chatter, bad records, and one hidden crisis that
// starts in the reviews of one SKU and spreads. The truth is written beside
// it, so that a run of the pipeline can be judged.
//
// It imports schemas and config only. It promises that the same Options give
// the same bytes, in event-time order, on every machine. The brands and all
// sentences are invented; bank.txt and crises.txt hold them.
package simulate
