package service

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/detect"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/mentionlog"
	"fenghuo/pipeline/store"
)

// wantedLayout is how this program lays out a mentions topic.
func wantedLayout(topic string, partitions int) store.Layout {
	return store.Layout{
		Topic: topic, Partitions: partitions, Hash: "fnv1a-32",
		CutAfter: detect.CutAfter, CutRecords: detect.CutRecords,
	}
}

// NewLayout starts the next layout epoch of the mentions topic, at its present
// ends: the state of the detectors begins anew there. It refuses while posts
// before those ends have not landed, unless the topic was created anew, and
// must not be called while processes run.
func NewLayout(ctx context.Context, c *config.Config, s *store.Store, log *zap.Logger) (store.Layout, error) {
	cluster, err := kafkalog.Connect(c.Kafka, "fenghuo-migrate")
	if err != nil {
		return store.Layout{}, err
	}
	defer cluster.Close()
	topic := c.Kafka.Topics.Mentions
	n, err := cluster.Partitions(ctx, topic)
	if err != nil {
		return store.Layout{}, err
	}
	if n == 0 {
		return store.Layout{}, fmt.Errorf("%w: topic %q at %s", kafkalog.ErrMissingTopic, topic, cluster.Brokers())
	}
	current, found, err := s.Layout(ctx, topic)
	if err != nil {
		return store.Layout{}, err
	}
	var landed []int64
	if found {
		if landed, err = s.Landed(ctx, current); err != nil {
			return store.Layout{}, err
		}
	}
	next := wantedLayout(topic, n)
	for t := range n {
		first, end, err := cluster.Bounds(ctx, topic, t)
		if err != nil {
			return store.Layout{}, err
		}
		if t < len(landed) && landed[t] <= end {
			if err := drained(ctx, cluster, topic, t, max(first, landed[t]), end); err != nil {
				return store.Layout{}, err
			}
		}
		next.Starts = append(next.Starts, end)
	}
	log.Info("new layout", zap.String("topic", topic), zap.Int("partitions", n))
	return s.NewLayout(ctx, next)
}

// drained fails when a post lies between two offsets.
func drained(ctx context.Context, c *kafkalog.Cluster, topic string, partition int, from, end int64) error {
	for from < end {
		b, err := c.Fetch(ctx, topic, partition, from)
		if err != nil {
			return err
		}
		for _, r := range b.Records {
			if m, err := mentionlog.Decode(r.Value); err == nil && m.Heartbeat == nil && r.Offset < end {
				return fmt.Errorf("topic %q partition %d: the post at offset %d has not landed: run `fenghuo run --role detect` until "+
					"it has nothing left to do, stop it, and try again", topic, partition, r.Offset)
			}
		}
		if b.Next == from {
			return nil
		}
		from = b.Next
	}
	return nil
}
