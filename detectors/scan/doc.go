// Package scan finds clusters in sparse series: a brand that is named a few
// times a week, a SKU with a complaint a month. There, a baseline by hour and
// daily maxima say nothing, since nearly every day is empty; what can be
// learned is how often something happens at all and how large it then grows.
//
// Mentions less than a day apart make an episode. For each window the largest
// count of an episode is taken as geometric, so that episodes reach k at
//
//	nu * theta^(k-1)
//
// a week, nu being the episodes a week and theta = mu / (1 + mu) with the mean
// excess mu over one mention. This is peaks over threshold with declustering
// (Davison and Smith, J. R. Statist. Soc. B 52, 1990), the threshold being one
// mention and the tail exponential. Both are learned from the series itself,
// steadied by episodes borrowed from the other series, and an alarm begins
// when the rate falls under the budget.
//
// Of a series that was just begun neither is known, nor that it is sparse. So a
// count must be as rare for a Poisson rate of which only the past is known: n
// mentions in H hours leave the next h hours a negative binomial count of shape
// n + 1/2 and probability h/(H+h) (Gamma posterior of Jeffreys' prior). It
// imports state.
package scan
