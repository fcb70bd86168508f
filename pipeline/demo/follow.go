package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"fenghuo/pipeline/look"
	"fenghuo/schemas"
)

// alertTail is what has been read of the events topic.
type alertTail struct {
	mu   sync.Mutex
	seen map[string]bool
	list []schemas.Alert
}

func (a *alertTail) add(alert schemas.Alert) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen[alert.ID] {
		return false // an id may come twice
	}
	if a.seen == nil {
		a.seen = map[string]bool{}
	}
	a.seen[alert.ID] = true
	a.list = append(a.list, alert)
	return true
}

func (a *alertTail) all() []schemas.Alert {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]schemas.Alert(nil), a.list...)
}

// follow reads the events topic like any downstream system would, and prints
// each transition as it comes.
func (p *play) follow(ctx context.Context) error {
	topic := p.config.Kafka.Topics.Events
	for offset := int64(0); ctx.Err() == nil; {
		batch, err := p.cluster.Fetch(ctx, topic, 0, offset)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("demo: %w", err)
		}
		for _, r := range batch.Records {
			var a schemas.Alert
			if err := json.Unmarshal(r.Value, &a); err != nil {
				return fmt.Errorf("demo: alert at offset %d of %s: %w", r.Offset, topic, err)
			}
			if p.alerts.add(a) {
				p.progress.Above(func() { p.print(a) })
			}
		}
		offset = batch.Next
	}
	return nil
}

// print shows firing and escalation in full, the rest in a line.
func (p *play) print(a schemas.Alert) {
	if a.State == schemas.Firing || a.State == schemas.Escalated {
		look.RenderAlert(p.Out, look.In(a, p.config.Location()), p.Width, p.Color)
		return
	}
	fmt.Fprintf(p.Out, "%s  %s  %s %s\n", p.at(a.At), a.State, a.BrandName, a.SKU)
}
