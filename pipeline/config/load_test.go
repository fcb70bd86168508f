package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"fenghuo/schemas"
)

func TestFilesWithoutContentAreTheDefaults(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# nothing but a comment\n", "---\n", "\ufeff", "brands:\n", "{}"} {
		c, err := Parse("fenghuo.yaml", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(Default(), c); diff != "" {
			t.Errorf("%q is not the default:\n%s", text, diff)
		}
	}
}

func TestValuesAreRead(t *testing.T) {
	t.Setenv("FENGHUO_TEST_PASSWORD", "a:b #c")
	c, err := Parse("fenghuo.yaml", []byte(`
timezone: Asia/Shanghai
kafka:
  brokers: [a:1, "b:2"]
  create: false
  sasl: {mechanism: plain, user: u, password: "x${FENGHUO_TEST_PASSWORD}$${y}"}
max_skus: 2_000
windows: [1m, 1h30m, 2w]
brands:
  - id: 360
  - id: &other b
    name: 乙
    competitors: [360]
    skus: [{id: s1}]
channels: [{id: news, weight: 2}, {id: weibo}]
calendar:
  - {name: a, from: 2026-11-11, to: "2026-11-11 20:30", brands: [*other]}
  - {name: b, from: 2026-11-11T00:00:00Z, to: 2026-11-12T00:00:00+02:00}
rules:
  - {name: r, sql: SELECT 1, level: red, labels: {team: pr}}
detection:
  false_alarms_per_brand_week: 1
  impact: {types: {logistics: 0.25}}
`))
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UTC()
	}
	want := Default()
	no := false
	want.Kafka.Brokers = []string{"a:1", "b:2"}
	want.Kafka.Create = &no
	want.Kafka.SASL = SASL{Mechanism: "plain", User: "u", Password: "xa:b #c${y}"}
	want.MaxSKUs = 2000
	want.Windows = []Duration{Duration(time.Minute), Duration(90 * time.Minute), Duration(14 * day)}
	want.Brands = []Brand{
		{ID: "360", Name: "360"},
		{ID: "b", Name: "乙", Competitors: []string{"360"}, SKUs: []SKU{{ID: "s1", Name: "s1"}}},
	}
	want.Channels = []Channel{{"news", 2}, {"weibo", 1}}
	want.Calendar = []Event{
		{Name: "a", From: at("2026-11-11T00:00:00+08:00"), To: at("2026-11-11T20:30:00+08:00"), Brands: []string{"b"}},
		{Name: "b", From: at("2026-11-11T00:00:00Z"), To: at("2026-11-12T00:00:00+02:00")},
	}
	want.Rules = []Rule{{Name: "r", SQL: "SELECT 1", Every: Duration(time.Minute), Level: "red", Labels: map[string]string{"team": "pr"}}}
	want.Detection.FalseAlarmsPerBrandWeek = 1
	want.Detection.Impact.Types = map[complaintType]float64{"logistics": 0.25}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
}

func TestAnchorsAndMergeKeys(t *testing.T) {
	c, err := Parse("fenghuo.yaml", []byte(`
brands:
  - &base {id: a, category: 家电, context: [空调]}
  - <<: *base
    id: b
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Brand{ID: "b", Name: "b", Category: "家电", Context: []string{"空调"}}
	if diff := cmp.Diff(want, c.Brands[1]); diff != "" {
		t.Error(diff)
	}
}

// The same text with Windows line ends and a byte order mark is the same config.
func TestWindowsFile(t *testing.T) {
	text := "\ufeff" + strings.ReplaceAll(Example, "\n", "\r\n")
	got, err := Parse("fenghuo.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want, err := Parse("fenghuo.yaml", []byte(Example))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGBKIsRefusedWithAHint(t *testing.T) {
	data, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte("timezone: UTC\nbrands:\n  - id: 海天\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse("fenghuo.yaml", data)
	want := "fenghuo.yaml:3:9: the file is not UTF-8; it looks like GBK: iconv -f GBK -t UTF-8 fenghuo.yaml"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.yaml")
	if err := os.WriteFile(path, []byte("skus: half\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path)
	want := path + `:1:7: skus: "half" is neither open nor closed`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestOverride(t *testing.T) {
	c := Default()
	if err := c.Override("k1:9092,k2:9092", "https://ch:8443"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"k1:9092", "k2:9092"}, c.Kafka.Brokers); diff != "" || c.ClickHouse.URL != "https://ch:8443" {
		t.Error(diff, c.ClickHouse.URL)
	}
	for _, wrong := range [][2]string{{"k1", ""}, {"k1:1,", ""}, {"", "localhost:8123"}, {"", "tcp://h:9000"}} {
		if err := Default().Override(wrong[0], wrong[1]); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}

// The AsyncAPI document names the default topics.
func TestTopicsOfTheAsyncAPIDocument(t *testing.T) {
	data, err := schemas.Files.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Channels map[string]struct{ Address string }
	}
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	got := Topics{
		Posts: doc.Channels["posts"].Address, Mentions: doc.Channels["mentions"].Address, Dead: doc.Channels["dead"].Address,
		Events: doc.Channels["events"].Address, State: doc.Channels["state"].Address,
	}
	if diff := cmp.Diff(Default().Kafka.Topics, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(Example))
	for _, c := range faultCases {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("f.yaml", data)
		if (c == nil) == (err == nil) {
			t.Fatalf("config %v with error %v", c, err)
		}
		var faults FaultsError
		if err == nil {
			return
		}
		if !errors.As(err, &faults) {
			t.Fatalf("error without a place: %v", err)
		}
		for _, fault := range faults {
			if fault.Line < 1 || fault.Column < 1 {
				t.Errorf("no place: %v", fault)
			}
		}
	})
}
