package kafkatest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
)

// These tests pin what Fenghuo relies on in kafka-go against a real broker:
// Client.Produce, Client.Fetch, ConsumerGroup and its generations.

func TestClient(t *testing.T) {
	brokers := Start(t)
	for name, test := range map[string]func(*testing.T, []string){
		"ProduceAndFetch":                  testProduceAndFetch,
		"FetchErrors":                      testFetchErrors,
		"OffsetsGiveTheLag":                testOffsetsGiveTheLag,
		"GroupResumesAtTheCommit":          testGroupResumesAtTheCommit,
		"TwoMembersShareThePartitions":     testTwoMembersShareThePartitions,
		"CommitOfAnOldGenerationIsRefused": testCommitOfAnOldGenerationIsRefused,
	} {
		t.Run(name, func(t *testing.T) { test(t, brokers) })
	}
}

// Keys, values, headers, nil values and every codec come back as they went.
func testProduceAndFetch(t *testing.T, brokers []string) {
	client := newClient(t, brokers)
	codecs := []compress.Compression{0, kafkago.Gzip, kafkago.Snappy, kafkago.Lz4, kafkago.Zstd}
	createTopic(t, client, "mentions", len(codecs))
	for partition, codec := range codecs {
		sent := kafkago.Record{
			Time:    time.UnixMilli(1424563200123),
			Key:     kafkago.NewBytes([]byte("united")),
			Value:   kafkago.NewBytes([]byte("值 " + codec.String())),
			Headers: []kafkago.Header{{Key: "ce_id", Value: []byte("1")}},
		}
		tombstone := kafkago.Record{Key: kafkago.NewBytes([]byte("united"))}
		send(t, client, "mentions", partition, codec, sent, tombstone)
		got := fetch(t, client, "mentions", partition, 0, 2)
		first, second := got[0], got[1]
		if first.value != "值 "+codec.String() || first.key != "united" || first.ms != 1424563200123 ||
			len(first.headers) != 1 || string(first.headers[0].Value) != "1" {
			t.Errorf("%v: first record is %+v", codec, first)
		}
		if second.key != "united" || !second.tombstone || second.offset != 1 {
			t.Errorf("%v: tombstone is %+v", codec, second)
		}
	}
}

// A fetch beyond the end is OffsetOutOfRange; one from a topic that is not
// there fails in the client, before any request.
func testFetchErrors(t *testing.T, brokers []string) {
	client := newClient(t, brokers)
	createTopic(t, client, "short", 1)
	produce(t, client, "short", 0, "only")
	beyond, err := client.Fetch(t.Context(), fetchRequest("short", 0, 7))
	if err != nil || !errors.Is(beyond.Error, kafkago.OffsetOutOfRange) {
		t.Errorf("beyond the end: %v, %v; want OffsetOutOfRange", err, errorOfFetch(beyond))
	}
	absent, err := client.Fetch(t.Context(), fetchRequest("absent", 0, 0))
	if err == nil {
		t.Errorf("absent topic: no error, response %+v", absent)
	}
}

// ListOffsets gives both ends, and OffsetFetch what a group committed: the
// lag is their difference.
func testOffsetsGiveTheLag(t *testing.T, brokers []string) {
	client := newClient(t, brokers)
	createTopic(t, client, "lag", 1)
	produce(t, client, "lag", 0, "a", "b", "c", "d", "e")
	group := join(t, brokers, "lag")
	gen := next(t, group)
	if err := gen.CommitOffsets(map[string]map[int]int64{"lag": {0: 2}}); err != nil {
		t.Fatal(err)
	}
	ends, err := client.ListOffsets(t.Context(), &kafkago.ListOffsetsRequest{
		Topics: map[string][]kafkago.OffsetRequest{"lag": {kafkago.FirstOffsetOf(0), kafkago.LastOffsetOf(0)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	committed, err := client.OffsetFetch(t.Context(), &kafkago.OffsetFetchRequest{
		GroupID: "lag", Topics: map[string][]int{"lag": {0}},
	})
	if err != nil {
		t.Fatal(err)
	}
	end, at := ends.Topics["lag"][0], committed.Topics["lag"][0]
	if end.FirstOffset != 0 || end.LastOffset != 5 || at.CommittedOffset != 2 {
		t.Errorf("log [%d, %d), committed %d; want [0, 5), 2", end.FirstOffset, end.LastOffset, at.CommittedOffset)
	}
}

func newClient(t testing.TB, brokers []string) *kafkago.Client {
	transport := &kafkago.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &kafkago.Client{Addr: kafkago.TCP(brokers...), Transport: transport, Timeout: 30 * time.Second}
}

// createTopic returns when the partitions have leaders.
func createTopic(t testing.TB, client *kafkago.Client, topic string, partitions int) {
	t.Helper()
	resp, err := client.CreateTopics(t.Context(), &kafkago.CreateTopicsRequest{
		Topics: []kafkago.TopicConfig{{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1}},
	})
	if err != nil || resp.Errors[topic] != nil {
		t.Fatalf("create topic %q: %v, %v", topic, err, resp)
	}
	for t.Context().Err() == nil {
		meta, err := client.Metadata(t.Context(), &kafkago.MetadataRequest{Topics: []string{topic}})
		ready := err == nil && len(meta.Topics) == 1 && len(meta.Topics[0].Partitions) == partitions &&
			!slices.ContainsFunc(meta.Topics[0].Partitions, func(p kafkago.Partition) bool { return p.Error != nil })
		if ready {
			return
		}
		time.Sleep(poll)
	}
	t.Fatalf("topic %q has no leaders", topic)
}

func produce(t testing.TB, client *kafkago.Client, topic string, partition int, values ...string) {
	t.Helper()
	records := make([]kafkago.Record, len(values))
	for i, v := range values {
		records[i].Value = kafkago.NewBytes([]byte(v))
	}
	send(t, client, topic, partition, 0, records...)
}

// send repeats a batch that the broker refused for now: a new partition's
// leader says NotLeaderForPartition for a moment after the metadata name it.
func send(t testing.TB, client *kafkago.Client, topic string, partition int, codec compress.Compression, records ...kafkago.Record) {
	t.Helper()
	for {
		for i := range records {
			rewind(records[i].Key)
			rewind(records[i].Value)
		}
		resp, err := client.Produce(t.Context(), &kafkago.ProduceRequest{
			Topic: topic, Partition: partition, RequiredAcks: kafkago.RequireAll,
			Compression: codec, Records: kafkago.NewRecordReader(records...),
		})
		err = errors.Join(err, errorOf(resp))
		if err == nil {
			return
		}
		if !errors.Is(err, kafkago.NotLeaderForPartition) || t.Context().Err() != nil {
			t.Fatalf("produce to %s/%d: %v", topic, partition, err)
		}
		time.Sleep(poll)
	}
}

func rewind(b kafkago.Bytes) {
	if s, ok := b.(io.Seeker); ok {
		_, _ = s.Seek(0, io.SeekStart)
	}
}

type fetched struct {
	offset, ms int64
	key, value string
	tombstone  bool
	headers    []kafkago.Header
}

// fetch reads n records from an offset on.
func fetch(t testing.TB, client *kafkago.Client, topic string, partition int, offset int64, n int) []fetched {
	t.Helper()
	var got []fetched
	for len(got) < n {
		resp, err := client.Fetch(t.Context(), fetchRequest(topic, partition, offset))
		err = errors.Join(err, errorOfFetch(resp))
		if errors.Is(err, kafkago.NotLeaderForPartition) && t.Context().Err() == nil {
			time.Sleep(poll)
			continue
		}
		if err != nil {
			t.Fatalf("fetch %s/%d from %d: %v", topic, partition, offset, err)
		}
		for {
			r, err := resp.Records.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("read %s/%d: %v", topic, partition, err)
			}
			key, _ := kafkago.ReadAll(r.Key)
			value, _ := kafkago.ReadAll(r.Value)
			got = append(got, fetched{r.Offset, r.Time.UnixMilli(), string(key), string(value), r.Value == nil, r.Headers})
			offset = r.Offset + 1
		}
	}
	return got
}

func fetchRequest(topic string, partition int, offset int64) *kafkago.FetchRequest {
	return &kafkago.FetchRequest{
		Topic: topic, Partition: partition, Offset: offset,
		MinBytes: 1, MaxBytes: 8 << 20, MaxWait: time.Second,
	}
}

func wantValues(t *testing.T, got []fetched, want []string) {
	t.Helper()
	values := make([]string, len(got))
	for i, r := range got {
		values[i] = r.value
	}
	if !slices.Equal(values, want) {
		t.Errorf("read %q, want %q", values, want)
	}
}

func errorOf(resp *kafkago.ProduceResponse) error {
	if resp == nil {
		return nil
	}
	errs := []error{resp.Error}
	for i, err := range resp.RecordErrors {
		errs = append(errs, fmt.Errorf("record %d: %w", i, err))
	}
	return errors.Join(errs...)
}

func errorOfFetch(resp *kafkago.FetchResponse) error {
	if resp == nil {
		return nil
	}
	return resp.Error
}

// BenchmarkClient measures a batch of 1,000 posts of 300 bytes through
// Client.Produce and Client.Fetch.
func BenchmarkClient(b *testing.B) {
	const batch = 1000
	client := newClient(b, Start(b))
	values := make([]string, batch)
	for i := range values {
		values[i] = fmt.Sprintf("%-300s", strconv.Itoa(i))
	}
	for _, op := range []string{"Produce", "Fetch"} {
		b.Run(op, func(b *testing.B) {
			topic := fmt.Sprintf("%s-%d", op, b.N)
			createTopic(b, client, topic, 1)
			if op == "Fetch" {
				for range b.N {
					produce(b, client, topic, 0, values...)
				}
			}
			b.ResetTimer()
			if op == "Produce" {
				for range b.N {
					produce(b, client, topic, 0, values...)
				}
			} else {
				fetch(b, client, topic, 0, 0, b.N*batch)
			}
			b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
