package main

import (
	"strings"
	"testing"
)

// A mistyped command of a group, and sizes of nothing, are refused.
func TestMistypedCommands(t *testing.T) {
	for want, args := range map[string][]string{
		`unknown command "chekc" for "fenghuo config"`: {"config", "chekc"},
		`unknown command "tset" for "fenghuo rules"`:   {"rules", "tset"},
		"--days, --brands, --skus":                     {"simulate", "--days", "0"},
		"--limit -1: 0 for all":                        {"alerts", "--limit", "-1"},
		`--log-format "xml": console or json`:          {"migrate", "--log-format", "xml"},
	} {
		if _, _, err := command(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if out, _, err := command(t, "--version"); err != nil || !strings.Contains(out, " go1.") {
		t.Errorf("--version: %q, %v", out, err)
	}
	if out, _, err := command(t, "config"); err != nil || !strings.Contains(out, "Available Commands") {
		t.Errorf("a group alone shows its help: %v\n%s", err, out)
	}
}
