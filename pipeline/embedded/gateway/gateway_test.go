package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"fenghuo/pipeline/embedded/embeddedtest"
)

// answer is what an HTTP client got.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
}

func ask(t *testing.T, method, address string, header map[string]string, body io.Reader) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b), err}
}

// must runs a statement that has to succeed and returns its output.
func must(t *testing.T, address, sql string) string {
	t.Helper()
	a := ask(t, http.MethodPost, address, nil, strings.NewReader(sql))
	if a.status != http.StatusOK || a.err != nil {
		t.Fatalf("%s: status %d, %s %v", sql, a.status, a.body, a.err)
	}
	return a.body
}

// database makes a database for the test and returns an address in it.
func database(t *testing.T) (address, name string) {
	t.Helper()
	base := embeddedtest.ClickHouse(t)
	name = "t" + strings.ReplaceAll(uuid.NewString(), "-", "")
	must(t, base, "CREATE DATABASE "+name)
	t.Cleanup(func() {
		r, err := http.Post(base, "text/plain", strings.NewReader("DROP DATABASE "+name)) //nolint:noctx // the test's context is over
		if err == nil {
			_ = r.Body.Close()
		}
	})
	return base + "/?database=" + name, name
}

func TestRequests(t *testing.T) {
	address, _ := database(t)
	must(t, address, "CREATE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
	f := func(comment, method, query, body string, status int, want string) {
		t.Helper()
		a := ask(t, method, address+query, nil, strings.NewReader(body))
		if a.status != status || status == 200 && a.body != want || status != 200 && !strings.Contains(a.body, want) {
			t.Errorf("%s: %d %q, want %d %q", comment, a.status, a.body, status, want)
		}
		if code := a.header.Get("X-ClickHouse-Exception-Code"); (code == "") != (status == 200) {
			t.Errorf("%s: status %d with exception code %q", comment, status, code)
		}
	}
	// where the query is
	f("query in the body", "POST", "", "SELECT 1", 200, "1\n")
	f("query in the URL", "GET", "&query=SELECT+1", "", 200, "1\n")
	f("query in both", "POST", "&query=SELECT+1", "+ 1", 200, "2\n")
	f("PUT", "PUT", "", "SELECT 1", 200, "1\n")
	f("no query", "POST", "", " \n", 400, "Empty query")
	f("only a comment", "POST", "", "-- SELECT 1", 400, "Empty query")
	f("DELETE", "DELETE", "", "", 501, "not supported")
	// formats
	f("default_format", "POST", "&default_format=JSONEachRow", "SELECT 1 AS a", 200, "{\"a\":1}\n")
	f("FORMAT clause over default_format", "POST", "&default_format=JSON", "SELECT 1 FORMAT CSV", 200, "1\n")
	f("SHOW", "POST", "", "SHOW TABLES", 200, "t\n")
	f("DDL has no output", "POST", "", "CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = Memory", 200, "")
	f("nothing found", "POST", "", "SELECT a FROM t WHERE 0", 200, "")
	// parameters and settings
	f("parameter", "POST", "&param_x=7&param_s=a%27b", "SELECT {x:UInt8} + 1, {s:String}", 200, "8\ta\\'b\n")
	f("parameter with escapes as in TSV", "POST", `&param_s=a%5Ctb`, "SELECT length({s:String})", 200, "3\n")
	f("missing parameter", "POST", "", "SELECT {x:UInt8}", 400, "456")
	f("setting", "POST", "&max_result_rows=5&result_overflow_mode=throw", "SELECT number FROM numbers(10)", 500, "396")
	f("setting seen", "POST", "&max_threads=1", "SELECT getSetting('max_threads')", 200, "1\n")
	f("unknown setting", "POST", "&no_such=1", "SELECT 1", 404, "115")
	f("setting with SQL in its name", "POST", "&a%3D1%2Cb=1", "SELECT 1", 404, "115")
	f("setting with SQL in its value", "POST", "&log_comment="+url.QueryEscape(`x', max_threads='1`), "SELECT endsWith(getSetting('log_comment'), 'max_threads=\\'1')", 200, "1\n")
	f("database that does not exist", "POST", "&database=nope", "SELECT 1", 200, "1\n") // the first value counts
	// GET changes nothing
	f("GET with INSERT", "GET", "&query=INSERT+INTO+t+VALUES+(1,'x')", "", 403, "164")
	f("GET with DDL", "GET", "&query=DROP+TABLE+t", "", 403, "164")
	f("GET that does not parse", "GET", "&query=SELEC+1", "", 400, "62")
	// errors, as a server gives them
	f("syntax", "POST", "", "SELEC 1", 400, "Code: 62. DB::Exception: ")
	f("table", "POST", "", "SELECT * FROM nope", 404, "Code: 60. DB::Exception: ")
	f("function", "POST", "", "SELECT nope(1)", 404, "Code: 46.")
	f("two statements", "POST", "", "SELECT 1; SELECT 2", 400, "Code: 62.")
	f("a file of this machine", "POST", "", "SELECT 1 INTO OUTFILE '/tmp/x'", 501, "Code: 48.")
	f("session timeout", "POST", "&session_id=a&session_timeout=x", "SELECT 1", 400, "Code: 374.")
}

func TestInserts(t *testing.T) {
	address, _ := database(t)
	f := func(comment, query, body, want string) {
		t.Helper()
		must(t, address, "CREATE OR REPLACE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
		a := ask(t, "POST", address+"&query="+url.QueryEscape(query), nil, strings.NewReader(body))
		if a.status != 200 || a.body != "" {
			t.Errorf("%s: %d %s", comment, a.status, a.body)
		}
		if got := must(t, address, "SELECT a, b FROM t ORDER BY a FORMAT CSV"); got != want {
			t.Errorf("%s: rows %q, want %q", comment, got, want)
		}
		if s := a.header.Get("X-ClickHouse-Summary"); !strings.Contains(s, fmt.Sprintf(`"written_rows":"%d"`, strings.Count(want, "\n"))) {
			t.Errorf("%s: summary %s", comment, s)
		}
	}
	f("values in the body", "", "INSERT INTO t VALUES (1, 'x'), (2, 'y;')", "1,\"x\"\n2,\"y;\"\n")
	f("values with an expression and a semicolon", "", "INSERT INTO t VALUES (1 + 1, upper('x'));", "2,\"X\"\n")
	f("values in the URL", "INSERT INTO t VALUES (1, 'x')", "", "1,\"x\"\n")
	f("head in the URL, values in the body", "INSERT INTO t VALUES", "(1, 'x')", "1,\"x\"\n")
	f("head in the URL, CSV in the body", "INSERT INTO t FORMAT CSV", "1,x\n2,y\n", "1,\"x\"\n2,\"y\"\n")
	f("head with a line end", "INSERT INTO t FORMAT CSV\n", "1,x\n", "1,\"x\"\n")
	f("columns", "INSERT INTO t (b, a) FORMAT TSV", "x\t1\n", "1,\"x\"\n")
	f("JSON after the head in one body", "", "INSERT INTO t FORMAT JSONEachRow\n{\"a\": 1, \"b\": \"好\"}\n", "1,\"好\"\n")
	f("settings clause", "INSERT INTO t SETTINGS async_insert = 0 FORMAT CSV", "1,x\n", "1,\"x\"\n")
	f("from a SELECT", "", "INSERT INTO t SELECT number, 'n' FROM numbers(2)", "0,\"n\"\n1,\"n\"\n")
	f("no rows", "INSERT INTO t FORMAT CSV", "", "")
}

// A failed insert tells its code, also when the client is still sending, and
// leaves nothing.
func TestFailedInserts(t *testing.T) {
	address, _ := database(t)
	must(t, address, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
	f := func(comment, query string, body io.Reader, code string) {
		t.Helper()
		a := ask(t, "POST", address+"&query="+url.QueryEscape(query), nil, body)
		if got := a.header.Get("X-ClickHouse-Exception-Code"); got != code {
			t.Errorf("%s: code %q, want %q (%d %s)", comment, got, code, a.status, a.body)
		}
		if n := must(t, address, "SELECT count() FROM t"); n != "0\n" {
			t.Errorf("%s: left %s rows", comment, n)
		}
	}
	f("no such table", "INSERT INTO nope FORMAT CSV", strings.NewReader("1\n"), "60")
	f("no such column", "INSERT INTO t (x) FORMAT CSV", strings.NewReader("1\n"), "16")
	f("no such format", "INSERT INTO t FORMAT Nope", strings.NewReader("1\n"), "73")
	f("bad row after good ones", "INSERT INTO t FORMAT CSV", strings.NewReader("1\n2\nx\n"), "117")
	f("many megabytes for no table", "INSERT INTO nope FORMAT CSV", strings.NewReader(strings.Repeat("12345678\n", 2<<20)), "60")
	f("garbage for Native", "INSERT INTO t FORMAT Native", bytes.NewReader(bytes.Repeat([]byte{0xff, 1}, 1000)), "62")
}

// An insert larger than any buffer streams in whole.
func TestLargeInsert(t *testing.T) {
	address, _ := database(t)
	must(t, address, "CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a")
	r, w := io.Pipe()
	const rows = 500_000
	go func() {
		for i := range rows {
			if _, err := fmt.Fprintf(w, "%d,质量太差了%d\n", i, i); err != nil {
				return
			}
		}
		_ = w.Close()
	}()
	if a := ask(t, "POST", address+"&query=INSERT+INTO+t+FORMAT+CSV", nil, r); a.status != 200 {
		t.Fatalf("insert: %d %s", a.status, a.body)
	}
	if got, want := must(t, address, "SELECT count(), uniqExact(s), max(a) FROM t"), fmt.Sprintf("%d\t%d\t%d\n", rows, rows, rows-1); got != want {
		t.Errorf("stored %q, want %q", got, want)
	}
}

// A client that breaks off its insert leaves no rows.
func TestBrokenInsert(t *testing.T) {
	address, _ := database(t)
	must(t, address, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
	r, w := io.Pipe()
	go func() {
		for i := range 100_000 {
			if _, err := fmt.Fprintf(w, "%d\n", i); err != nil {
				return
			}
		}
		_ = w.CloseWithError(io.ErrClosedPipe)
	}()
	req, err := http.NewRequestWithContext(t.Context(), "POST", address+"&query=INSERT+INTO+t+FORMAT+CSV&query_id=broken", r)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Fatalf("status %d, want a broken request", resp.StatusCode)
	}
	waitUntil(t, "the insert is gone", func() bool {
		return must(t, address, "SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO t %' AND current_database = currentDatabase()") == "0\n"
	})
	if n := must(t, address, "SELECT count() FROM t"); n != "0\n" {
		t.Errorf("a broken insert left %s rows", n)
	}
}

// A long result has the head and the end of its format once, whether it comes
// in pieces or not, and is the same as from one piece.
func TestLongResultsAreOne(t *testing.T) {
	address, _ := database(t)
	const rows = 200_000 // three blocks
	for _, format := range []string{"CSV", "CSVWithNames", "JSON", "JSONEachRow", "JSONCompact", "TSVWithNames", "Parquet", "RowBinaryWithNames", "XML", "Values"} {
		got := must(t, address, fmt.Sprintf("SELECT number AS xyzzy FROM numbers(%d) SETTINGS max_threads = 1 FORMAT %s", rows, format))
		want := must(t, address, fmt.Sprintf("SELECT number AS xyzzy FROM numbers(%d) SETTINGS max_threads = 1, max_block_size = %d FORMAT %s", rows, rows, format))
		statistics := func(s string) string { // holds the time the query took
			s, _, _ = strings.Cut(s, `"statistics"`)
			s, _, _ = strings.Cut(s, "<statistics>")
			return s
		}
		if statistics(got) != statistics(want) {
			t.Errorf("%s: %d bytes from several blocks, %d from one", format, len(got), len(want))
		}
	}
}
