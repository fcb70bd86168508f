// Package gateway speaks ClickHouse's HTTP interface for an embedded engine,
// so that clickhouse-go, curl and every other HTTP client use it as they would
// use a server.
//
// It imports the chdb binding beside it and nothing else of this module. A
// request gets an engine session of its own, unless it names a session_id;
// SELECTs stream out, in formats without a head or an end, and inserts stream in,
// both with bounded memory; a client that
// goes away takes its query with it. Not offered: external tables, progress
// headers, users other than the one configured.
package gateway
