package deploy

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/telemetry"
)

// The configs that the deployments mount load, with their secrets in the
// environment and not without.
func TestConfigsLoad(t *testing.T) {
	for _, name := range []string{"docker/fenghuo.yaml", "kubernetes/fenghuo.yaml"} {
		for _, secret := range []string{"KAFKA_PASSWORD", "CLICKHOUSE_PASSWORD"} {
			t.Setenv(secret, "secret")
		}
		c, err := config.Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(c.Brands) == 0 || c.ClickHouse.Password != "secret" {
			t.Errorf("%s: %d brands, password %q", name, len(c.Brands), c.ClickHouse.Password)
		}
		if err := os.Unsetenv("CLICKHOUSE_PASSWORD"); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(name); err == nil || !strings.Contains(err.Error(), "CLICKHOUSE_PASSWORD") {
			t.Errorf("%s without its secret: %v", name, err)
		}
	}
}

var metricName = regexp.MustCompile(`\bfenghuo_[a-z_]+`)

// Every metric that a rule asks for is one that the pipeline has.
func TestRulesAskForMetricsThatExist(t *testing.T) {
	rules, err := os.ReadFile("prometheus/fenghuo.rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	known := metricNames(telemetry.NewMetrics().Registry)
	asked := metricName.FindAllString(string(rules), -1)
	if len(asked) == 0 {
		t.Fatal("the rules ask for no metric of ours")
	}
	for _, name := range asked {
		if !known[name] && !known[strings.TrimSuffix(name, "_bucket")] {
			t.Errorf("there is no metric %s", name)
		}
	}
}

var descName = regexp.MustCompile(`fqName: "([^"]+)"`)

func metricNames(r *prometheus.Registry) map[string]bool {
	descs := make(chan *prometheus.Desc)
	go func() {
		r.Describe(descs)
		close(descs)
	}()
	names := map[string]bool{}
	for d := range descs {
		names[descName.FindStringSubmatch(d.String())[1]] = true
	}
	return names
}
