package kafkatest

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"fenghuo/deploy/kafka"
)

// After a clean stop, and after kill -9, the broker is back at the same
// address with every acknowledged record and every committed place.
func TestRestartsKeepWhatWasAcknowledged(t *testing.T) {
	b := Run(t)
	client := newClient(t, b.Brokers())
	createTopic(t, client, "posts", 1)
	produce(t, client, "posts", 0, "one")
	group := join(t, b.Brokers(), "posts")
	if err := next(t, group).CommitOffsets(map[string]map[int]int64{"posts": {0: 1}}); err != nil {
		t.Fatal(err)
	}

	b.Stop()
	if conn, err := net.Dial("tcp", b.Brokers()[0]); err == nil {
		_ = conn.Close()
		t.Fatal("the stopped broker still accepts connections")
	}
	b.Restart()

	client = newClient(t, b.Brokers())
	produce(t, client, "posts", 0, "two")

	b.Kill()
	b.Restart()

	client = newClient(t, b.Brokers())
	wantValues(t, fetch(t, client, "posts", 0, 0, 2), []string{"one", "two"})
	if at := next(t, group).Assignments["posts"][0].Offset; at != 1 {
		t.Errorf("the group starts at %d, want its commit 1", at)
	}
}

// The jars are kept under the pom's own name, and nothing else is left behind.
func TestJarsAreCached(t *testing.T) {
	in, err := prepare()
	if err != nil {
		unavailable(t, err)
	}
	again, err := fetchJars(t.Context())
	if err != nil || again != in.jars {
		t.Fatalf("second fetch = %q, %v; want %q", again, err, in.jars)
	}
	version := between(string(kafka.POM), "<kafka.version>", "</kafka.version>")
	if _, err := os.Stat(filepath.Join(in.jars, "kafka-server-"+version+".jar")); err != nil {
		t.Error(err)
	}
}

// A missing Java or Maven is named, and is a failure only where required.
func TestMissingToolsAreNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("FENGHUO_CACHE", t.TempDir())
	if _, err := findJava(); err == nil || !strings.Contains(err.Error(), "Java 17") {
		t.Errorf("findJava without java: %v", err)
	}
	if _, err := fetchJars(t.Context()); err == nil || !strings.Contains(err.Error(), "Maven") {
		t.Errorf("fetchJars without mvn: %v", err)
	}
	for _, required := range []bool{false, true} {
		t.Setenv("FENGHUO_REQUIRE_KAFKA", map[bool]string{true: "1", false: ""}[required])
		rec := &recorder{TB: t}
		var done sync.WaitGroup
		done.Go(func() { unavailable(rec, os.ErrNotExist) })
		done.Wait()
		if rec.failed != required || rec.skipped == required {
			t.Errorf("required %v: failed %v, skipped %v", required, rec.failed, rec.skipped)
		}
	}
}

// recorder notes how a test would have ended.
type recorder struct {
	testing.TB
	failed, skipped bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Fatalf(string, ...any) { r.failed = true; runtime.Goexit() }
func (r *recorder) Skipf(string, ...any)  { r.skipped = true; runtime.Goexit() }

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}
