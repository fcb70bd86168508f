package service

import (
	"time"

	"fenghuo/detectors/engine"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/detect"
	"fenghuo/schemas"
)

// Near-duplicates are grouped over two days, which a copied text rarely
// outlives, and within bounded memory.
const (
	groupHorizon  = 48 * time.Hour
	maxGroupPosts = 500_000
)

// ProcessorConfig translates the config for the detect stage of a run.
func ProcessorConfig(c *config.Config, run string) detect.ProcessorConfig {
	return detect.ProcessorConfig{
		Location:      c.Location(),
		Lateness:      c.Detection.Lateness.Std(),
		DedupHorizon:  c.Dedup.Horizon.Std(),
		MaxIDs:        c.Dedup.MaxIDs,
		AlertsKept:    c.Retention.Alerts.Std(),
		Engine:        engineConfig(c, run),
		GroupHorizon:  groupHorizon,
		MaxGroupPosts: maxGroupPosts,
	}
}

func engineConfig(c *config.Config, run string) engine.Config {
	e := engine.Config{
		Run: run, Location: c.Location(), MaxSKUs: c.MaxSKUs,
		FalseAlarmsPerBrandWeek: c.Detection.FalseAlarmsPerBrandWeek,
		TypeWeights:             c.Detection.Impact.Types,
		Channels:                map[string]float64{},
		Series:                  map[string]engine.Series{},
	}
	for _, b := range c.Brands {
		brand := engine.Brand{ID: b.ID, Name: b.Name, Category: b.Category, Competitors: b.Competitors}
		for _, s := range b.SKUs {
			brand.SKUs = append(brand.SKUs, s.ID)
		}
		e.Brands = append(e.Brands, brand)
	}
	for _, ch := range c.Channels {
		e.Channels[ch.ID] = ch.Weight
	}
	for _, s := range c.Series {
		e.Series[s.Name] = engine.Series{Bad: engine.Way(s.Bad), Type: s.Type}
	}
	for _, w := range c.Windows {
		e.Windows = append(e.Windows, w.Std())
	}
	for _, ev := range c.Calendar {
		e.Events = append(e.Events, engine.Event{Name: ev.Name, From: ev.From, To: ev.To, Brands: ev.Brands, Lift: ev.Lift})
	}
	for _, s := range c.Silences {
		e.Silences = append(e.Silences, engine.Silence{Brand: s.Brand, SKU: s.SKU, Signal: schemas.Signal(s.Signal), From: s.From, To: s.To})
	}
	return e
}
