package service

import (
	"context"
	"fmt"
	"testing"
	"time"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/schemas"
)

// Rules run on the only brand there is, which leaves partitions without one, and
// what the last rule has left ends when it is taken out of the config.
func TestARuleFiresOnOneBrandAndEndsWithTheRule(t *testing.T) {
	w := newWorld(t, "rules", embeddedtest.Broker(t))
	w.config.Brands = []config.Brand{{ID: "fengchi", Name: "风驰"}}
	w.config.Detection.IdleAfter = config.Duration(time.Second)
	w.config.Rules = []config.Rule{{
		Name: "any", SQL: "SELECT brand, sum(mentions) AS value FROM trends WHERE run = {run:String} AND sku = '' AND grain = '1m' GROUP BY brand",
		Every: config.Duration(time.Minute), Level: schemas.Blue,
	}}
	at := time.Now().Add(-time.Hour)
	record := kafkalog.Record{Time: at, Value: fmt.Appendf(nil,
		`{"id":"1","channel":"weibo","published_at":%q,"text":"风驰空调太吵了"}`, at.UTC().Format(time.RFC3339))}
	if err := w.cluster.Append(t.Context(), w.config.Kafka.Topics.Posts, 0, []kafkalog.Record{record}, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reload, done := make(chan *config.Config), make(chan error, 1)
	go func() { done <- Run(ctx, Options{Config: w.config, Role: All, Log: testLog(), Reload: reload}) }()
	await := func(state schemas.State) {
		t.Helper()
		for deadline := time.Now().Add(patience); w.count(fmt.Sprintf("SELECT count() FROM alerts WHERE signal = 'rule:any' AND state = '%s'", state)) == 0; {
			if time.Now().After(deadline) {
				t.Fatalf("the rule's alert is not %s", state)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	await(schemas.Firing)
	next := *w.config
	next.Rules = nil
	select {
	case reload <- &next:
	case err := <-done:
		t.Fatalf("the pipeline ended early: %v", err)
	}
	await(schemas.Resolved)
	cancel()
	if err := <-done; err != nil {
		t.Fatalf("the pipeline ended with %v", err)
	}
}
