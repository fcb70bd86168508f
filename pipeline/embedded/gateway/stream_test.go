package gateway_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"fenghuo/pipeline/embedded/embeddedtest"
)

// waitUntil polls until ok, and fails after a time that only a hang reaches.
func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

const running = "SELECT count() FROM system.processes WHERE query LIKE '%needle in the processes%' AND query NOT LIKE '%system.processes%'"

// A client that goes away takes its query with it, whether it streams or is
// still thinking.
func TestCancel(t *testing.T) {
	address := embeddedtest.ClickHouse(t)
	for name, sql := range map[string]string{
		"streaming": "SELECT number, sleepEachRow(0.01), 'needle in the processes' FROM numbers(1000000) SETTINGS max_block_size = 10",
		"computing": "SELECT sum(sleepEachRow(0.01)), 'needle in the processes' FROM numbers(1000000) SETTINGS max_block_size = 10",
		"buffered":  "CREATE TEMPORARY TABLE x ENGINE = Memory AS SELECT sleepEachRow(0.01), 'needle in the processes' FROM numbers(1000000) SETTINGS max_block_size = 10",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var wg sync.WaitGroup
			wg.Go(func() {
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(sql))
				if err != nil {
					t.Error(err)
					return
				}
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					return // cancelled before the headers
				}
				defer func() { _ = resp.Body.Close() }()
				if _, err := io.Copy(io.Discard, resp.Body); err == nil {
					t.Error("the query ended by itself")
				}
			})
			waitUntil(t, "the query runs", func() bool { return must(t, address, running) != "0\n" })
			cancel()
			wg.Wait()
			waitUntil(t, "the query is gone", func() bool { return must(t, address, running) == "0\n" })
		})
	}
}

// The first rows arrive while the query is still at work.
func TestStreams(t *testing.T) {
	address := embeddedtest.ClickHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sql := "SELECT number, sleepEachRow(0.02), 'a stream to look at' FROM numbers(10000000) SETTINGS max_block_size = 10"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	first := make([]byte, 2)
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "0\t" {
		t.Fatalf("first bytes %q, %v", first, err)
	}
	if n := must(t, address, strings.ReplaceAll(running, "needle in the processes", "a stream to look at")); n != "1\n" {
		t.Errorf("%s queries at work, want 1", strings.TrimSpace(n))
	}
}

// A query that fails in mid-answer says so in the answer and breaks it off.
func TestFailureInMidAnswer(t *testing.T) {
	address := embeddedtest.ClickHouse(t)
	sql := "SELECT throwIf(number = 500000, 'far in') FROM numbers(1000000) SETTINGS max_block_size = 1000, max_threads = 1"
	a := ask(t, http.MethodPost, address, nil, strings.NewReader(sql))
	tag := a.header.Get("X-ClickHouse-Exception-Tag")
	_, block, found := strings.Cut(a.body, "\r\n__exception__\r\n"+tag+"\r\n")
	if a.status != http.StatusOK || !found || !strings.HasPrefix(block, "Code: 395. DB::Exception: far in") {
		t.Errorf("status %d, exception block %v %.200q", a.status, found, block)
	}
	if a.err == nil {
		t.Error("the body ended as if whole")
	}
	// wait_end_of_query buffers, so that the status tells
	a = ask(t, http.MethodPost, address+"/?wait_end_of_query=1", nil, strings.NewReader(sql))
	if a.status == http.StatusOK || a.header.Get("X-ClickHouse-Exception-Code") != "395" {
		t.Errorf("with wait_end_of_query: status %d, code %q", a.status, a.header.Get("X-ClickHouse-Exception-Code"))
	}
}

func TestSessions(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	address := base + "/?session_id=" + url.QueryEscape(t.Name())
	must(t, address, "CREATE TEMPORARY TABLE mine (a UInt8) ENGINE = Memory")
	must(t, address, "INSERT INTO mine VALUES (7)")
	must(t, address, "SET max_threads = 3")
	if got := must(t, address, "SELECT a, getSetting('max_threads') FROM mine"); got != "7\t3\n" {
		t.Errorf("the session forgot: %q", got)
	}
	if a := ask(t, "POST", base, nil, strings.NewReader("SELECT a FROM mine")); a.status != http.StatusNotFound {
		t.Errorf("another session sees the table: %d %s", a.status, a.body)
	}
	if a := ask(t, "POST", base+"/?session_id=unheard&session_check=1", nil, strings.NewReader("SELECT 1")); a.header.Get("X-ClickHouse-Exception-Code") != "372" {
		t.Errorf("session_check: %d %s", a.status, a.body)
	}
	// one query at a time
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		r, _ := http.NewRequestWithContext(ctx, "POST", address, strings.NewReader("SELECT sum(sleepEachRow(0.01)), 'in the session' FROM numbers(1000000) SETTINGS max_block_size = 10"))
		if resp, err := http.DefaultClient.Do(r); err == nil {
			_ = resp.Body.Close()
		}
	})
	waitUntil(t, "the session is busy", func() bool {
		return must(t, base, strings.ReplaceAll(running, "needle in the processes", "in the session")) != "0\n"
	})
	if a := ask(t, "POST", address, nil, strings.NewReader("SELECT 1")); a.header.Get("X-ClickHouse-Exception-Code") != "373" {
		t.Errorf("busy session: %d %s", a.status, a.body)
	}
	cancel()
	wg.Wait()
}

// More queries than the gateway runs at once all get their answer.
func TestMany(t *testing.T) {
	address := embeddedtest.ClickHouse(t)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			a := ask(t, http.MethodPost, address, nil, strings.NewReader("SELECT sum(number) FROM numbers(100000)"))
			if a.status != http.StatusOK || a.body != "4999950000\n" {
				t.Errorf("status %d, %q", a.status, a.body)
			}
		})
	}
	wg.Wait()
}
