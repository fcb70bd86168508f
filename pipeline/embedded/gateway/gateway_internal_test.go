package gateway

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"

	"fenghuo/pipeline/embedded/chdb"
)

var errNoEngine = errors.New("no engine here")

// behind is a gateway without an engine: whoever is let in gets errNoEngine.
func behind(user, password string) http.Handler {
	return New(Options{
		Connect: func() (*chdb.Conn, error) { return nil, errNoEngine },
		User:    user, Password: password, Log: zap.NewNop(),
	}).Handler()
}

func TestAuthentication(t *testing.T) {
	f := func(name string, admitted bool, change func(*http.Request)) {
		t.Helper()
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("SELECT 1"))
		change(r)
		w := httptest.NewRecorder()
		behind("reader", "s3cret").ServeHTTP(w, r)
		if got := strings.Contains(w.Body.String(), errNoEngine.Error()); got != admitted {
			t.Errorf("%s: admitted = %v, want %v (%d %s)", name, got, admitted, w.Code, w.Body)
		}
		if !admitted && (w.Code != http.StatusForbidden || w.Header().Get("X-ClickHouse-Exception-Code") != "516") {
			t.Errorf("%s: status %d, code %q, want 403 and 516", name, w.Code, w.Header().Get("X-ClickHouse-Exception-Code"))
		}
	}
	f("basic", true, func(r *http.Request) { r.SetBasicAuth("reader", "s3cret") })
	f("headers", true, func(r *http.Request) {
		r.Header.Set("X-ClickHouse-User", "reader")
		r.Header.Set("X-ClickHouse-Key", "s3cret")
	})
	f("url", true, func(r *http.Request) { r.URL.RawQuery = "user=reader&password=s3cret" })
	f("nothing", false, func(*http.Request) {})
	f("wrong password", false, func(r *http.Request) { r.SetBasicAuth("reader", "S3cret") })
	f("wrong user", false, func(r *http.Request) { r.SetBasicAuth("writer", "s3cret") })
	f("empty password", false, func(r *http.Request) { r.SetBasicAuth("reader", "") })
	// the headers win, so that they cannot be helped out by the URL
	f("wrong headers, right url", false, func(r *http.Request) {
		r.Header.Set("X-ClickHouse-User", "reader")
		r.Header.Set("X-ClickHouse-Key", "x")
		r.URL.RawQuery = "user=reader&password=s3cret"
	})
}

// Without a configured user everybody is let in, as on a fresh server.
func TestNoAuthentication(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("SELECT 1"))
	r.SetBasicAuth("default", "")
	w := httptest.NewRecorder()
	behind("", "").ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), errNoEngine.Error()) {
		t.Errorf("not admitted: %d %s", w.Code, w.Body)
	}
}

// A page of another site cannot make the reader's browser write.
func TestCrossOrigin(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8123/", strings.NewReader("DROP DATABASE d"))
	r.Header.Set("Origin", "https://evil.example")
	w := httptest.NewRecorder()
	behind("", "").ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("status %d, want 403", w.Code)
	}
}

func TestPaths(t *testing.T) {
	for path, want := range map[string]int{"/ping": 200, "/replicas_status": 200, "/": 200, "/play": 404, "/other?query=SELECT": 404} {
		w := httptest.NewRecorder()
		behind("", "").ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("GET %s: status %d, want %d", path, w.Code, want)
		}
		if want == 200 && w.Body.String() != "Ok.\n" {
			t.Errorf("GET %s: %q, want Ok.", path, w.Body)
		}
	}
}

func TestInBandIsBounded(t *testing.T) {
	e := &chdb.Error{Code: 1, Text: "Code: 1. " + strings.Repeat("x", 1<<20)}
	if n := len(inBand(e, newExceptionTag())); n > 16<<10 {
		t.Errorf("exception block of %d bytes, clients read 16 KiB", n)
	}
}
