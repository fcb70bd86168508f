package benchmarks

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"fenghuo/benchmarks/suites"
	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/ingest"
	"fenghuo/schemas"
)

//go:embed airline/fenghuo.yaml jd/fenghuo.yaml weibo_hot/fenghuo.yaml weibo_hot_others weibo_hot_third
var configs embed.FS

// Stream is a real stream with the mapping of its columns to a post.
type Stream struct{ Folder, File, Mapping string }

// Streams are those that README.md tells of.
var Streams = map[string]Stream{
	"airline":   {"airline", "airline_tweets.jsonl.gz", "author_id=author,reposts=retweets,channel='twitter'"},
	"jd":        {"jd", "jd_reviews.jsonl.gz", "brand='nike',sku=sku_name,author_id=author,channel='jd',kind='review'"},
	"weibo_hot": {"weibo_hot", "weibo_hot_2020_2023.tsv.gz", "text=title,published_at=first_seen_unix,channel='weibo',kind='title'"},

	// the same titles, of other brands, and of others again
	"weibo_hot_others": {"weibo_hot_others", "weibo_hot_2020_2023.tsv.gz", "text=title,published_at=first_seen_unix,channel='weibo',kind='title'"},
	"weibo_hot_third":  {"weibo_hot_third", "weibo_hot_2020_2023.tsv.gz", "text=title,published_at=first_seen_unix,channel='weibo',kind='title'"},
}

// Config is the stream's config.
func (s Stream) Config() (*config.Config, error) {
	name := s.Folder + "/fenghuo.yaml"
	data, err := configs.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return config.Parse(name, data)
}

// Events are the labelled events that lie beside the stream's config.
func (s Stream) Events() ([]suites.Event, error) {
	name := s.Folder + "/events.json"
	data, err := configs.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return suites.ParseEvents(name, data)
}

// open opens the stream's file under dir.
func (s Stream) open(ctx context.Context, dir string) (*ingest.Source, error) {
	m, err := ingest.ParseMapping([]string{s.Mapping})
	if err != nil {
		return nil, err
	}
	return ingest.Open(ctx, []string{filepath.Join(dir, s.File)}, ingest.Auto, m, time.UTC)
}

// Replay takes the stream under dir through the whole pipeline but its storage
// and returns all transitions: what `fenghuo backfill` of the file with the
// same config stores. A budget of 0 is the config's.
func (s Stream) Replay(ctx context.Context, dir string, budget float64, progress func(rows int64, at time.Time)) (alerts []schemas.Alert, c *config.Config, err error) {
	if c, err = s.Config(); err != nil {
		return nil, nil, err
	}
	if budget > 0 {
		c.Detection.FalseAlarmsPerBrandWeek = budget
	}
	text, err := analyzer.New(analyzer.Options{Brands: c.Brands, SKUs: c.SKUs, Complaints: c.Complaints})
	if err != nil {
		return nil, nil, err
	}
	source, err := s.open(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	alerts, err = backfill.Rehearse(ctx, backfill.Options{
		Config: c, Analyzer: text, Run: s.Folder, Rows: ingest.Sort(source.Rows(), ingest.SortOptions{}), Source: s.File,
		Workers: runtime.GOMAXPROCS(0), OnProgress: progress,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.File, err)
	}
	return alerts, c, nil
}
