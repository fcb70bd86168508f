package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are what a process counts. All names begin with fenghuo_.
type Metrics struct {
	Registry *prometheus.Registry

	PostsRead   *prometheus.CounterVec // by outcome: attributed, unattributed, dead
	DeadLetters *prometheus.CounterVec // by reason
	SourceLag   *prometheus.GaugeVec   // records, by source partition
	Watermark   *prometheus.GaugeVec   // Unix seconds, by source partition

	MentionsStored *prometheus.CounterVec   // rows, by mentions partition
	Duplicates     *prometheus.CounterVec   // posts, by mentions partition
	LatePosts      *prometheus.CounterVec   // posts, by mentions partition
	MentionsLag    *prometheus.GaugeVec     // records, by mentions partition
	Tick           *prometheus.GaugeVec     // Unix seconds of the last closed minute, by mentions partition
	LandSeconds    *prometheus.HistogramVec // time to land a range, by table
	Transitions    *prometheus.CounterVec   // alert transitions, by state and level
	Retries        *prometheus.CounterVec   // failed attempts, by service
	Ranges         prometheus.Counter       // ranges landed
	Snapshots      prometheus.Counter       // snapshots committed
	DetectSeconds  prometheus.Histogram     // time to apply a range to the detectors

	RuleSeconds  *prometheus.HistogramVec // time of one evaluation, by rule
	RuleFailures *prometheus.CounterVec   // evaluations that failed or set rows aside, by rule
}

// NewMetrics registers the metrics, with Go's and the process's own.
func NewMetrics() *Metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	f := promauto.With(r)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Name: "fenghuo_" + name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return f.NewGaugeVec(prometheus.GaugeOpts{Name: "fenghuo_" + name, Help: help}, labels)
	}
	return &Metrics{
		Registry:    r,
		PostsRead:   counter("posts_read_total", "Source records read, by outcome.", "outcome"),
		DeadLetters: counter("dead_letters_total", "Source records set aside, by reason.", "reason"),
		SourceLag:   gauge("source_lag_records", "Source records not yet read.", "partition"),
		Watermark:   gauge("source_watermark_seconds", "Highest event time read, Unix seconds.", "partition"),

		MentionsStored: counter("mentions_stored_total", "Mention rows landed in ClickHouse.", "partition"),
		Duplicates:     counter("duplicate_posts_total", "Later copies of a post.", "partition"),
		LatePosts:      counter("late_posts_total", "Posts whose minute was already decided.", "partition"),
		MentionsLag:    gauge("mentions_lag_records", "Mention records not yet landed.", "partition"),
		Tick:           gauge("tick_seconds", "Last decided minute, Unix seconds of event time.", "partition"),
		LandSeconds: f.NewHistogramVec(prometheus.HistogramOpts{Name: "fenghuo_land_seconds",
			Help: "Time to land one range in a table.", Buckets: prometheus.ExponentialBuckets(.002, 2, 14)}, []string{"table"}),
		Transitions: counter("alert_transitions_total", "Alert transitions published.", "state", "level"),
		Retries:     counter("service_retries_total", "Failed attempts that were or will be repeated.", "service"),
		Ranges:      f.NewCounter(prometheus.CounterOpts{Name: "fenghuo_ranges_total", Help: "Ranges of the mentions log landed."}),
		Snapshots:   f.NewCounter(prometheus.CounterOpts{Name: "fenghuo_snapshots_total", Help: "State snapshots committed."}),
		DetectSeconds: f.NewHistogram(prometheus.HistogramOpts{Name: "fenghuo_detect_seconds",
			Help: "Time to apply one range to the detectors.", Buckets: prometheus.ExponentialBuckets(.001, 2, 14)}),

		RuleSeconds: f.NewHistogramVec(prometheus.HistogramOpts{Name: "fenghuo_rule_seconds",
			Help: "Time to evaluate a trend rule once.", Buckets: prometheus.ExponentialBuckets(.002, 2, 14)}, []string{"rule"}),
		RuleFailures: counter("rule_failures_total", "Evaluations of a trend rule that failed or set rows aside.", "rule"),
	}
}
