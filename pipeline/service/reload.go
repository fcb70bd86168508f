package service

import (
	"context"
	"errors"
	"reflect"

	"go.uber.org/zap"

	"fenghuo/pipeline/config"
)

// changes hands a new config to a stage; a stage that is busy gets the latest.
type changes chan *config.Config

func newChanges() changes { return make(changes, 1) }

func (c changes) set(next *config.Config) {
	select {
	case <-c: // nobody has taken the one before
	default:
	}
	c <- next
}

// follow gives the stages every config that arrives on s.Reload, until ctx is
// done. What takes a restart keeps its value, and the log says so.
func (s *service) follow(ctx context.Context, stages ...changes) {
	now := s.Config
	for {
		select {
		case <-ctx.Done():
			return
		case next := <-s.Reload:
			merged, fixed := merge(now, next)
			if len(fixed) > 0 {
				s.Log.Warn("config: these changes take a restart", zap.Strings("keys", fixed))
			}
			for _, c := range stages {
				c.set(merged)
			}
			s.Log.Info("config read again", zap.Int("brands", len(merged.Brands)))
			now = merged
		}
	}
}

// merge is next with the parts of now that a process cannot change under way,
// and the keys of those among them that differ.
func merge(now, next *config.Config) (merged *config.Config, fixed []string) {
	c := *next
	keep := func(key string, to, from any) {
		dst, src := reflect.ValueOf(to).Elem(), reflect.ValueOf(from).Elem()
		if !reflect.DeepEqual(dst.Interface(), src.Interface()) {
			fixed = append(fixed, key)
			dst.Set(src)
		}
	}
	keep("kafka", &c.Kafka, &now.Kafka)
	keep("clickhouse", &c.ClickHouse, &now.ClickHouse)
	keep("timezone", &c.Timezone, &now.Timezone)
	keep("skus", &c.SKUs, &now.SKUs)
	keep("complaints", &c.Complaints, &now.Complaints)
	keep("retention", &c.Retention, &now.Retention)
	keep("detection.idle_after", &c.Detection.IdleAfter, &now.Detection.IdleAfter)
	if len(c.Brands) == 0 {
		keep("brands", &c.Brands, &now.Brands)
	}
	return &c, fixed
}

// swapBrands gives the analyzer new brands while it works.
func (s *service) swapBrands(ctx context.Context, a interface{ SetBrands([]config.Brand) error }, changed changes) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-changed:
			if err := a.SetBrands(c.Brands); err != nil {
				s.Log.Error("config: the brands before stay in use", zap.Error(err))
			}
		}
	}
}

// detectAnew runs the detect stage, and when the config changed what it
// decides by, ends it and starts it again: it goes on from its last snapshot.
func (s *service) detectAnew(ctx context.Context, changed changes) error {
	for c := s.Config; c != nil; {
		stageCtx, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- s.detect(stageCtx, c) }()
		next, err := untilChanged(c, changed, done)
		stop()
		if next != nil {
			err = <-done
		}
		if err != nil && (ctx.Err() != nil || !errors.Is(err, context.Canceled)) {
			return err
		}
		c = next
	}
	return nil
}

// untilChanged waits for a config that decides differently, or for the stage's
// end.
func untilChanged(now *config.Config, changed changes, done <-chan error) (next *config.Config, err error) {
	for {
		select {
		case err := <-done:
			return nil, err
		case next := <-changed:
			if !decideAlike(now, next) {
				return next, nil
			}
		}
	}
}

// decideAlike reports that two configs make the same decisions of the same
// mentions.
func decideAlike(a, b *config.Config) bool {
	return reflect.DeepEqual(ProcessorConfig(a, ""), ProcessorConfig(b, "")) && reflect.DeepEqual(a.Rules, b.Rules)
}
