package look

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/segmentio/kafka-go"

	"fenghuo/pipeline/kafkalog"
	"fenghuo/schemas"
)

// DeadLetter is a record of the topic of dead letters, as it is printed.
type DeadLetter struct {
	At              time.Time      `json:"at"` // when it was set aside
	Reason          schemas.Reason `json:"reason"`
	Detail          string         `json:"detail"`
	Origin          string         `json:"origin,omitempty"` // FILE:LINE, of what fenghuo ingest sent
	SourceTopic     string         `json:"source_topic"`
	SourceEpoch     int            `json:"source_epoch"`
	SourcePartition int            `json:"source_partition"`
	SourceOffset    int64          `json:"source_offset"`
	SourceTime      string         `json:"source_time"`
	Length          int            `json:"length"` // of the original
	SHA256          string         `json:"sha256"` // of the original
	Value           string         `json:"value"`  // its first bytes; what is not UTF-8 is replaced
}

func readDeadLetter(r *kafkalog.Record) DeadLetter {
	d := DeadLetter{At: r.Time.UTC(), Value: strings.ToValidUTF8(string(r.Value), "\uFFFD")}
	for _, h := range r.Headers {
		d.header(h)
	}
	return d
}

func (d *DeadLetter) header(h kafka.Header) {
	value := string(h.Value)
	number, _ := strconv.ParseInt(value, 10, 64) // 0 where a foreign record has none
	switch h.Key {
	case "reason":
		d.Reason = schemas.Reason(value)
	case "detail":
		d.Detail = value
	case schemas.HeaderOrigin:
		d.Origin = value
	case "source_topic":
		d.SourceTopic = value
	case "source_epoch":
		d.SourceEpoch = int(number)
	case "source_partition":
		d.SourcePartition = int(number)
	case "source_offset":
		d.SourceOffset = number
	case "source_time":
		d.SourceTime = value
	case "length":
		d.Length = int(number)
	case "sha256":
		d.SHA256 = value
	}
}

// DeadLetters reads the newest limit records of a topic of dead letters, all
// where limit is 0, oldest first, and returns where each partition goes on.
func DeadLetters(ctx context.Context, cluster *kafkalog.Cluster, topic string, limit int) (list []DeadLetter, next []int64, err error) {
	partitions, err := cluster.Partitions(ctx, topic)
	if err != nil {
		return nil, nil, err
	}
	next = make([]int64, partitions)
	for p := range next {
		first, end, err := cluster.Bounds(ctx, topic, p)
		if err != nil {
			return nil, nil, err
		}
		next[p] = first
		if limit > 0 {
			next[p] = max(first, end-int64(limit))
		}
		for next[p] < end {
			batch, err := cluster.Fetch(ctx, topic, p, next[p])
			if err != nil {
				return nil, nil, err
			}
			for i := range batch.Records {
				list = append(list, readDeadLetter(&batch.Records[i]))
			}
			next[p] = batch.Next
		}
	}
	slices.SortStableFunc(list, func(a, b DeadLetter) int { return a.At.Compare(b.At) })
	if limit > 0 && len(list) > limit {
		list = list[len(list)-limit:]
	}
	return list, next, nil
}

// FollowDeadLetters calls show with every record from next on, until ctx is
// done.
func FollowDeadLetters(ctx context.Context, cluster *kafkalog.Cluster, topic string, next []int64, show func(DeadLetter) error) error {
	for {
		for p := range next {
			batch, err := cluster.Fetch(ctx, topic, p, next[p])
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
			for i := range batch.Records {
				if err := show(readDeadLetter(&batch.Records[i])); err != nil {
					return err
				}
			}
			next[p] = batch.Next
		}
	}
}

// RenderDeadLetter prints a dead letter on two lines: why and whence, and the
// begin of what it was.
func RenderDeadLetter(w io.Writer, d DeadLetter, v View) {
	origin := ""
	if d.Origin != "" {
		origin = printable(d.Origin) + "  "
	}
	fmt.Fprintf(w, "%s  %s  %s%s/%d/%d  %s bytes  %s\n", d.At.In(v.Location).Format(clock), text.Pad(string(d.Reason), 12, ' '),
		origin, printable(d.SourceTopic), d.SourcePartition, d.SourceOffset, grouped(int64(d.Length)), printable(d.Detail))
	renderExcerpt(w, d.Value, v)
}

// renderExcerpt prints what fits on a line.
func renderExcerpt(w io.Writer, value string, v View) {
	if excerpt := text.Snip(printable(value[:min(len(value), 4*v.Width)]), v.Width-4, "…"); excerpt != "" {
		fmt.Fprintln(w, "    "+strings.ToValidUTF8(excerpt, "\uFFFD"))
	}
}
