package service

import (
	"testing"

	"fenghuo/deploy/kafka/kafkatest"
)

// Against a real Apache Kafka, two processes share the work and one is stopped
// half-way: nothing is lost, nothing counts twice, and the alerts are those of
// one process that was left alone with the embedded broker.
func TestApacheKafkaTwoProcessesOneStopped(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute or two: left out of -short")
	}
	brokers := kafkatest.Start(t)
	want := undisturbed(t)
	w := newWorld(t, "kafka", brokers)
	first, second := w.startChild(), w.startChild()
	defer second.kill()
	first.awaitWork(t)
	second.awaitWork(t)
	w.produce()
	w.awaitRead(w.truth.Counts.Records / 3)
	first.stop(t)
	w.awaitLanded(func() {})
	w.verify()
	w.compareAlerts(want)
}
