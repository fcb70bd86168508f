package main

import (
	"bytes"
	"strings"
	"testing"

	"fenghuo/pipeline/config"
)

func TestParseCompare(t *testing.T) {
	c := config.Default()
	c.Brands = []config.Brand{{ID: "acme", Name: "Acme", Aliases: []string{"a@cme"}}}
	for text, want := range map[string]string{
		"acme@2025-03-01..2025-03-10":                     "acme 2025-02-28T16:00:00Z 2025-03-09T16:00:00Z",
		"a@cme@2025-03-01..2025-03-10":                    "acme 2025-02-28T16:00:00Z 2025-03-09T16:00:00Z",
		"Acme@2025-03-01T00:00:00Z..2025-03-01T12:00:00Z": "acme 2025-03-01T00:00:00Z 2025-03-01T12:00:00Z",
	} {
		r, err := parseCompare(text, c)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		const form = "2006-01-02T15:04:05Z"
		if got := r.Brand + " " + r.From.UTC().Format(form) + " " + r.To.UTC().Format(form); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "acme", "acme@2025-03-01", "@2025-03-01..2025-03-02", "acme@monday..2025-03-02", "acme@2025-03-01.."} {
		if r, err := parseCompare(text, c); err == nil && !r.To.IsZero() {
			t.Errorf("%q was read as %+v", text, r)
		}
	}
}

// What contradicts itself is refused before anything is reached.
func TestReportFlagsThatExcludeEachOther(t *testing.T) {
	cmd := newRootCommand()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs([]string{"report", "--alert", "a", "--brand", "b"})
	if err := cmd.Execute(); err == nil || !strings.Contains(err.Error(), "alert") {
		t.Errorf("error is %v", err)
	}
}
