package main

import (
	"strings"
	"testing"
)

// A mistyped command of a group, and sizes of nothing, are refused.
func TestMistypedCommands(t *testing.T) {
	for want, args := range map[string][]string{
		`unknown command "chekc" for "fenghuo config": did you mean check?`:   {"config", "chekc"},
		`unknown command "compair" for "fenghuo runs": did you mean compare?`: {"runs", "compair", "a", "b"},
		`unknown command "reprot" for "fenghuo": did you mean report?`:        {"reprot"},
		`unknown command "xyzzy" for "fenghuo": fenghuo --help shows them`:    {"xyzzy"},
		"unknown flag: --brnad: did you mean --brand?":                        {"alerts", "--brnad", "acme"},
		`fenghuo alerts takes no "acme", only flags`:                          {"alerts", "acme"},
		"received 1: write fenghuo runs compare A B":                          {"runs", "compare", "a"},
		`no view "brand_rsik": did you mean brand_risk?`:                      {"trends", "brand_rsik"},
		"--alert names the span: leave --from out":                            {"report", "--alert", "x", "--from", "2026-01-01"},
		`--last: `:                            {"trends", "--last", "soon"},
		"--days, --brands, --skus":            {"simulate", "--days", "0"},
		"--limit -1: 0 for all":               {"alerts", "--limit", "-1"},
		`--log-format "xml": console or json`: {"migrate", "--log-format", "xml"},
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
