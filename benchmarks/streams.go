package benchmarks

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"fenghuo/benchmarks/suites"
)

// MeasureStreams replays the hot searches, of three sets of brands, and the airline
// tweets under dir (the folder streams), these also at the budget that is the
// default, and scores what is said. progress is told how many rows were taken.
func MeasureStreams(ctx context.Context, dir string, progress func(rows int64)) ([]suites.StreamReport, error) {
	var reports []suites.StreamReport
	given := func(Stream) ([]suites.Event, error) {
		return suites.ReadEvents(filepath.Join(dir, "weibo_hot_events.json"))
	}
	before := int64(0)
	for _, m := range []struct {
		stream string
		events func(Stream) ([]suites.Event, error)
		budget float64 // 0 is the config's
		from   string
		to     string // not included
	}{
		{stream: "weibo_hot", events: given, from: "2020-11-24", to: "2024-01-01"},
		{stream: "weibo_hot_others", events: Stream.Events, from: "2020-11-24", to: "2024-01-01"},
		{stream: "weibo_hot_third", events: Stream.Events, from: "2020-11-24", to: "2024-01-01"},
		{stream: "airline", from: "2015-02-16", to: "2015-02-25"},
		{stream: "airline", budget: .2, from: "2015-02-16", to: "2015-02-25"},
	} {
		s := Streams[m.stream]
		rows := int64(0)
		alerts, c, err := s.Replay(ctx, dir, m.budget, func(n int64, _ time.Time) {
			rows = n
			progress(before + n)
		})
		if err != nil {
			return nil, err
		}
		before += rows
		var events []suites.Event
		if m.events != nil {
			if events, err = m.events(s); err != nil {
				return nil, err
			}
		}
		from, err := time.ParseInLocation(time.DateOnly, m.from, c.Location())
		if err != nil {
			return nil, err
		}
		to, err := time.ParseInLocation(time.DateOnly, m.to, c.Location())
		if err != nil {
			return nil, err
		}
		budget := c.Detection.FalseAlarmsPerBrandWeek
		score, err := suites.ScoreEvents(events, alerts, from, to, c.Location(), len(c.Brands), budget)
		if err != nil {
			return nil, fmt.Errorf("events of %s: %w", m.stream, err)
		}
		reports = append(reports, suites.StreamReport{
			Stream: m.stream, Config: "benchmarks/" + s.Folder + "/fenghuo.yaml", Budget: budget,
			From: m.from, To: m.to, Brands: len(c.Brands), Posts: rows, Score: score,
		})
	}
	return reports, nil
}
