// Package demo plays a simulated fortnight with a hidden crisis through the
// real pipeline, embedded services included, and verifies by querying what
// came of it. It imports simulate, embedded, service and look. It promises
// that what its summary says was read from ClickHouse and the alert topic.
package demo
