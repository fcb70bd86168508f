package config

import (
	"time"

	"fenghuo/schemas"
)

// Config is the whole of fenghuo.yaml.
type Config struct {
	Kafka      Kafka      `yaml:"kafka"`
	ClickHouse ClickHouse `yaml:"clickhouse"`
	Timezone   string     `yaml:"timezone"` // IANA name; days begin there; default Asia/Shanghai
	Brands     []Brand    `yaml:"brands"`
	SKUs       string     `yaml:"skus"`     // open (default): an unknown SKU under a known brand is a series; closed: it is ''
	MaxSKUs    int        `yaml:"max_skus"` // series cap per brand when open
	Channels   []Channel  `yaml:"channels"`
	Windows    []Duration `yaml:"windows"`
	Detection  Detection  `yaml:"detection"`
	Dedup      Dedup      `yaml:"dedup"`
	Calendar   []Event    `yaml:"calendar"`
	Silences   []Silence  `yaml:"silences"`
	Complaints Complaints `yaml:"complaints"`
	Retention  Retention  `yaml:"retention"`
	Rules      []Rule     `yaml:"rules"`
}

// Kafka is where posts come from and alerts go to.
type Kafka struct {
	Brokers    []string `yaml:"brokers"`
	Topics     Topics   `yaml:"topics"`
	Partitions int      `yaml:"partitions"` // of topics that Fenghuo creates
	Replicas   int      `yaml:"replicas"`   // of topics that Fenghuo creates
	Create     *bool    `yaml:"create"`     // create missing topics; default true
	GroupID    string   `yaml:"group_id"`   // prefix of the consumer groups; default fenghuo
	TLS        TLS      `yaml:"tls"`
	SASL       SASL     `yaml:"sasl"`
}

// Topics names the five topics.
type Topics struct {
	Posts    string `yaml:"posts"`
	Mentions string `yaml:"mentions"`
	Dead     string `yaml:"dead"`
	Events   string `yaml:"events"`
	State    string `yaml:"state"`
}

// TLS is off unless enabled; CA, Cert and Key are file names.
type TLS struct {
	Enabled    bool   `yaml:"enabled"`
	CA         string `yaml:"ca"`
	Cert       string `yaml:"cert"`
	Key        string `yaml:"key"`
	ServerName string `yaml:"server_name"`
}

// SASL authenticates to Kafka.
type SASL struct {
	Mechanism string `yaml:"mechanism"` // plain, scram-sha-256, scram-sha-512; "" = none
	User      string `yaml:"user"`
	Password  string `yaml:"password"`
}

// ClickHouse is where rows land.
type ClickHouse struct {
	URL      string `yaml:"url"` // http://host:8123 or https://
	Database string `yaml:"database"`
	User     string `yaml:"user"`
	Password string `yaml:"password"`
	TLS      TLS    `yaml:"tls"`
}

// Brand is a brand to watch.
type Brand struct {
	ID          string   `yaml:"id"`
	Name        string   `yaml:"name"`
	Aliases     []string `yaml:"aliases"`
	Context     []string `yaml:"context"` // words that tell an ambiguous alias means this brand
	Exclude     []string `yaml:"exclude"` // words that tell it does not
	Category    string   `yaml:"category"`
	Competitors []string `yaml:"competitors"` // brand ids
	SKUs        []SKU    `yaml:"skus"`
}

// SKU is one product of a brand.
type SKU struct {
	ID      string   `yaml:"id"`
	Name    string   `yaml:"name"`
	Aliases []string `yaml:"aliases"`
}

// Channel is a place where posts appear, with its weight in an alert's level.
type Channel struct {
	ID     string  `yaml:"id"`
	Weight float64 `yaml:"weight"`
}

// Detection tunes the detectors.
type Detection struct {
	FalseAlarmsPerBrandWeek float64  `yaml:"false_alarms_per_brand_week"`
	Lateness                Duration `yaml:"lateness"`   // how long a minute stays open after its source's watermark passed it
	IdleAfter               Duration `yaml:"idle_after"` // silence after which a source no longer holds the others back
	Impact                  Impact   `yaml:"impact"`
}

// Impact holds the weights of an alert's level; a zero means the default.
type Impact struct {
	Types map[schemas.ComplaintType]float64 `yaml:"types"` // weight of a complaint type, 0..1
}

// Dedup bounds the set of post ids that are remembered.
type Dedup struct {
	Horizon Duration `yaml:"horizon"` // event time
	MaxIDs  int      `yaml:"max_ids"` // per mentions partition
}

// Event is a known event: 双11, 618, a launch, a live stream.
type Event struct {
	Name   string    `yaml:"name"`
	From   time.Time `yaml:"from"`
	To     time.Time `yaml:"to"`
	Brands []string  `yaml:"brands"` // empty = all
	Lift   float64   `yaml:"lift"`   // expected factor; 0 = learn from earlier events of the same name
}

// Silence keeps matching alerts from being published while it lasts.
type Silence struct {
	Brand   string    `yaml:"brand"`
	SKU     string    `yaml:"sku"`
	Signal  string    `yaml:"signal"`
	From    time.Time `yaml:"from"`
	To      time.Time `yaml:"to"`
	Comment string    `yaml:"comment"`
}

// Complaints extends the built-in complaint types.
type Complaints struct {
	Types []ComplaintTypeConfig `yaml:"types"`
}

// ComplaintTypeConfig adds words to a built-in type, or a type of its own.
type ComplaintTypeConfig struct {
	ID    schemas.ComplaintType `yaml:"id"`
	Words []string              `yaml:"words"`
}

// Retention says how long rows are kept, counted from ingestion, live run only.
type Retention struct {
	Mentions Duration `yaml:"mentions"`
	Trends   Duration `yaml:"trends"`
	Alerts   Duration `yaml:"alerts"`
}

// Rule is an alert rule in SQL over the trend tables.
type Rule struct {
	Name          string            `yaml:"name"`
	SQL           string            `yaml:"sql"`
	Every         Duration          `yaml:"every"`
	For           Duration          `yaml:"for"`
	KeepFiringFor Duration          `yaml:"keep_firing_for"`
	Level         schemas.Level     `yaml:"level"`
	Labels        map[string]string `yaml:"labels"`
	Summary       string            `yaml:"summary"`
}

// Duration is a time.Duration that also reads days and weeks: 90s, 15m, 6h, 30d, 2w.
type Duration time.Duration
