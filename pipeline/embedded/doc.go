// Package embedded runs the two services Fenghuo needs where there are no
// servers: a Kafka broker in this process and the ClickHouse engine in a child
// process. Everything else sees addresses only.
//
// It imports its subpackages: broker, engine (the child process), gateway
// (ClickHouse over HTTP), chdb (the engine's binding) and library (which
// fetches the engine). It promises that acknowledged data survive a restart
// and kill -9, that one data directory has one owner, and that nothing listens
// beyond the addresses it is given.
package embedded
