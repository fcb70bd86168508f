package analyze

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/mentionlog"
	"fenghuo/schemas"
)

// Analysis is what became of one source record.
type Analysis struct {
	Outcome     mentionlog.Outcome
	Detail      string            // why it is dead, for the dead letter
	PublishedAt time.Time         // zero for dead records
	Posts       []Routed          // one per mentions partition concerned, the home one first
	Value       *mentionlog.Value // instead of posts, when the record is a value of a business series
}

// Routed is a mentions record with its partition.
type Routed struct {
	Partition int
	Post      mentionlog.Post
}

// Analyze decodes and analyses one source record. partitions is the number of
// mentions partitions. The result shares no memory with s.
func Analyze(a *analyzer.Analyzer, s *analyzer.Scratch, source mentionlog.Source, r *kafkalog.Record, partitions int) Analysis {
	if fault := r.Header(schemas.HeaderFault); fault != nil {
		return Analysis{Outcome: mentionlog.Dead(schemas.ReasonColumns), Detail: excerpt(fault)}
	}
	if schemas.IsValue(r.Value) {
		return analyzeValue(a, s, source, r)
	}
	post, reason, detail := schemas.DecodePost(r.Value, r.Time)
	if reason != "" {
		return Analysis{Outcome: mentionlog.Dead(reason), Detail: detail}
	}
	if post.ID == "" {
		post.ID = contentID(source, r)
	}
	return Build(&post, a.Analyze(&post, s), source, r.Offset, r.Time, partitions)
}

// Build makes the mentions records of a post out of its analysis.
func Build(p *schemas.Post, r *analyzer.Result, source mentionlog.Source, offset int64, recorded time.Time, partitions int) Analysis {
	result := Analysis{Outcome: mentionlog.Unattributed, PublishedAt: p.PublishedAt}
	if len(r.Brands) == 0 {
		return result
	}
	result.Outcome = mentionlog.Attributed
	for _, b := range r.Brands {
		routed := result.route(mentionlog.PartitionOf(b.Brand, partitions))
		routed.Post.Mentions = append(routed.Post.Mentions, mentionlog.Mention{
			Brand: b.Brand, SKU: b.SKU, Primary: b.Primary, Complaint: b.Complaint,
			Sentiment: b.Sentiment, Polarity: b.Polarity,
		})
	}
	base := postOf(p, r, source, offset, recorded)
	for i := range result.Posts {
		post := &result.Posts[i].Post
		base.Mentions, base.Home = post.Mentions, i == 0
		*post = base
	}
	return result
}

func (a *Analysis) route(partition int) *Routed {
	for i := range a.Posts {
		if a.Posts[i].Partition == partition {
			return &a.Posts[i]
		}
	}
	a.Posts = append(a.Posts, Routed{Partition: partition})
	return &a.Posts[len(a.Posts)-1]
}

func postOf(p *schemas.Post, r *analyzer.Result, source mentionlog.Source, offset int64, recorded time.Time) mentionlog.Post {
	text := p.Text
	if p.Title != "" && p.Text != "" {
		text = p.Title + "\n" + p.Text
	} else if p.Text == "" {
		text = p.Title
	}
	n := len(r.Tokens)
	words := append(append(make([]string, 0, n+len(r.Keywords)), r.Tokens...), r.Keywords...)
	return mentionlog.Post{
		Source: source, Offset: offset, Recorded: recorded,
		ID: p.ID, Channel: p.Channel, Kind: p.Kind, Lang: r.Lang, Text: text, AuthorID: p.AuthorID, Region: p.Region,
		PublishedAt: p.PublishedAt.UTC().Truncate(time.Millisecond),
		Followers:   p.Followers, Likes: p.Likes, Reposts: p.Reposts, Comments: p.Comments, Rating: p.Rating,
		Tokens: words[:n:n], Keywords: words[n:],
		Sentiment: r.Sentiment, Polarity: r.Polarity,
		Complaint: r.Complaint, Complaints: likely(r.Complaints),
		Spam: r.Spam, Fingerprint: r.Fingerprint, AnalyzerVersion: analyzer.Version,
	}
}

// likely keeps the complaint types that score at least one half.
func likely(scores []schemas.ComplaintScore) (kept []schemas.ComplaintScore) {
	for _, s := range scores {
		if s.Score >= .5 {
			kept = append(kept, s)
		}
	}
	return kept
}

// contentID names a post without an id by its place and bytes, so that a
// repeated read gives the same id and two posts never share one.
func contentID(source mentionlog.Source, r *kafkalog.Record) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s/%d/%d/%d\n", source.Topic, source.Epoch, source.Partition, r.Offset) //nolint:errcheck // a hash does not fail
	h.Write(r.Value)                                                                        //nolint:errcheck // a hash does not fail
	return hex.EncodeToString(h.Sum(nil)[:16])
}
