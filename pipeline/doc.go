// Package pipeline and the packages below it carry a post from Kafka to an
// alert. Read them in the order of the flow: text (a text prepared), analyzer
// (what it says about whom), analyze (the stage between posts and mentions),
// mentionlog (the records between the stages), detect (the stage between
// mentions, ClickHouse and the alert topics). Data flows one way: a later
// package imports earlier ones, never the other way round.
package pipeline
