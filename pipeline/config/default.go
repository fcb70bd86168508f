package config

import (
	"cmp"
	"fmt"
	"net"
	"strings"
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

// setItemDefaults sets what an item of a list has when the file is silent.
func setItemDefaults(item any) {
	switch item := item.(type) {
	case *Channel:
		item.Weight = 1
	case *Series:
		item.Bad = "both"
	case *Rule:
		item.Every = Duration(time.Minute)
	}
}

// complete fills in what follows from other values: a brand or SKU without a
// name is called by its id.
func (c *Config) complete() {
	for i := range c.Brands {
		b := &c.Brands[i]
		b.Name = cmp.Or(b.Name, b.ID)
		for j := range b.SKUs {
			b.SKUs[j].Name = cmp.Or(b.SKUs[j].Name, b.SKUs[j].ID)
		}
	}
}

// Override puts what a command line says in place of what the file says; empty
// strings change nothing. brokers is a comma-separated list.
func (c *Config) Override(brokers, clickhouse string) error {
	if brokers != "" {
		c.Kafka.Brokers = strings.Split(brokers, ",")
		for _, b := range c.Kafka.Brokers {
			if host, port, err := net.SplitHostPort(b); err != nil || host == "" || port == "" {
				return fmt.Errorf("--brokers: %q is not HOST:PORT", b)
			}
		}
	}
	if clickhouse != "" {
		c.ClickHouse.URL = clickhouse
		if fault := urlFault(clickhouse); fault != "" {
			return fmt.Errorf("--clickhouse: %s", fault)
		}
	}
	return nil
}
