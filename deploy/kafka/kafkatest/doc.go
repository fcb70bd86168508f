// Package kafkatest runs a real Apache Kafka broker for a test: one node in
// KRaft mode on loopback, with the jars that deploy/kafka/pom.xml names.
//
// The jars are fetched by Maven once into FENGHUO_CACHE (default: the user's
// cache directory) and shared by all test processes. Where Java 17 or Maven is
// missing the test is skipped with one line saying so, or fails when
// FENGHUO_REQUIRE_KAFKA=1, as it is in CI.
//
//	brokers := kafkatest.Start(t)           // until the test ends
//
//	b := kafkatest.Run(t)                   // to make it fail
//	b.Kill()                                // kill -9
//	b.Restart()                             // same address, same data
package kafkatest
