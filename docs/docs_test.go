package docs

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/store"
)

// documents are all Markdown files that people read, results of runs left out.
func documents(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"../*.md", "*.md", "decisions/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	if len(names) < 5 {
		t.Fatalf("found only %q", names)
	}
	return names
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	sqlBlock  = regexp.MustCompile("(?s)```sql\n(.*?)```")
	codeBlock = regexp.MustCompile("(?s)```.*?```")
	curlQuery = regexp.MustCompile(`--data-binary "([^"]+)"`)
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

// Every query that a document shows runs on the tables as they are.
func TestQueriesRun(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, config.ClickHouse{URL: embeddedtest.ClickHouse(t), Database: "docs"}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	queries := 0
	for _, name := range documents(t) {
		text := read(t, name)
		for _, m := range append(sqlBlock.FindAllStringSubmatch(text, -1), curlQuery.FindAllStringSubmatch(text, -1)...) {
			query, _, _ := strings.Cut(m[1], " FORMAT ")
			if !strings.HasPrefix(query, "SELECT") {
				continue
			}
			rows, err := s.Conn().Query(ctx, query)
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, query)
				continue
			}
			for rows.Next() {
			}
			if err := rows.Err(); err != nil {
				t.Errorf("%s: %v\n%s", name, err, query)
			}
			queries++
		}
	}
	if queries < 10 {
		t.Errorf("ran only %d queries", queries)
	}
}

// A link within the repository leads to a file that is there.
func TestLinks(t *testing.T) {
	for _, name := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(codeBlock.ReplaceAllString(read(t, name), ""), -1) {
			u, err := url.Parse(m[1])
			if err != nil || u.IsAbs() || u.Path == "" {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), u.Path)); err != nil {
				t.Errorf("%s: link to %s: %v", name, m[1], err)
			}
		}
	}
}

// Consumers find every field of an alert explained, and no other.
func TestAlertFields(t *testing.T) {
	var schema struct {
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal([]byte(read(t, "../schemas/json/alert.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(read(t, "downstream.md"), "| field | is |")
	table, _, _ = strings.Cut(table, "\n\n")
	explained := map[string]bool{}
	for _, row := range strings.Split(table, "\n")[2:] {
		for _, name := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(strings.Split(row, "|")[1], -1) {
			explained[name[1]] = true
			if _, there := schema.Properties[name[1]]; !there {
				t.Errorf("an alert has no field %q", name[1])
			}
		}
	}
	for name := range schema.Properties {
		if !explained[name] {
			t.Errorf("field %q is not explained", name)
		}
	}
}

// The Chinese README asks the same questions as the English one.
func TestReadmesAgree(t *testing.T) {
	blocks := func(name string) []string { return sqlBlock.FindAllString(read(t, name), -1) }
	if en, zh := blocks("../README.md"), blocks("../README.zh-CN.md"); !slices.Equal(en, zh) {
		t.Errorf("%d queries in English, %d in Chinese, or they differ", len(en), len(zh))
	}
}
