package config

import (
	"time"
	_ "time/tzdata" // a machine without a zone database still knows Asia/Shanghai
)

// Default is the configuration of an empty file: everything set, no brands.
func Default() *Config {
	create := true
	return &Config{
		Kafka: Kafka{
			Brokers: []string{"127.0.0.1:9092"},
			Topics: Topics{
				Posts:    "posts",
				Mentions: "mentions",
				Dead:     "posts.dead",
				Events:   "alerts.events",
				State:    "alerts.state",
			},
			Partitions: 4,
			Replicas:   1,
			Create:     &create,
			GroupID:    "fenghuo",
		},
		ClickHouse: ClickHouse{URL: "http://127.0.0.1:8123", Database: "fenghuo"},
		Timezone:   "Asia/Shanghai",
		SKUs:       "open",
		MaxSKUs:    10_000,
		Windows: []Duration{
			Duration(15 * time.Minute), Duration(time.Hour), Duration(6 * time.Hour), Duration(24 * time.Hour),
		},
		Detection: Detection{
			FalseAlarmsPerBrandWeek: 0.2,
			Lateness:                Duration(2 * time.Minute),
			IdleAfter:               Duration(30 * time.Second),
		},
		Dedup:     Dedup{Horizon: Duration(7 * day), MaxIDs: 2_000_000},
		Retention: Retention{Mentions: Duration(400 * day), Trends: Duration(1100 * day), Alerts: Duration(1100 * day)},
	}
}

// Location is the zone in which days begin. It is UTC only for a Config that
// was not made by Default, Load or Parse.
func (c *Config) Location() *time.Location {
	loc, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// CreateTopics says whether missing topics are created.
func (k Kafka) CreateTopics() bool { return k.Create == nil || *k.Create }
