package backfill

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"fenghuo/pipeline/ingest"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/schemas"
)

// Span is a stretch of event time, To not included; zero ends are open.
type Span struct{ From, To time.Time }

func (s Span) holds(at time.Time) bool {
	return (s.From.IsZero() || !at.Before(s.From)) && (s.To.IsZero() || at.Before(s.To))
}

// Within keeps the rows of a span.
func Within(rows iter.Seq2[ingest.Row, error], s Span) iter.Seq2[ingest.Row, error] {
	return func(yield func(ingest.Row, error) bool) {
		for row, err := range rows {
			if err == nil && !s.holds(row.At) {
				continue
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// FromTopic yields what a topic of posts holds now, in no order of event time.
func FromTopic(ctx context.Context, c *kafkalog.Cluster, topic string) iter.Seq2[ingest.Row, error] {
	return func(yield func(ingest.Row, error) bool) {
		partitions, err := c.Partitions(ctx, topic)
		if err == nil && partitions == 0 {
			err = fmt.Errorf("%w: topic %q at %s", kafkalog.ErrMissingTopic, topic, c.Brokers())
		}
		if err != nil {
			yield(ingest.Row{}, err)
			return
		}
		for p := range partitions {
			if !fromPartition(ctx, c, topic, p, yield) {
				return
			}
		}
	}
}

func fromPartition(ctx context.Context, c *kafkalog.Cluster, topic string, partition int, yield func(ingest.Row, error) bool) bool {
	offset, end, err := c.Bounds(ctx, topic, partition)
	for err == nil && offset < end {
		var b kafkalog.Batch
		if b, err = c.Fetch(ctx, topic, partition, offset); err != nil {
			break
		}
		for _, r := range b.Records {
			if r.Offset >= end {
				return true
			}
			row := ingest.Row{At: r.Time, Value: r.Value, From: fmt.Sprintf("%s/%d", topic, partition), Number: r.Offset}
			if fault := r.Header(schemas.HeaderFault); fault != nil {
				row.Fault = string(fault)
			} else if schemas.IsValue(r.Value) {
				if v, reason, _ := schemas.DecodeValue(r.Value, r.Time); reason == "" {
					row.At = v.Timestamp
				}
			} else if post, reason, _ := schemas.DecodePost(r.Value, r.Time); reason == "" {
				row.At, row.Key = post.PublishedAt, post.Channel+"/"+post.ID
			}
			if !yield(row, nil) {
				return false
			}
		}
		offset = b.Next
	}
	if err != nil {
		yield(ingest.Row{}, err)
		return false
	}
	return true
}

// FromRun yields the posts that a run has stored, in order of event time. A
// post about one brand keeps it; one about several is attributed anew.
func FromRun(ctx context.Context, conn driver.Conn, run string, s Span) iter.Seq2[ingest.Row, error] {
	return func(yield func(ingest.Row, error) bool) {
		rows, err := conn.Query(ctx, `SELECT channel, post_id, any(published_at) AS at, any(text), any(kind), any(lang), any(author_id),
				any(followers), any(likes), any(reposts), any(comments), any(rating), any(region),
				if(uniqExact(brand) = 1, any(brand), ''), if(uniqExact(brand, sku) = 1, any(sku), '')
			FROM mentions WHERE run = ? AND published_at >= ? AND published_at < ?
			GROUP BY channel, post_id ORDER BY at, channel, post_id`, run, openFrom(s.From), openTo(s.To))
		if err != nil {
			yield(ingest.Row{}, fmt.Errorf("posts of run %q: %w", run, err))
			return
		}
		defer rows.Close() //nolint:errcheck // its errors come from Err
		for rows.Next() {
			var p schemas.Post
			if err := rows.Scan(&p.Channel, &p.ID, &p.PublishedAt, &p.Text, &p.Kind, &p.Lang, &p.AuthorID,
				&p.Followers, &p.Likes, &p.Reposts, &p.Comments, &p.Rating, &p.Region, &p.Brand, &p.SKU); err != nil {
				yield(ingest.Row{}, err)
				return
			}
			value, err := json.Marshal(p)
			if err != nil {
				yield(ingest.Row{}, err)
				return
			}
			if !yield(ingest.Row{At: p.PublishedAt, Key: p.Channel + "/" + p.ID, Value: value}, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(ingest.Row{}, fmt.Errorf("posts of run %q: %w", run, err))
		}
	}
}

func openFrom(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0)
	}
	return t
}

func openTo(t time.Time) time.Time {
	if t.IsZero() {
		return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}
