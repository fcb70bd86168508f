// Package broker is a Kafka broker in this process, kept on disk: kfake, which
// speaks the real protocol to any client.
//
// It imports nothing of this module. What a producer was told is written stays
// written over restarts and kill -9 of the process; it has one node, one
// goroutine does all its work, and it is not meant for production.
package broker
