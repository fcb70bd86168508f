package service

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/kafkalog"
)

// A config that is read again adds a brand to a pipeline at work: what is
// written from then on is about it, and nothing is lost or counted twice.
func TestConfigIsReadAgainUnderWay(t *testing.T) {
	w := newWorld(t, "reload", embeddedtest.Broker(t))
	w.config.Brands = []config.Brand{{ID: "fengchi", Name: "风驰"}}
	w.config.Detection.IdleAfter = config.Duration(time.Second)
	began := time.Now()
	posts := 0
	produce := func(name string) {
		var records []kafkalog.Record
		for range 20 {
			posts++
			records = append(records, kafkalog.Record{Time: time.Now(), Value: fmt.Appendf(nil,
				`{"id":"%d","channel":"weibo","published_at":%q,"text":"%s空调太吵了"}`, posts, began.Add(time.Duration(posts)*time.Second).UTC().Format(time.RFC3339), name)})
		}
		if err := w.cluster.Append(t.Context(), w.config.Kafka.Topics.Posts, 0, records, nil); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reload, done := make(chan *config.Config), make(chan error, 1)
	go func() { done <- Run(ctx, Options{Config: w.config, Role: All, Log: testLog(), Reload: reload}) }()

	produce("云集")
	produce("风驰")
	w.awaitRead(posts)
	next := *w.config
	next.Brands = append(slices.Clone(w.config.Brands), config.Brand{ID: "yunji", Name: "云集"})
	next.Kafka.GroupID = "another" // takes a restart: it is left as it is
	select {
	case reload <- &next:
	case err := <-done:
		t.Fatalf("the pipeline ended early: %v", err)
	}
	// The swap is not told to the source, so posts are written until one counts.
	for deadline := time.Now().Add(patience); w.count("SELECT count() FROM mentions WHERE brand = 'yunji'") == 0; {
		select {
		case err := <-done:
			t.Fatalf("the pipeline ended early: %v", err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal("no post became a mention of the new brand")
		}
		produce("云集")
		produce("风驰")
		w.awaitRead(posts)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatalf("the pipeline ended with %v", err)
	}
	if got := w.count("SELECT count() FROM mentions WHERE brand = 'fengchi'"); got != posts/2 {
		t.Errorf("%d mentions of the brand that was there all along, want %d", got, posts/2)
	}
	if got := w.count("SELECT sum(stored) + sum(unattributed) FROM intake_totals"); got != posts {
		t.Errorf("%d posts are accounted for, want %d", got, posts)
	}
	if got := w.count("SELECT count() - uniqExact(brand, post_id) FROM mentions"); got != 0 {
		t.Errorf("%d mentions are there twice", got)
	}
}

func TestMergeKeepsWhatTakesARestart(t *testing.T) {
	now := config.Default()
	now.Brands = []config.Brand{{ID: "a", Name: "A"}}
	next := config.Default()
	next.ClickHouse.Database, next.Timezone = "other", "Europe/Berlin"
	next.Detection.FalseAlarmsPerBrandWeek = 1
	next.Silences = []config.Silence{{Brand: "a"}}
	got, fixed := merge(now, next)
	if want := []string{"clickhouse", "timezone", "brands"}; !slices.Equal(fixed, want) {
		t.Errorf("%q take a restart, want %q", fixed, want)
	}
	if got.ClickHouse.Database != now.ClickHouse.Database || got.Timezone != now.Timezone || len(got.Brands) != 1 {
		t.Errorf("merged into %+v", got)
	}
	if got.Detection.FalseAlarmsPerBrandWeek != 1 || len(got.Silences) != 1 || decideAlike(now, got) {
		t.Error("the new budget and silence are not taken")
	}
	if len(next.Brands) != 0 {
		t.Error("the config given was changed")
	}
}
