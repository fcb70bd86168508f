package main

import (
	"strings"
	"testing"
)

// What a script does with runs answers in JSON, and warnings of other days name
// days of the config's time zone.
func TestRunsForScripts(t *testing.T) {
	_, config := workplace(t) // Asia/Shanghai
	posts := func(day string) string {
		return write(t, "posts.jsonl", `{"id":"1","text":"爱客美坏了","published_at":"`+day+`T18:00:00Z"}`+"\n")
	}
	mustRun(t, "backfill", "--config", config, "--run", "a", posts("2025-11-01"))
	mustRun(t, "backfill", "--config", config, "--run", "b", posts("2025-11-05"))
	_, warning, err := command(t, "runs", "compare", "a", "b", "--config", config)
	if err != nil || !strings.Contains(warning, "a covers 2025-11-02 to 2025-11-02, b covers 2025-11-06 to 2025-11-06") {
		t.Errorf("compared: %v, %q", err, warning)
	}
	if out := mustRun(t, "runs", "drop", "a", "--config", config, "--json"); out != `{"run":"a","state":"gone"}`+"\n" {
		t.Errorf("dropped: %s", out)
	}
	if out := mustRun(t, "runs", "--config", config, "--json"); strings.Contains(out, `"run":"a"`) || !strings.Contains(out, `"run":"b"`) {
		t.Errorf("listed after the drop: %s", out)
	}
}
