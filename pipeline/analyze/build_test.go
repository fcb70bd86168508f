package analyze

import (
	"fmt"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/mentionlog"
	"fenghuo/schemas"
)

var (
	posts = mentionlog.Source{Topic: "posts", Partition: 3}
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)
)

// A post about many brands has one record a partition, with all of the
// partition's mentions, and exactly one of the records is home.
func TestBuildMakesOneRecordAPartition(t *testing.T) {
	r := &analyzer.Result{Polarity: schemas.Neutral}
	for i := range 40 {
		r.Brands = append(r.Brands, analyzer.BrandMention{Brand: fmt.Sprint("b", i), Primary: true})
	}
	const partitions = 8
	a := Build(&schemas.Post{ID: "1", Text: "x", PublishedAt: noon}, r, posts, 7, noon, partitions)
	if a.Outcome != mentionlog.Attributed {
		t.Errorf("outcome %v", a.Outcome)
	}
	seen, home, mentions := map[int]bool{}, 0, 0
	for _, routed := range a.Posts {
		if seen[routed.Partition] {
			t.Errorf("two records for partition %d", routed.Partition)
		}
		seen[routed.Partition] = true
		if routed.Post.Home {
			home++
		}
		for _, m := range routed.Post.Mentions {
			mentions++
			if p := mentionlog.PartitionOf(m.Brand, partitions); p != routed.Partition {
				t.Errorf("brand %s of partition %d is in the record for %d", m.Brand, p, routed.Partition)
			}
		}
		if routed.Post.Offset != 7 || routed.Post.Source != posts || !routed.Post.PublishedAt.Equal(noon.Truncate(time.Millisecond)) {
			t.Errorf("record %+v", routed.Post)
		}
	}
	if home != 1 || mentions != 40 || len(seen) < 2 {
		t.Errorf("%d home records, %d mentions, %d partitions", home, mentions, len(seen))
	}
}

func TestAPostAboutNoBrandIsUnattributed(t *testing.T) {
	a := Build(&schemas.Post{Text: "x", PublishedAt: noon}, &analyzer.Result{}, posts, 0, noon, 4)
	if a.Outcome != mentionlog.Unattributed || len(a.Posts) != 0 {
		t.Errorf("%+v", a)
	}
}

func TestOnlyLikelyComplaintTypesAreKept(t *testing.T) {
	got := likely([]schemas.ComplaintScore{{Type: "a", Score: .9}, {Type: "b", Score: .5}, {Type: "c", Score: .49}})
	if len(got) != 2 {
		t.Errorf("kept %v", got)
	}
}

// A post without an id gets the same one whenever it is read, and another one
// than the same words elsewhere.
func TestContentIDNamesThePlace(t *testing.T) {
	r := kafkalog.Record{Offset: 5, Value: []byte("same")}
	id := contentID(posts, &r)
	if again := contentID(posts, &kafkalog.Record{Offset: 5, Value: []byte("same")}); again != id {
		t.Error("the same record has two ids")
	}
	other := posts
	other.Epoch = 1
	for _, c := range []struct {
		s mentionlog.Source
		r kafkalog.Record
	}{{posts, kafkalog.Record{Offset: 6, Value: []byte("same")}}, {other, r}, {posts, kafkalog.Record{Offset: 5, Value: []byte("else")}}} {
		if contentID(c.s, &c.r) == id {
			t.Errorf("%v %d %q has the id of another record", c.s, c.r.Offset, c.r.Value)
		}
	}
}

// A row of a table that is none is dead, though what it holds would be a post.
func TestARowWithAnotherNumberOfCellsIsDead(t *testing.T) {
	r := kafkalog.Record{Time: noon, Value: []byte(`{"text":"a","published_at":"2025-03-01T08:00:00Z"}`),
		Headers: []kafka.Header{{Key: "fault", Value: []byte("the row has 1 cells, its header has 2")}}}
	got := Analyze(nil, nil, posts, &r, 1)
	if got.Outcome.Reason() != schemas.ReasonColumns || got.Detail != "the row has 1 cells, its header has 2" || len(got.Posts) > 0 {
		t.Errorf("%+v", got)
	}
}

func TestADeadLetterSaysWhyAndWhence(t *testing.T) {
	value := make([]byte, schemas.MaxDeadLetterBytes+1)
	letter := deadLetter(posts, &kafkalog.Record{Offset: 9, Time: noon, Value: value,
		Headers: []kafka.Header{{Key: "origin", Value: []byte("posts.csv:8")}}}, schemas.ReasonTooLong, "detail")
	if string(letter.Key) != "posts/0/3/9" || len(letter.Value) != schemas.MaxDeadLetterBytes {
		t.Errorf("key %q, %d bytes", letter.Key, len(letter.Value))
	}
	headers := map[string]string{}
	for _, h := range letter.Headers {
		headers[h.Key] = string(h.Value)
	}
	for key, want := range map[string]string{
		"reason": "too_long", "detail": "detail", "source_topic": "posts", "source_partition": "3", "source_offset": "9",
		"length": fmt.Sprint(len(value)), "origin": "posts.csv:8",
	} {
		if headers[key] != want {
			t.Errorf("header %s is %q, want %q", key, headers[key], want)
		}
	}
	if len(headers["sha256"]) != 64 {
		t.Errorf("sha256 is %q", headers["sha256"])
	}
}
