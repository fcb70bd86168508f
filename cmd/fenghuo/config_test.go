package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fenghuo/pipeline/config"
)

// runConfig runs the program in an empty directory that has the given files.
func runConfig(t *testing.T, files map[string]string, args ...string) (stdout string, err error) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("FENGHUO_CONFIG", "")
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	root := newRootCommand()
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestConfigCheck(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		args  []string
		out   string
		err   string
	}{
		{"no file", nil, nil, "ok: 0 brands, 0 SKUs, 0 rules\n", ""},
		{"the example", map[string]string{"fenghuo.yaml": config.Example}, []string{"--offline"}, "ok: 2 brands, 1 SKUs, 1 rules\n", ""},
		{"the example, in JSON", map[string]string{"a.yaml": config.Example}, []string{"a.yaml", "--json", "--offline"}, `{"brands":2,"ok":true,"rules":1,"skus":1}` + "\n", ""},
		{"a file that is not there", nil, []string{"none.yaml"}, "", "config file: open none.yaml: no such file or directory"},
		{"two faults", map[string]string{"fenghuo.yaml": "skus: half\nfoo: 1\nmax_skus: 0\n"}, nil,
			"fenghuo.yaml:1:7: skus: \"half\" is neither open nor closed\n" +
				"fenghuo.yaml:2:1: unknown key \"foo\"; known are brands, calendar, channels, clickhouse, complaints, dedup, detection, kafka, max_skus, retention, rule_files, rules, series, silences, skus, timezone, windows\n" +
				"fenghuo.yaml:3:11: max_skus: 0 is not in 1 to 1000000\n",
			"fenghuo.yaml cannot be used, faults: 3"},
		{"two files", map[string]string{"fenghuo.yaml": "brands: []\n\n\nrule_files: [rules.yaml]\nfoo: 1\n", "rules.yaml": "rulez: []\n"}, nil,
			"fenghuo.yaml:5:1: unknown key \"foo\"; known are brands, calendar, channels, clickhouse, complaints, dedup, detection, kafka, max_skus, retention, rule_files, rules, series, silences, skus, timezone, windows\n" +
				"rules.yaml:1:1: unknown key \"rulez\", did you mean \"rules\"?\n",
			"the config cannot be used, faults: 2"},
		{"a fault, in JSON", map[string]string{"b.yaml": "skus: half"}, []string{"b.yaml", "--json"},
			`{"column":7,"file":"b.yaml","line":1,"message":"skus: \"half\" is neither open nor closed"}` + "\n",
			"b.yaml cannot be used, faults: 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := runConfig(t, c.files, append([]string{"config", "check"}, c.args...)...)
			if got := errorText(err); out != c.out || got != c.err {
				t.Errorf("got %q, error %q\nwant %q, error %q", out, got, c.out, c.err)
			}
		})
	}
}

// What config example prints is accepted by config check.
func TestConfigExample(t *testing.T) {
	text, err := runConfig(t, nil, "config", "example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runConfig(t, map[string]string{"fenghuo.yaml": text}, "config", "check"); err != nil {
		t.Error(err)
	}
}

func TestConfigLookup(t *testing.T) {
	files := map[string]string{"fenghuo.yaml": "max_skus: 1", "env.yaml": "max_skus: 2", "flag.yaml": "max_skus: 3"}
	if _, err := runConfig(t, files, "config", "example"); err != nil { // makes the directory
		t.Fatal(err)
	}
	load := func(a *app) int {
		t.Helper()
		c, err := a.loadConfig()
		if err != nil {
			t.Fatal(err)
		}
		return c.MaxSKUs
	}
	if got := load(&app{}); got != 1 {
		t.Errorf("./fenghuo.yaml: %d", got)
	}
	t.Setenv("FENGHUO_CONFIG", "env.yaml")
	if got := load(&app{}); got != 2 {
		t.Errorf("$FENGHUO_CONFIG: %d", got)
	}
	if got := load(&app{configPath: "flag.yaml"}); got != 3 {
		t.Errorf("--config: %d", got)
	}
	c, err := (&app{brokers: "k:1,l:2", clickhouse: "http://h:3"}).loadConfig()
	if err != nil || strings.Join(c.Kafka.Brokers, " ") != "k:1 l:2" || c.ClickHouse.URL != "http://h:3" {
		t.Errorf("overrides: %v, %v", c, err)
	}
	t.Setenv("FENGHUO_CONFIG", "none.yaml")
	if _, err := (&app{}).loadConfig(); err == nil {
		t.Error("a named file that is missing is ignored")
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
