// Package complaint says whether a text complains and of what: ten built-in
// types (schemas.ComplaintTypes) and those of the config. A curated lexicon
// with context rules (negated, asked, solved, advertising, news, irony) finds
// the types; fitted models add what labelled data can teach, and name the type of
// a complaint that only tells what happened.
//
// It imports pipeline/text, pipeline/config, pipeline/model and schemas. It
// promises that Score neither allocates nor keeps the text.
package complaint
