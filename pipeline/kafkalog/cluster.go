package kafkalog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"fenghuo/pipeline/config"
)

// Cluster is a connection to Kafka, safe for concurrent use.
type Cluster struct {
	brokers   []string
	client    *kafka.Client
	transport *kafka.Transport
	dialer    *kafka.Dialer
}

// Connect prepares a connection; nothing is dialled until it is used.
// It fails on unreadable certificates and unknown SASL mechanisms.
func Connect(c config.Kafka, clientID string) (*Cluster, error) {
	if len(c.Brokers) == 0 {
		return nil, errors.New("no Kafka brokers: set kafka.brokers in the config, or --brokers")
	}
	tlsConfig, err := c.TLS.Client()
	if err != nil {
		return nil, fmt.Errorf("kafka.%w", err)
	}
	mechanism, err := loadSASL(c.SASL)
	if err != nil {
		return nil, err
	}
	transport := &kafka.Transport{
		ClientID:    clientID,
		TLS:         tlsConfig,
		SASL:        mechanism,
		DialTimeout: 5 * time.Second,
		MetadataTTL: 5 * time.Second,
	}
	return &Cluster{
		brokers:   c.Brokers,
		transport: transport,
		client:    &kafka.Client{Addr: kafka.TCP(c.Brokers...), Transport: transport, Timeout: 30 * time.Second},
		dialer: &kafka.Dialer{
			ClientID: clientID, Timeout: 10 * time.Second, DualStack: true,
			TLS: tlsConfig, SASLMechanism: mechanism,
		},
	}, nil
}

// Close drops idle connections.
func (c *Cluster) Close() { c.transport.CloseIdleConnections() }

// Brokers is the addresses the cluster was connected with, for messages.
func (c *Cluster) Brokers() string { return strings.Join(c.brokers, ",") }

// Ping asks for the cluster's metadata.
func (c *Cluster) Ping(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := c.client.Metadata(limited, &kafka.MetadataRequest{})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return c.explain(err)
}

// Topic is what a topic should be when it has to be created.
type Topic struct {
	Name       string
	Partitions int
	Replicas   int
	Settings   map[string]string // such as cleanup.policy
}

// ErrMissingTopic says that a topic does not exist and may not be created.
var ErrMissingTopic = errors.New("missing topic")

// EnsureTopics creates the missing topics. It is safe to run from several
// processes at once. With create false, a missing topic is an error.
func (c *Cluster) EnsureTopics(ctx context.Context, create bool, topics ...Topic) error {
	for _, t := range topics {
		n, err := c.Partitions(ctx, t.Name)
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		if !create {
			return fmt.Errorf("%w: topic %q at %s: create it, or set kafka.create: true", ErrMissingTopic, t.Name, c.Brokers())
		}
		if err := c.createTopic(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) createTopic(ctx context.Context, t Topic) error {
	tc := kafka.TopicConfig{Topic: t.Name, NumPartitions: t.Partitions, ReplicationFactor: t.Replicas}
	for k, v := range t.Settings {
		tc.ConfigEntries = append(tc.ConfigEntries, kafka.ConfigEntry{ConfigName: k, ConfigValue: v})
	}
	res, err := c.client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{tc}})
	if err == nil {
		err = res.Errors[t.Name]
	}
	if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
		return fmt.Errorf("create topic %q at %s: %w", t.Name, c.Brokers(), err)
	}
	return c.awaitTopic(ctx, t.Name)
}

// awaitTopic waits until the brokers' metadata shows a topic just created.
func (c *Cluster) awaitTopic(ctx context.Context, name string) error {
	for {
		n, err := c.Partitions(ctx, name)
		if err != nil || n > 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Partitions returns the number of a topic's partitions, 0 when it does not
// exist.
func (c *Cluster) Partitions(ctx context.Context, topic string) (int, error) {
	res, err := c.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return 0, ctx.Err()
	default:
		return 0, c.explain(err)
	}
	for _, t := range res.Topics {
		if t.Name != topic {
			continue
		}
		if t.Error != nil {
			if errors.Is(t.Error, kafka.UnknownTopicOrPartition) || errors.Is(t.Error, kafka.LeaderNotAvailable) {
				return 0, nil
			}
			return 0, fmt.Errorf("topic %q at %s: %w", topic, c.Brokers(), t.Error)
		}
		return len(t.Partitions), nil
	}
	return 0, nil
}

// Bounds returns the first offset of a partition's log and the one after its
// last record.
func (c *Cluster) Bounds(ctx context.Context, topic string, partition int) (first, end int64, err error) {
	res, err := c.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{
		topic: {kafka.FirstOffsetOf(partition), kafka.LastOffsetOf(partition)},
	}})
	if err != nil {
		return 0, 0, fmt.Errorf("bounds of %s/%d: %w", topic, partition, err)
	}
	for _, p := range res.Topics[topic] {
		if p.Partition != partition {
			continue
		}
		if p.Error != nil {
			return 0, 0, fmt.Errorf("bounds of %s/%d: %w", topic, partition, p.Error)
		}
		return p.FirstOffset, p.LastOffset, nil
	}
	return 0, 0, fmt.Errorf("bounds of %s/%d: %w", topic, partition, kafka.UnknownTopicOrPartition)
}

func loadSASL(c config.SASL) (sasl.Mechanism, error) {
	switch strings.ToLower(c.Mechanism) {
	case "":
		return nil, nil
	case "plain":
		return plain.Mechanism{Username: c.User, Password: c.Password}, nil
	case "scram-sha-256":
		return scram.Mechanism(scram.SHA256, c.User, c.Password)
	case "scram-sha-512":
		return scram.Mechanism(scram.SHA512, c.User, c.Password)
	}
	return nil, fmt.Errorf("kafka.sasl.mechanism %q: use plain, scram-sha-256 or scram-sha-512", c.Mechanism)
}
