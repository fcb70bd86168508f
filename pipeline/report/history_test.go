package report

import (
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/ingest"
)

// hotSearches is the stream of hot-search titles, or skips.
func hotSearches(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("FENGHUO_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	name := filepath.Join(dir, "streams/weibo_hot_2020_2023.tsv.gz")
	if _, err := os.Stat(name); err != nil {
		t.Skipf("no hot-search titles: %v; name the folder of the data with FENGHUO_DATA", err)
	}
	return name
}

// Three real crises in titles of hot searches: the report begins with the
// title that began it, an alert was ahead of the peak, and the words and
// competitors are those that the titles speak of.
func TestRealCrises(t *testing.T) {
	name := hotSearches(t)
	shanghai := time.FixedZone("Asia/Shanghai", 8*60*60)
	date := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, shanghai) }
	crises := []struct {
		brand    string
		from, to time.Time
		sign     time.Time
		title    string // among the first ones
		word     string // in a typical title
		rival    string // rises with it
	}{
		{"tongyi", date(2022, 3, 10), date(2022, 3, 25), time.Date(2022, 3, 15, 21, 26, 37, 0, shanghai), "老坛酸菜包竟是土坑腌制", "下架", "masterkong"},
		{"florasis", date(2023, 9, 3), date(2023, 10, 8), time.Date(2023, 9, 10, 16, 15, 34, 0, shanghai), "李佳琦 花西子", "李佳琦", ""},
		{"dongfangzhenxuan", date(2023, 12, 6), date(2023, 12, 31), time.Date(2023, 12, 13, 10, 27, 13, 0, shanghai), "董宇辉小作文", "董宇辉", ""},
	}
	c, err := config.Load("../../benchmarks/weibo_hot/fenghuo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, db := openStore(t)
	c.ClickHouse = db
	mapping, err := ingest.ParseMapping([]string{"text=title,published_at=first_seen_unix,channel='weibo',kind='title'"})
	if err != nil {
		t.Fatal(err)
	}
	source, err := ingest.Open(t.Context(), []string{name}, "", mapping, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close() //nolint:errcheck // only read from
	// The whole years take a while; the reports look four weeks back.
	around := func(rows iter.Seq2[ingest.Row, error]) iter.Seq2[ingest.Row, error] {
		return func(yield func(ingest.Row, error) bool) {
			for r, err := range rows {
				near := err != nil
				for _, x := range crises {
					near = near || r.At.After(x.from.Add(-history)) && r.At.Before(x.to)
				}
				if near && !yield(r, err) {
					return
				}
			}
		}
	}
	text, err := analyzer.New(analyzer.Options{Brands: c.Brands, SKUs: c.SKUs, Complaints: c.Complaints})
	if err != nil {
		t.Fatal(err)
	}
	_, err = backfill.Run(t.Context(), backfill.Options{
		Config: c, Analyzer: text, Store: s, Run: "weibo", Source: "test", Identity: "1", Workers: 2, Log: zap.NewNop(),
		Rows: ingest.Sort(around(source.Rows()), ingest.SortOptions{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range crises {
		r := build(t, s.Conn(), c, Request{Run: "weibo", Brand: x.brand, From: x.from, To: x.to})
		if !r.FirstSign.At.Equal(x.sign) {
			t.Errorf("%s: first sign %s, the first title is of %s", x.brand, r.FirstSign.At.In(shanghai), x.sign)
		}
		says := func(posts []Post, words string) bool {
			return slices.ContainsFunc(posts, func(p Post) bool { return strings.Contains(p.Text, words) })
		}
		if !says(r.FirstSign.Posts, x.title) {
			t.Errorf("%s: %q is not among the first posts %v", x.brand, x.title, r.FirstSign.Posts)
		}
		if !says(r.Typical, x.word) {
			t.Errorf("%s: no typical post says %q: %v", x.brand, x.word, r.Typical)
		}
		if r.Alert == nil || r.Alert.AfterSignHours < 0 || r.Alert.AfterSignHours > 12 || r.Alert.LeadHours <= 0 {
			t.Errorf("%s: alert %+v; want one within 12 hours of the first sign, ahead of the peak", x.brand, r.Alert)
		}
		if i := slices.IndexFunc(r.Peers, func(p Peer) bool { return p.Brand == x.rival }); x.rival != "" && (i < 0 || float64(r.Peers[i].Mentions) < 5*r.Peers[i].Usual) {
			t.Errorf("%s: %s did not rise with it: %+v", x.brand, x.rival, r.Peers)
		}
		if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "no followers") }) {
			t.Errorf("%s: titles have no followers, which the notes do not say: %v", x.brand, r.Notes)
		}
	}
}
