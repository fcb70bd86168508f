package config

import (
	"time"

	"fenghuo/schemas"
)

// Config is the whole of fenghuo.yaml. The comment of a field is its line in
// docs/configuration.md.
type Config struct {
	Kafka      Kafka      `yaml:"kafka"`
	ClickHouse ClickHouse `yaml:"clickhouse"`
	Timezone   string     `yaml:"timezone"` // IANA name; days begin there, and times without a zone are there
	Brands     []Brand    `yaml:"brands"`
	SKUs       string     `yaml:"skus"`     // open: an unknown SKU under a known brand is a series; closed: it is no SKU
	MaxSKUs    int        `yaml:"max_skus"` // series cap per brand when open
	Channels   []Channel  `yaml:"channels"`
	Windows    []Duration `yaml:"windows"` // sliding windows, from short to long, whole minutes
	Detection  Detection  `yaml:"detection"`
	Dedup      Dedup      `yaml:"dedup"`
	Calendar   []Event    `yaml:"calendar"`
	Silences   []Silence  `yaml:"silences"`
	Complaints Complaints `yaml:"complaints"`
	Series     []Series   `yaml:"series"` // business series; orders, refunds, returns and tickets are known, others are bad both ways until they are listed
	Retention  Retention  `yaml:"retention"`
	Rules      []Rule     `yaml:"rules"`
	RuleFiles  []string   `yaml:"rule_files"` // more rules: files, or patterns such as rules/*.yaml, beside the config file
}

// Kafka is where posts come from and alerts go to.
type Kafka struct {
	Brokers    []string `yaml:"brokers"`    // HOST:PORT of some brokers
	Topics     Topics   `yaml:"topics"`     // names of the topics
	Partitions int      `yaml:"partitions"` // of topics that Fenghuo creates
	Replicas   int      `yaml:"replicas"`   // of topics that Fenghuo creates
	Create     *bool    `yaml:"create"`     // create missing topics
	GroupID    string   `yaml:"group_id"`   // prefix of the consumer groups
	TLS        TLS      `yaml:"tls"`
	SASL       SASL     `yaml:"sasl"`
}

// Topics names the topics.
type Topics struct {
	Posts    string `yaml:"posts"`    // where sources write
	Mentions string `yaml:"mentions"` // between the stages; private to Fenghuo
	Dead     string `yaml:"dead"`     // records that are no posts
	Events   string `yaml:"events"`   // every transition of an alert
	State    string `yaml:"state"`    // compacted: the latest state of every alert
}

// TLS is off unless enabled.
type TLS struct {
	Enabled    bool   `yaml:"enabled"`     // use TLS
	CA         string `yaml:"ca"`          // file with the authorities to trust; empty: those of the system
	Cert       string `yaml:"cert"`        // file with the client certificate
	Key        string `yaml:"key"`         // file with the key of cert
	ServerName string `yaml:"server_name"` // name to expect in the server's certificate; empty: the host
}

// SASL authenticates to Kafka.
type SASL struct {
	Mechanism string `yaml:"mechanism"` // plain, scram-sha-256 or scram-sha-512; empty: none
	User      string `yaml:"user"`
	Password  string `yaml:"password"`
}

// ClickHouse is where rows land.
type ClickHouse struct {
	URL      string `yaml:"url"`      // http://HOST:PORT or https://HOST:PORT
	Database string `yaml:"database"` // made by fenghuo migrate
	User     string `yaml:"user"`     // empty: the server's default user
	Password string `yaml:"password"`
	TLS      TLS    `yaml:"tls"` // for https with an authority or a key of your own
}

// Brand is a brand to watch. A post names its brand by id, name or alias, or
// speaks of it in its text; so each name belongs to one brand only.
type Brand struct {
	ID          string   `yaml:"id"`          // required; in all tables and messages
	Name        string   `yaml:"name"`        // for people; default: the id
	Aliases     []string `yaml:"aliases"`     // other names in texts and in the field brand of posts
	Context     []string `yaml:"context"`     // words that tell an ambiguous name means this brand
	Exclude     []string `yaml:"exclude"`     // words that tell it does not
	Category    string   `yaml:"category"`    // brands of a category learn from each other, and are competitors where none are named
	Competitors []string `yaml:"competitors"` // ids of other brands
	SKUs        []SKU    `yaml:"skus"`        // its products
}

// SKU is one product of a brand.
type SKU struct {
	ID      string   `yaml:"id"`      // required; unique in the brand
	Name    string   `yaml:"name"`    // for people; default: the id
	Aliases []string `yaml:"aliases"` // other names in texts and in the field sku of posts
}

// Channel is a place where posts appear, with its weight in an alert's level.
type Channel struct {
	ID     string  `yaml:"id"`     // required; as in the posts
	Weight float64 `yaml:"weight"` // also 1 for channels that are not listed
}

// Detection tunes the detectors.
type Detection struct {
	FalseAlarmsPerBrandWeek float64  `yaml:"false_alarms_per_brand_week"` // false alarms that a brand may cost you in a week: the one sensitivity knob
	Lateness                Duration `yaml:"lateness"`                    // how long a minute stays open after its source's watermark passed it
	IdleAfter               Duration `yaml:"idle_after"`                  // silence after which a source no longer holds the others back
	Impact                  Impact   `yaml:"impact"`
}

// Impact holds the weights of an alert's level; a zero means the default.
type Impact struct {
	Types map[schemas.ComplaintType]float64 `yaml:"types"` // weight of a complaint type, 0 to 1, by its name; a zero means the default
}

// Dedup bounds the set of post ids that are remembered.
type Dedup struct {
	Horizon Duration `yaml:"horizon"` // a post id seen again within it, in event time, counts once
	MaxIDs  int      `yaml:"max_ids"` // ids remembered per partition of topic mentions
}

// Event is a known event: 双11, 618, a launch, a live stream. A surge that it
// explains is no alert, anger on top of it is.
type Event struct {
	Name   string    `yaml:"name"`   // required; events of one name learn from each other
	From   time.Time `yaml:"from"`   // required
	To     time.Time `yaml:"to"`     // required; exclusive
	Brands []string  `yaml:"brands"` // ids; empty: all
	Lift   float64   `yaml:"lift"`   // expected factor on mentions; 0: learned from earlier events of the same name
}

// Silence keeps matching alerts from being published while it lasts.
type Silence struct {
	Brand   string    `yaml:"brand"`   // id; empty: all
	SKU     string    `yaml:"sku"`     // id; empty: all
	Signal  string    `yaml:"signal"`  // mentions, complaints, complaint_type, negative_share, keyword, series:NAME or rule:NAME; empty: all
	From    time.Time `yaml:"from"`    // required
	To      time.Time `yaml:"to"`      // required; exclusive
	Comment string    `yaml:"comment"` // why
}

// Complaints extends the built-in complaint types.
type Complaints struct {
	Types []ComplaintTypeConfig `yaml:"types"`
}

// ComplaintTypeConfig adds words to a built-in type, or a type of its own.
type ComplaintTypeConfig struct {
	ID    schemas.ComplaintType `yaml:"id"`    // required; a built-in type or a new one
	Words []string              `yaml:"words"` // that make a complaint one of this type
}

// Series is a business series: a count of the business beside the posts.
type Series struct {
	Name string                `yaml:"name"` // required; as in the values
	Bad  string                `yaml:"bad"`  // which way is bad news: up, down or both; alerts of both are never above blue
	Type schemas.ComplaintType `yaml:"type"` // crisis type of its alerts; empty: unspecified
}

// Retention says how long rows are kept, counted from ingestion, live run only.
type Retention struct {
	Mentions Duration `yaml:"mentions"` // whole days
	Trends   Duration `yaml:"trends"`   // whole days
	Alerts   Duration `yaml:"alerts"`   // whole days
}

// Rule is an alert rule in SQL over the tables.
type Rule struct {
	Name          string            `yaml:"name"`            // required; the signal of its alerts is rule:NAME
	SQL           string            `yaml:"sql"`             // required; a SELECT, each row is a series
	Every         Duration          `yaml:"every"`           // how often it runs
	Lookback      Duration          `yaml:"lookback"`        // no row older than this before the tick matters; lets a replay take many ticks at once
	For           Duration          `yaml:"for"`             // how long it must hold
	KeepFiringFor Duration          `yaml:"keep_firing_for"` // how long it lasts after it no longer holds
	Level         schemas.Level     `yaml:"level"`           // required; red, orange, yellow or blue
	Labels        map[string]string `yaml:"labels"`          // of its alerts
	Summary       string            `yaml:"summary"`         // a sentence for people; {{ column }} stands for a value of the row
}

// Duration is a time.Duration that also reads days and weeks: 90s, 15m, 6h, 30d, 2w.
type Duration time.Duration
