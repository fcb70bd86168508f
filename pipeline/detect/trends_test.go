package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/schemas"
)

// Mentions give the same buckets in whatever order they come, also in the memory
// of an earlier range.
func TestTrendsInAnyOrder(t *testing.T) {
	begin := time.Date(2026, 3, 1, 22, 0, 0, 0, time.UTC)
	var mentions []schemas.Mention
	for i := range 2000 {
		mentions = append(mentions, schemas.Mention{
			Brand: fmt.Sprint("b", i%3), SKU: []string{"", "s"}[i%2], Primary: i%5 > 0, Channel: fmt.Sprint("c", i%4),
			PublishedAt: begin.Add(time.Duration(i) * 13 * time.Second), Complaint: i%7 == 0, Followers: int64(i),
			Polarity: schemas.Neutral, Complaints: []schemas.ComplaintScore{{Type: schemas.Logistics, Score: 1}},
		})
	}
	var trends Trends
	counted := func() map[TrendKey]Trend {
		buckets := map[TrendKey]Trend{}
		for i := range mentions {
			trends.add(&mentions[i], time.UTC)
		}
		for grain, g := range grains {
			for _, r := range trends.rows {
				if name := trends.names[r.series]; r.grain == g {
					buckets[TrendKey{name.brand, name.sku, grain, time.Unix(r.bucket, 0).UTC()}] = r.Trend
				}
			}
		}
		if len(buckets) != trends.Len() {
			t.Errorf("%d rows of %d buckets", trends.Len(), len(buckets))
		}
		return buckets
	}
	want := counted()
	if len(trends.buckets) > 0 {
		t.Error("a search was made ready for though time went forward")
	}
	// lists of names are in the order in which they were met
	byName := cmp.Transformer("counts", func(list []Counted) map[string]uint64 {
		counts := map[string]uint64{}
		for _, c := range list {
			counts[c.Name] += c.N
		}
		return counts
	})
	r := rand.New(rand.NewPCG(1, 1))
	for range 3 {
		r.Shuffle(len(mentions), func(i, j int) { mentions[i], mentions[j] = mentions[j], mentions[i] })
		trends.reset()
		if diff := cmp.Diff(want, counted(), byName); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestWeeksBeginOnMonday(t *testing.T) {
	monday := time.Date(2024, 12, 30, 0, 0, 0, 0, time.UTC)
	week := weekOf(monday.Unix())
	for day := range 21 {
		begin := monday.AddDate(0, 0, day)
		for _, at := range []time.Time{begin, begin.Add(24*time.Hour - time.Second)} {
			if got, want := weekOf(at.Unix()), week+int64(day/7); got != want {
				t.Errorf("%s is in week %d, want %d", at.Format(time.RFC1123), got, want)
			}
		}
	}
}
