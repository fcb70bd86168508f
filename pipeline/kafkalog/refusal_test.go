package kafkalog

import (
	"net"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"fenghuo/pipeline/config"
)

// Why a broker cannot be used is said in words that name the setting.
func TestPingSaysWhatToSet(t *testing.T) {
	guarded, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", "u", "right"), kfake.Superuser("SCRAM-SHA-256", "u", "right"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guarded.Close)
	open, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(open.Close)
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mute.Close() }) //nolint:errcheck // the test is over
	at := func(c *kfake.Cluster) []string { return c.ListenAddrs() }
	for name, c := range map[string]struct {
		kafka config.Kafka
		want  string
	}{
		"right":          {config.Kafka{Brokers: at(guarded), SASL: config.SASL{Mechanism: "plain", User: "u", Password: "right"}}, ""},
		"wrong password": {config.Kafka{Brokers: at(guarded), SASL: config.SASL{Mechanism: "plain", User: "u", Password: "wrong"}}, "set kafka.sasl"},
		"wrong scram":    {config.Kafka{Brokers: at(guarded), SASL: config.SASL{Mechanism: "scram-sha-256", User: "u", Password: "wrong"}}, "set kafka.sasl"},
		"no user":        {config.Kafka{Brokers: at(guarded)}, "set kafka.sasl"},
		"no SASL there":  {config.Kafka{Brokers: at(open), SASL: config.SASL{Mechanism: "plain", User: "u", Password: "wrong"}}, "set kafka.sasl"},
		"no TLS there":   {config.Kafka{Brokers: at(open), TLS: config.TLS{Enabled: true}}, "kafka.tls"},
		"nobody answers": {config.Kafka{Brokers: []string{mute.Addr().String()}}, "does not answer"},
		"nobody there":   {config.Kafka{Brokers: []string{"127.0.0.1:1"}}, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster, err := Connect(c.kafka, "test")
			if err != nil {
				t.Fatal(err)
			}
			defer cluster.Close()
			err = cluster.Ping(t.Context())
			t.Logf("%v", err)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "(*Client)")):
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
