package kafkalog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"go.uber.org/zap"
)

// Assignment is a partition that this process owns for one generation, with
// the offset committed for it (kafka.FirstOffset when there is none).
type Assignment struct {
	Partition int
	Offset    int64
}

// Generation is one assignment of partitions to this process.
type Generation struct {
	Assignments []Assignment
	topic       string
	generation  *kafka.Generation
}

// Commit stores offsets, by partition. It fails when the generation is over.
func (g *Generation) Commit(offsets map[int]int64) error {
	if len(offsets) == 0 {
		return nil
	}
	if err := g.generation.CommitOffsets(map[string]map[int]int64{g.topic: offsets}); err != nil {
		return fmt.Errorf("commit offsets of topic %q: %w", g.topic, err)
	}
	return nil
}

// Share joins the consumer group id on topic and calls work with every
// generation's assignment until ctx is done. work must return soon after its
// context ends: the group waits for it, so that the next owner starts after
// this one has stopped. An error from work is fatal: the group is left and
// Share returns it. Errors of the group itself are logged, reported through
// onError (nil once a generation starts) and tried again.
func (c *Cluster) Share(ctx context.Context, id, topic string, log *zap.Logger, onError func(error),
	work func(context.Context, *Generation) error) error {
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: id, Brokers: c.brokers, Dialer: c.dialer, Topics: []string{topic},
		StartOffset:           kafka.FirstOffset,
		WatchPartitionChanges: true,
		HeartbeatInterval:     time.Second,
		SessionTimeout:        6 * time.Second,
		RebalanceTimeout:      10 * time.Second,
		JoinGroupBackoff:      time.Second,
		Timeout:               10 * time.Second,
	})
	if err != nil {
		return fmt.Errorf("consumer group %q: %w", id, err)
	}
	defer group.Close() //nolint:errcheck // always nil
	for {
		gen, err := group.Next(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			onError(fmt.Errorf("consumer group %q: %w", id, err))
			log.Warn("consumer group: trying again", zap.String("group", id), zap.Error(err))
			continue
		}
		onError(nil)
		if err := serve(ctx, gen, topic, work); err != nil {
			return err
		}
	}
}

// serve runs work for one generation and waits for its end.
func serve(ctx context.Context, gen *kafka.Generation, topic string, work func(context.Context, *Generation) error) error {
	g := &Generation{topic: topic, generation: gen}
	for _, a := range gen.Assignments[topic] {
		g.Assignments = append(g.Assignments, Assignment{Partition: a.ID, Offset: a.Offset})
	}
	result := make(chan error, 1)
	gen.Start(func(genCtx context.Context) {
		workCtx, cancel := context.WithCancel(genCtx)
		defer cancel()
		stop := context.AfterFunc(ctx, cancel)
		defer stop()
		err := work(workCtx, g)
		if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, kafka.ErrGenerationEnded) || workCtx.Err() != nil {
			// A member without partitions still has to stay in the group.
			<-workCtx.Done()
			err = nil
		}
		result <- err
	})
	return <-result
}
