package analyze

import (
	"testing"
	"time"

	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/telemetry"
)

// A source offset is safe only when every appender has acknowledged what was
// appended before it, and the newest safe one counts.
func TestAnOffsetIsSafeWhenAllBeforeItIsAcknowledged(t *testing.T) {
	c := config.Default().Kafka
	c.Brokers = embeddedtest.Broker(t)
	cluster, err := kafkalog.Connect(c, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	err = cluster.EnsureTopics(t.Context(), true, kafkalog.Topic{Name: c.Topics.Mentions, Partitions: 2, Replicas: 1},
		kafkalog.Topic{Name: c.Topics.Dead, Partitions: 1, Replicas: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := &Stage{
		Cluster: cluster, Topics: c.Topics, MentionPartitions: 2, DeadPartitions: 1,
		Log: zap.NewNop(), Metrics: telemetry.NewMetrics(), Health: telemetry.NewHealth(),
	}
	out := s.newOutbox(t.Context())
	out.stop()         // nothing is sent any more
	out.senders.Wait() //nolint:errcheck // stopped
	out.mark(0, 10)
	if safe := out.safe(); safe[0] != 10 {
		t.Errorf("safe offsets %v, want 10 of source 0: nothing was appended before it", safe)
	}

	out = s.newOutbox(t.Context())
	defer out.stop()
	for offset := int64(1); offset <= 3; offset++ {
		if _, err := out.mentions[offset%2].Append(kafkalog.Record{Time: time.Now(), Value: []byte("x")}); err != nil {
			t.Fatal(err)
		}
		out.mark(5, offset)
	}
	out.drain(time.Minute)
	if safe := out.safe(); len(safe) != 1 || safe[5] != 3 {
		t.Errorf("safe offsets after all is acknowledged: %v, want 3 of source 5", safe)
	}
	if safe := out.safe(); len(safe) != 0 {
		t.Errorf("offsets are told twice: %v", safe)
	}
}
