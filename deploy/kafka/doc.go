// Package kafka pins the Apache Kafka broker that the integration tests run
// against. It holds the pom alone and imports nothing; kafkatest starts the
// broker.
package kafka

import _ "embed"

// POM is the Maven project whose runtime dependencies are a broker's jars.
//
//go:embed pom.xml
var POM []byte
