package benchmarks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/ingest"
	"fenghuo/schemas"
)

// streams are the real streams with the mappings that README.md gives.
var streams = []struct{ folder, file, mapping string }{
	{"airline", "airline_tweets.jsonl.gz", "author_id=author,reposts=retweets,channel='twitter'"},
	{"jd", "jd_reviews.jsonl.gz", "brand='nike',sku=sku_name,author_id=author,channel='jd',kind='review'"},
	{"weibo_hot", "weibo_hot_2020_2023.tsv.gz", "text=title,published_at=first_seen_unix,channel='weibo',kind='title'"},
}

// dataFile is a file of the data folder; without it the test is skipped.
func dataFile(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("FENGHUO_DATA")
	if root == "" {
		root = "../../shared/data"
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no %s: set FENGHUO_DATA to the folder with the data", path)
	}
	return path
}

func TestStreamConfigs(t *testing.T) {
	for _, s := range streams {
		if _, err := config.Load(filepath.Join(s.folder, "fenghuo.yaml")); err != nil {
			t.Error(err)
		}
	}
}

// The brands of the labelled events are in the config of their stream.
func TestEventBrandsAreConfigured(t *testing.T) {
	data, err := os.ReadFile(dataFile(t, "streams", "weibo_hot_events.json"))
	if err != nil {
		t.Fatal(err)
	}
	var events []struct {
		ID, Brand string
		Aliases   []string
	}
	if err := json.Unmarshal(data, &events); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load("weibo_hot/fenghuo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if !slices.ContainsFunc(c.Brands, func(b config.Brand) bool { return b.Name == e.Brand || slices.Contains(e.Aliases, b.Name) }) {
			t.Errorf("event %s: no brand is called %s", e.ID, e.Brand)
		}
	}
}

// Nearly all rows of the streams are posts under their mapping: what is not
// lacks a time.
func TestStreamMappings(t *testing.T) {
	for _, s := range streams {
		m, err := ingest.ParseMapping([]string{s.mapping})
		if err != nil {
			t.Fatal(err)
		}
		source, err := ingest.Open([]string{dataFile(t, "streams", s.file)}, ingest.Auto, m)
		if err != nil {
			t.Fatal(err)
		}
		rows, bad := 0, 0
		for r, err := range source.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			rows++
			if _, reason, detail := schemas.DecodePost(r.Value, time.Now()); reason != "" {
				bad++
				if reason != schemas.ReasonNoTime {
					t.Errorf("%s: %s is %s: %s", s.file, r.Value, reason, detail)
				}
			}
		}
		if rows < 9000 || bad*100 > rows {
			t.Errorf("%s: %d of %d rows are no posts", s.file, bad, rows)
		}
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}
}
