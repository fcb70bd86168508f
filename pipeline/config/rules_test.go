package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRuleFiles(t *testing.T) {
	const good = "rules:\n  - {name: NAME, sql: SELECT 1, every: 1m, level: red}\n"
	f := func(files map[string]string, want string) {
		t.Helper()
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "rules"), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		c, err := Load(filepath.Join(dir, "fenghuo.yaml"))
		got := ""
		if err != nil {
			got = strings.ReplaceAll(err.Error(), dir+"/", "")
		} else {
			for _, r := range c.Rules {
				got += r.Name + " "
			}
		}
		if got != want {
			t.Errorf("%v: %q, want %q", files, got, want)
		}
	}
	named := func(name string) string { return strings.ReplaceAll(good, "NAME", name) }
	const all = "rule_files: [rules/*.yaml]\n"
	// The rules of the config first, then those of the files by name.
	f(map[string]string{"fenghuo.yaml": all + named("a"), "rules/2.yaml": named("c"), "rules/1.yaml": named("b")}, "a b c ")
	// Faults stand at their place in their own file.
	f(map[string]string{"fenghuo.yaml": all, "rules/1.yaml": strings.ReplaceAll(named("b"), "red", "pink")},
		`rules/1.yaml:2:48: rules[0].level: "pink" is not one of red, orange, yellow, blue`)
	f(map[string]string{"fenghuo.yaml": all, "rules/1.yaml": "rulez: []\n"}, `rules/1.yaml:1:1: unknown key "rulez", did you mean "rules"?`)
	// A name belongs to one rule; a pattern finds a file.
	f(map[string]string{"fenghuo.yaml": all + named("a"), "rules/1.yaml": named("a")}, `rules/1.yaml:1:1: rule "a" is also in fenghuo.yaml`)
	f(map[string]string{"fenghuo.yaml": "rule_files: [none.yaml]\n"}, `fenghuo.yaml:1:14: rule_files[0]: no file is there at "none.yaml"`)
}
