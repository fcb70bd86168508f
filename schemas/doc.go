// Package schemas is the public vocabulary of Fenghuo: the messages on its
// Kafka topics (Post, Alert, DeadLetter), the row it stores (Mention), their
// JSON Schemas and AsyncAPI document, and the ClickHouse migrations and views.
//
// It imports nothing of the project, so that every other package may import
// it. It promises that a field's name here is its name on the topics, in the
// tables and in every --json output.
package schemas
