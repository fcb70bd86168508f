package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// analyze runs the command in-process.
func analyze(t *testing.T, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	root := newRootCommand()
	var out, errs bytes.Buffer
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetArgs(append([]string{"analyze"}, args...))
	err = root.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

func TestAnalyzeCommand(t *testing.T) {
	t.Chdir(t.TempDir()) // no fenghuo.yaml: text alone needs none
	out, errs, err := analyze(t, `{"text":"质量太差了"}`+"\nbad\n")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out, "\n"); n != 2 || !strings.Contains(out, `"tokens":["质量","太差","了"]`) || !strings.Contains(out, `{"error":"the line is not JSON"}`) {
		t.Errorf("stdout %q", out)
	}
	if !strings.Contains(errs, "1 of 2 lines were bad") {
		t.Errorf("stderr %q", errs)
	}
}

func TestAnalyzeCommandWithConfigAndFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	conf := write("c.yaml", "brands:\n  - id: haidilao\n    name: 海底捞\n")
	posts := write("posts.jsonl", `{"text":"海底捞好吃"}`+"\n")
	out, _, err := analyze(t, "", "--config", conf, posts, posts)
	if err != nil || strings.Count(out, `"brand":"haidilao"`) != 2 {
		t.Errorf("stdout %q, %v", out, err)
	}
	if _, _, err := analyze(t, "", "--config", conf, filepath.Join(dir, "none.jsonl")); err == nil || !strings.Contains(err.Error(), "none.jsonl") {
		t.Errorf("error %v for a file that is not there", err)
	}
}
