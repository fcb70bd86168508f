package doctor

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/detect"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/mentionlog"
	"fenghuo/pipeline/store"
	"fenghuo/pipeline/telemetry"
	"fenghuo/schemas"
)

// landed is a database in which the pipeline has landed posts of two brands
// over three months.
func landed(t *testing.T) *doctor {
	t.Helper()
	c := config.Default()
	c.ClickHouse.URL = embeddedtest.ClickHouse(t)
	c.ClickHouse.Database = fmt.Sprintf("doctor_%d_%s", os.Getpid(), strings.ToLower(t.Name()))
	s, err := store.Open(t.Context(), c.ClickHouse, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // nothing is lost
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var mentions []schemas.Mention
	for i := range 600 {
		m := schemas.Mention{
			Run: "live", Brand: []string{"acme", "L'Or\\éal"}[i%2], Primary: true, Channel: []string{"weibo", "news"}[i%3%2], PostID: fmt.Sprint(i),
			PublishedAt: time.Now().UTC().Add(-90 * 24 * time.Hour).Add(time.Duration(i) * 211 * time.Minute), IngestedAt: time.Now(),
			Polarity: schemas.Negative, Sentiment: -.3, Complaint: i%5 == 0, Spam: i%11 == 0, Followers: int64(i), Likes: 1, Late: i == 7,
		}
		if i%4 == 0 {
			m.SKU = "x1"
		}
		if m.Complaint {
			m.Complaints = []schemas.ComplaintScore{{Type: schemas.Logistics, Score: .8}}
		}
		mentions = append(mentions, m)
	}
	r := detect.RangeOf(mentions, c.Location())
	r.Intake[detect.IntakeKey{Source: mentionlog.Source{Topic: "posts"}, Outcome: "stored"}] = uint64(len(mentions))
	lander := detect.NewLander(s.Conn(), detect.Log{Run: "live", Topic: "mentions"}, nil, zap.NewNop(),
		telemetry.NewMetrics(), telemetry.NewHealth())
	if err := lander.Land(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return &doctor{config: c, store: s, log: zap.NewNop(), stopped: t.Context().Err}
}

// ill examines the tables and returns what is wrong, by check.
func (d *doctor) ill(t *testing.T) map[string]string {
	t.Helper()
	d.findings = nil
	d.tables(t.Context())
	out := map[string]string{}
	for _, f := range d.findings {
		if !f.OK {
			out[f.Check] = f.Detail
		}
	}
	return out
}

// The doctor finds every kind of damage, says where it is, and finds nothing
// where there is none.
func TestExamineTables(t *testing.T) {
	d := landed(t)
	f := func(damage string, want map[string]string) {
		t.Helper()
		if damage != "" {
			if err := d.store.Conn().Exec(t.Context(), damage); err != nil {
				t.Fatal(err)
			}
		}
		got := d.ill(t)
		for check, detail := range got {
			if i := strings.Index(detail, "20"); i > 0 && want[check] != "" { // up to the time
				got[check] = detail[:i] + detail[strings.Index(detail, " UTC"):]
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after %s: %s", damage, diff)
		}
	}
	f("", map[string]string{})
	// One row of the hours, changed by hand.
	f("INSERT INTO trend_buckets (run, brand, sku, grain, bucket, likes) SELECT run, brand, sku, grain, bucket, 3 FROM trend_buckets WHERE brand = 'acme' AND sku = 'x1' AND grain = '1h' AND mentions = 1 ORDER BY bucket LIMIT 1",
		map[string]string{"trends 1h": "1 buckets differ: live acme/x1  UTC: likes 4 in trends, 1 in mentions"})
	// And one of the days: a channel that nobody wrote on.
	f("INSERT INTO trend_buckets (run, brand, sku, grain, bucket, channels) SELECT run, brand, sku, grain, bucket, map('forum', 1) FROM trend_buckets WHERE brand != 'acme' AND sku = '' AND grain = '1d' ORDER BY bucket LIMIT 1",
		map[string]string{
			"trends 1h": "1 buckets differ: live acme/x1  UTC: likes 4 in trends, 1 in mentions",
			"trends 1d": "1 buckets differ: live L'Or\\éal  UTC: channels are not those of the mentions",
		})
}

// Trends that nobody wrote a post for are looked at, whatever their grain.
func TestExamineABrandThatNobodyMentions(t *testing.T) {
	d := landed(t)
	if err := d.store.Conn().Exec(t.Context(), "INSERT INTO trend_buckets (run, brand, sku, grain, bucket, mentions) VALUES ('live', 'zzz', 's', '1h', toStartOfHour(now()), 3)"); err != nil {
		t.Fatal(err)
	}
	got := d.ill(t)
	if detail := got["trends 1h"]; len(got) != 1 || !strings.HasPrefix(detail, "1 buckets differ: live zzz/s ") || !strings.HasSuffix(detail, "mentions 3 in trends, 0 in mentions") {
		t.Errorf("got %q", got)
	}
}

// A post that was sent again after the horizon is there twice, and in order; one
// within it is not.
func TestExamineCopies(t *testing.T) {
	d := landed(t)
	copies := func(post, change string) {
		t.Helper()
		if err := d.store.Conn().Exec(t.Context(), "INSERT INTO mentions SELECT * REPLACE ("+change+") FROM mentions WHERE post_id = '"+post+"'"); err != nil {
			t.Fatal(err)
		}
	}
	copies("8", "true AS late, source_offset + 100000 AS source_offset")
	got := d.ill(t)
	if got["mentions"] != "" || got["posts"] != "live: 600 stored, 601 in the tables" {
		t.Errorf("a late copy that the account does not have: mentions %q, posts %q", got["mentions"], got["posts"])
	}
	copies("9", "false AS late, source_offset + 100000 AS source_offset")
	if got := d.ill(t)["mentions"]; !strings.HasPrefix(got, "twice: live ") || !strings.Contains(got, "/9") || strings.Contains(got, "/8") {
		t.Errorf("a copy within the horizon: %q", got)
	}
}

// Posts that are gone, and posts that are there twice.
func TestExamineMentions(t *testing.T) {
	d := landed(t)
	exec := func(sql string) {
		t.Helper()
		if err := d.store.Conn().Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("DELETE FROM mentions WHERE post_id = '1'")
	exec("INSERT INTO mentions SELECT * FROM mentions WHERE post_id = '8'")
	got := d.ill(t)
	if want := "live: 600 stored, 599 in the tables"; got["posts"] != want {
		t.Errorf("posts: %q, want %q", got["posts"], want)
	}
	if want := "twice: live acme x1 weibo/8"; got["mentions"] != want {
		t.Errorf("mentions: %q, want %q", got["mentions"], want)
	}
	// 1 is gone from its brand; 8 is once too often in its brand and its SKU.
	for _, g := range grains {
		if detail := got["trends "+g.name]; !strings.HasPrefix(detail, "3 buckets differ: ") {
			t.Errorf("trends %s: %q", g.name, detail)
		}
	}
}
