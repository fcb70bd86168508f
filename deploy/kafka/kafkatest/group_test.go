package kafkatest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// The next owner starts exactly where the last one committed, also when the
// commit came while the generation was ending.
func testGroupResumesAtTheCommit(t *testing.T, brokers []string) {
	client := newClient(t, brokers)
	createTopic(t, client, "resume", 1)
	produce(t, client, "resume", 0, "a", "b", "c")

	first := join(t, brokers, "resume")
	gen := next(t, first)
	if got := assigned(gen); !slices.Equal(got, []int{0}) {
		t.Fatalf("the only member owns %v, want [0]", got)
	}
	if at := gen.Assignments["resume"][0].Offset; at != kafkago.FirstOffset {
		t.Errorf("a new group starts at %d, want FirstOffset", at)
	}
	flushed := make(chan error, 1)
	gen.Start(func(ctx context.Context) {
		<-ctx.Done() // the last moment at which this generation may commit
		flushed <- gen.CommitOffsets(map[string]map[int]int64{"resume": {0: 2}})
	})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-flushed; err != nil {
		t.Fatalf("commit at the end of the generation: %v", err)
	}

	second := next(t, join(t, brokers, "resume"))
	if at := second.Assignments["resume"][0].Offset; at != 2 {
		t.Errorf("the next owner starts at %d, want 2", at)
	}
}

// Two members share the partitions; when one leaves, the other takes all.
func testTwoMembersShareThePartitions(t *testing.T, brokers []string) {
	createTopic(t, newClient(t, brokers), "share", 4)

	one := member(t, brokers, "share")
	if got := receive(t, one.owns); len(got) != 4 {
		t.Fatalf("alone, a member owns %v, want all 4", got)
	}
	two := member(t, brokers, "share")
	a, b := receive(t, one.owns), receive(t, two.owns)
	if all := slices.Sorted(slices.Values(append(slices.Clone(a), b...))); len(a) != 2 || !slices.Equal(all, []int{0, 1, 2, 3}) {
		t.Fatalf("two members own %v and %v, want two each and all four", a, b)
	}
	if err := two.group.Close(); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, one.owns); len(got) != 4 {
		t.Fatalf("after the other left, a member owns %v, want all 4", got)
	}
}

// A commit of a generation that is over is refused, so that a zombie cannot
// move the new owner's place.
func testCommitOfAnOldGenerationIsRefused(t *testing.T, brokers []string) {
	createTopic(t, newClient(t, brokers), "zombie", 1)
	group := join(t, brokers, "zombie")
	old := next(t, group)
	if err := group.Close(); err != nil {
		t.Fatal(err)
	}
	next(t, join(t, brokers, "zombie"))
	if err := old.CommitOffsets(map[string]map[int]int64{"zombie": {0: 1}}); err == nil {
		t.Error("the old generation's commit was accepted")
	}
}

// membership tells what a member owns, generation by generation.
type membership struct {
	group *kafkago.ConsumerGroup
	owns  chan []int
}

func member(t *testing.T, brokers []string, topic string) membership {
	t.Helper()
	m := membership{group: join(t, brokers, topic), owns: make(chan []int)}
	go func() {
		for {
			gen, err := m.group.Next(t.Context())
			if errors.Is(err, kafkago.ErrGroupClosed) || t.Context().Err() != nil {
				return
			}
			if err != nil {
				continue // such as RebalanceInProgress: the group tries again by itself
			}
			owned := assigned(gen)
			gen.Start(func(ctx context.Context) {
				select {
				case m.owns <- owned:
				case <-ctx.Done(): // overtaken before anybody asked
				}
				<-ctx.Done() // returning earlier would end the generation
			})
		}
	}()
	return m
}

// receive fails rather than waits for ever.
func receive(t *testing.T, owns <-chan []int) []int {
	t.Helper()
	select {
	case owned := <-owns:
		return owned
	case <-time.After(time.Minute):
		t.Fatal("no generation within a minute")
		return nil
	}
}

// join enters the group that is named after its topic.
func join(t *testing.T, brokers []string, topic string) *kafkago.ConsumerGroup {
	t.Helper()
	group, err := kafkago.NewConsumerGroup(kafkago.ConsumerGroupConfig{
		ID: topic, Brokers: brokers, Topics: []string{topic}, StartOffset: kafkago.FirstOffset,
		HeartbeatInterval: 200 * time.Millisecond, SessionTimeout: 6 * time.Second,
		RebalanceTimeout: 6 * time.Second, JoinGroupBackoff: 200 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = group.Close() })
	return group
}

// next waits for a generation. A broker that comes back makes a few attempts
// fail first.
func next(t *testing.T, group *kafkago.ConsumerGroup) *kafkago.Generation {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		gen, err := group.Next(ctx)
		if err == nil {
			return gen
		}
		if ctx.Err() != nil || errors.Is(err, kafkago.ErrGroupClosed) {
			t.Fatalf("no generation: %v", err)
		}
	}
}

func assigned(gen *kafkago.Generation) []int {
	var ids []int
	for _, partitions := range gen.Assignments { // of one topic
		for _, p := range partitions {
			ids = append(ids, p.ID)
		}
	}
	slices.Sort(ids)
	return ids
}
