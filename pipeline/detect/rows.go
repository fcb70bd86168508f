package detect

import (
	"cmp"
	"time"

	"fenghuo/pipeline/store/native"
	"fenghuo/schemas"
)

// pack puts the rows of a range into the form in which they land. What they say
// of the range as a whole is kept.
func (t *tables) pack(r *Range) {
	var newest int64
	for i := range r.Mentions {
		m := &r.Mentions[i]
		newest = max(newest, m.IngestedAt.Unix())
		r.reach(m.PublishedAt)
		if m.Late && m.Primary {
			r.late++
		}
	}
	for i := range r.Values {
		r.reach(r.Values[i].At)
	}
	if len(r.Mentions) > 0 {
		r.mentions = t.packMentions(r.Mentions)
	}
	if r.Trends.Len() > 0 {
		r.trends = t.packTrends(&r.Trends, newest)
	}
	r.forgetRows()
}

// packMentions puts mentions in the order of the table's key: rows of a series
// follow each other in time already.
func (t *tables) packMentions(list []schemas.Mention) packed {
	rows := grouped(list, func(m *schemas.Mention) seriesName { return seriesName{m.Brand, m.SKU} }, seriesName.compare)
	b := native.New(mentionRoom.begin(len(rows)), rows, 32)
	b.Words("run", func(m *schemas.Mention) string { return m.Run })
	b.Words("brand", func(m *schemas.Mention) string { return m.Brand })
	b.Strings("sku", func(m *schemas.Mention) string { return m.SKU })
	b.Bools("primary", func(m *schemas.Mention) bool { return m.Primary })
	b.Words("channel", func(m *schemas.Mention) string { return m.Channel })
	b.Strings("post_id", func(m *schemas.Mention) string { return m.PostID })
	b.Words("kind", func(m *schemas.Mention) string { return m.Kind })
	b.Times("published_at", func(m *schemas.Mention) time.Time { return m.PublishedAt })
	b.Times("ingested_at", func(m *schemas.Mention) time.Time { return m.IngestedAt })
	b.Bools("late", func(m *schemas.Mention) bool { return m.Late })
	b.Strings("text", func(m *schemas.Mention) string { return m.Text })
	b.Lists("tokens", func(m *schemas.Mention) []string { return m.Tokens })
	b.Float32s("sentiment", func(m *schemas.Mention) float32 { return m.Sentiment })
	b.Words("polarity", func(m *schemas.Mention) string { return string(m.Polarity) })
	b.Bools("complaint", func(m *schemas.Mention) bool { return m.Complaint })
	b.Scores("complaints", func(m *schemas.Mention) int { return len(m.Complaints) },
		func(m *schemas.Mention, i int) (string, float32) {
			return string(m.Complaints[i].Type), m.Complaints[i].Score
		})
	b.Lists("keywords", func(m *schemas.Mention) []string { return m.Keywords })
	b.Strings("author_id", func(m *schemas.Mention) string { return m.AuthorID })
	b.Int64s("followers", func(m *schemas.Mention) int64 { return m.Followers })
	b.Int64s("likes", func(m *schemas.Mention) int64 { return m.Likes })
	b.Int64s("reposts", func(m *schemas.Mention) int64 { return m.Reposts })
	b.Int64s("comments", func(m *schemas.Mention) int64 { return m.Comments })
	b.Float32s("rating", func(m *schemas.Mention) float32 { return m.Rating })
	b.Words("region", func(m *schemas.Mention) string { return m.Region })
	b.Words("lang", func(m *schemas.Mention) string { return m.Lang })
	b.Bools("spam", func(m *schemas.Mention) bool { return m.Spam })
	b.Uint64s("fingerprint", func(m *schemas.Mention) uint64 { return m.Fingerprint })
	b.Strings("duplicate_of", func(m *schemas.Mention) string { return m.DuplicateOf })
	b.Words("source_topic", func(m *schemas.Mention) string { return m.SourceTopic })
	b.Int32s("source_partition", func(m *schemas.Mention) int32 { return m.SourcePartition })
	b.Int64s("source_offset", func(m *schemas.Mention) int64 { return m.SourceOffset })
	b.Words("analyzer_version", func(m *schemas.Mention) string { return m.AnalyzerVersion })
	return packRows(b, len(rows))
}

// trendWeek are the buckets of one grain of a series in a week.
type trendWeek struct {
	trendGroup
	week int64
}

// weekOf numbers the weeks from Monday to Sunday, UTC, of Unix seconds.
func weekOf(bucket int64) int64 {
	const day = 24 * 60 * 60
	return (bucket/day + 3) / 7 // 1970 began on a Thursday
}

// packTrends puts buckets in the order of their key; newest is when the youngest of
// their mentions was ingested, in Unix seconds.
func (t *tables) packTrends(list *Trends, newest int64) packed {
	names := list.names
	rows := grouped(list.rows, func(w *trendRow) trendWeek { return trendWeek{w.trendGroup, weekOf(w.bucket)} }, func(a, b trendWeek) int {
		one, other := names[a.series], names[b.series]
		return cmp.Or(cmp.Compare(a.grain, b.grain), one.compareSpread(other), cmp.Compare(a.week, b.week), one.compare(other))
	})
	b := native.New(trendRoom.begin(len(rows)), rows, 21)
	b.Words("run", func(*trendRow) string { return t.log.Run })
	b.Words("brand", func(w *trendRow) string { return names[w.series].brand })
	b.Strings("sku", func(w *trendRow) string { return names[w.series].sku })
	b.Enums("grain", "Enum8('1m' = 1, '1h' = 2, '1d' = 3)", func(w *trendRow) int8 { return int8(w.grain) })
	b.Seconds("bucket", func(w *trendRow) int64 { return w.bucket })
	b.Uint64s("mentions", func(w *trendRow) uint64 { return w.Mentions })
	b.Uint64s("complaints", func(w *trendRow) uint64 { return w.Complaints })
	b.Uint64s("negative", func(w *trendRow) uint64 { return w.Negative })
	b.Uint64s("neutral", func(w *trendRow) uint64 { return w.Neutral })
	b.Uint64s("positive", func(w *trendRow) uint64 { return w.Positive })
	b.Uint64s("spam", func(w *trendRow) uint64 { return w.Spam })
	b.Uint64s("late", func(w *trendRow) uint64 { return w.Late })
	b.Uint64s("duplicates", func(w *trendRow) uint64 { return w.Duplicates })
	b.Uint64s("reach", func(w *trendRow) uint64 { return w.Reach })
	b.Uint64s("likes", func(w *trendRow) uint64 { return w.Likes })
	b.Uint64s("reposts", func(w *trendRow) uint64 { return w.Reposts })
	b.Uint64s("comments", func(w *trendRow) uint64 { return w.Comments })
	b.Float64s("sentiment_sum", func(w *trendRow) float64 { return w.SentimentSum })
	b.Counts("complaint_types", func(w *trendRow) int { return len(w.Types) },
		func(w *trendRow, i int) (string, uint64) { return w.Types[i].Name, w.Types[i].N })
	b.Counts("channels", func(w *trendRow) int { return len(w.Channels) },
		func(w *trendRow, i int) (string, uint64) { return w.Channels[i].Name, w.Channels[i].N })
	b.Seconds("ingested_at", func(*trendRow) int64 { return newest })
	return packRows(b, len(rows))
}
