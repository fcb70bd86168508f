// Package store opens the way to ClickHouse and keeps its schema: it applies
// the migrations of package schemas, sets the retention, and counts the epochs
// of source topics. It imports config and schemas, and promises that Migrate
// may be run at any time, again, and from several processes at once.
package store
