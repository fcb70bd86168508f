// Package service assembles the pipeline: it waits for Kafka and ClickHouse,
// brings topics, tables and layout into order, and runs the analyze and detect
// stages. cmd and tests start the whole program through it. It imports the
// stages and what they need, and nothing imports it but cmd and tests.
package service
