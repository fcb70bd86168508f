// Package evaluate measures the text models on the labelled sets, side by side
// with the lexicon-only baseline. Where the built-in model has seen a set, the
// model is fitted again without the part it is measured on; the test splits of
// shopping_reviews and smp2020_virus are never fitted on. Sentences written for
// the project, of complaints and of everyday posts, are asked of the built-in
// models.
package evaluate
