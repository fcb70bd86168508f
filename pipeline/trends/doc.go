// Package trends is the catalogue of questions to the tables: parameterised
// views of ClickHouse with what each answers, its parameters and an example.
// The views themselves are part of the schema, so that any client can select
// from them; this package reads their description there, fills in defaults,
// runs them with server-side parameters, and writes docs/queries.md. It imports
// schemas and store.
package trends
