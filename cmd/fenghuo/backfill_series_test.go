package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fenghuo/pipeline/backfill"
)

// A mapping holds for all series, or for the one whose name comes first; a colon
// elsewhere is part of a column's name.
func TestSeriesMappings(t *testing.T) {
	f := backfillFlags{
		series:        []string{"orders=a.csv", "refunds=b.csv"},
		seriesMapping: []string{"brand='acme'", "orders:value=n", "refunds:value=m", "timestamp=at:time"},
	}
	for name, want := range map[string][]string{
		"orders":  {"brand='acme'", "value=n", "timestamp=at:time"},
		"refunds": {"brand='acme'", "value=m", "timestamp=at:time"},
	} {
		if got := f.mappingOf(name); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// What is wrong with a series is one line, before the run is touched.
func TestBackfillSeriesRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(file, []byte("timestamp,value\n2025-11-07,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{
		"orders":          "write NAME=FILE",
		"=" + file:        "give a name",
		"orders=none.csv": "no such file",
		"orders=" + file:  "no column is the brand",
	} {
		f := backfillFlags{series: []string{given}}
		if _, _, err := f.openSeries(t.Context(), nil, time.UTC, backfill.Span{}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("--series %s: %v, want %q", given, err, want)
		}
	}
	f := backfillFlags{series: []string{"orders=" + file}, seriesMapping: []string{"order:brand='acme'"}}
	if _, _, err := f.openSeries(t.Context(), nil, time.UTC, backfill.Span{}); err == nil || !strings.Contains(err.Error(), "no --series order=FILE") {
		t.Errorf("a mapping of no series: %v", err)
	}
}
