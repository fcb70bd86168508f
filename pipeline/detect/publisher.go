package detect

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/mentionlog"
	"fenghuo/schemas"
)

// Publisher writes transitions to the alert topics: each to events, and the
// latest of a fingerprint to state, which is compacted. One process may
// publish what another already has; the ids are the same.
type Publisher struct {
	Cluster          *kafkalog.Cluster
	Events, State    string // topics
	EventsPartitions int
	StatePartitions  int
	OnRetry          func(error)
}

// Publish returns when all in-sync replicas have everything.
func (p *Publisher) Publish(ctx context.Context, alerts []schemas.Alert, expired []string) error {
	events := map[int][]kafkalog.Record{}
	state := map[int][]kafkalog.Record{}
	now := time.Now()
	for i := range alerts {
		a := &alerts[i]
		r, err := alertRecord(a, now)
		if err != nil {
			return err
		}
		e, s := mentionlog.PartitionOf(a.Fingerprint, p.EventsPartitions), mentionlog.PartitionOf(a.Fingerprint, p.StatePartitions)
		events[e] = append(events[e], r)
		state[s] = append(state[s], r)
	}
	for _, fingerprint := range expired {
		s := mentionlog.PartitionOf(fingerprint, p.StatePartitions)
		state[s] = append(state[s], kafkalog.Record{Time: now, Key: []byte(fingerprint)}) // a tombstone
	}
	if err := p.append(ctx, p.Events, events); err != nil {
		return err
	}
	return p.append(ctx, p.State, state)
}

func (p *Publisher) append(ctx context.Context, topic string, byPartition map[int][]kafkalog.Record) error {
	for partition, records := range byPartition {
		if err := p.Cluster.Append(ctx, topic, partition, records, p.OnRetry); err != nil {
			return err
		}
	}
	return nil
}

// alertRecord is a CloudEvent in Kafka's binary mode, keyed by fingerprint.
func alertRecord(a *schemas.Alert, now time.Time) (kafkalog.Record, error) {
	value, err := json.Marshal(a)
	if err != nil {
		return kafkalog.Record{}, fmt.Errorf("alert %s: %w", a.ID, err)
	}
	r := kafkalog.Record{Time: now, Key: []byte(a.Fingerprint), Value: value}
	for _, h := range schemas.AlertHeaders(a) {
		r.Headers = append(r.Headers, kafka.Header{Key: h.Key, Value: []byte(h.Value)})
	}
	return r, nil
}
