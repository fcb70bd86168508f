// Package mentionlog defines the records of the mentions topic, the log that
// alone decides what is counted: a Post with its mentions for one partition,
// a Value of a business series, or a Heartbeat of one source partition. It also says which partition a brand
// belongs to. It imports schemas only.
//
// It promises that Decode(Encode(x)) equals x, that every record written by an
// earlier version still decodes, and that a damaged record is an error, never
// a panic or a wrong mention.
package mentionlog
