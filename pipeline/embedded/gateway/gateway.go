package gateway

import (
	"context"
	"crypto/subtle"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"fenghuo/pipeline/embedded/chdb"
)

// maxQueries bounds the statements that run at once; more wait their turn.
const maxQueries = 32

// maxDrain is how much of the data of a failed insert is read and dropped.
const maxDrain = 256 << 20

// Options of a gateway.
type Options struct {
	Connect  func() (*chdb.Conn, error) // opens an engine session
	User     string                     // with Password; "" lets everybody in
	Password string
	Log      *zap.Logger
}

// Gateway is an http.Handler over an engine.
type Gateway struct {
	opts     Options
	slots    chan struct{}
	sessions sessions
	marks    atomic.Uint64
}

// New makes a gateway; Close it after the HTTP server.
func New(o Options) *Gateway {
	return &Gateway{
		opts:     o,
		slots:    make(chan struct{}, maxQueries),
		sessions: sessions{open: o.Connect, byName: map[string]*session{}},
	}
}

// Handler serves / and /ping as ClickHouse does. A web page of another origin
// cannot write through it.
func (g *Gateway) Handler() http.Handler {
	ok := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
		_, _ = w.Write([]byte("Ok.\n"))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/ping", ok)
	mux.HandleFunc("/replicas_status", ok)
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		if (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.URL.RawQuery == "" {
			ok(w, r)
			return
		}
		g.serveQuery(w, r)
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

// Close ends the sessions.
func (g *Gateway) Close() { g.sessions.close() }

func (g *Gateway) serveQuery(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-ClickHouse-Server-Display-Name", "fenghuo")
	w.Header().Set("X-ClickHouse-Timezone", "UTC")
	if r.Method != http.MethodGet && r.Method != http.MethodPost && r.Method != http.MethodPut {
		w.Header().Set("Allow", "GET, POST, PUT")
		newResponse(w, &request{}).fail(exception(codeNotImplemented, "NOT_IMPLEMENTED", "HTTP method %s is not supported", r.Method))
		return
	}
	if err := g.authenticate(r); err != nil {
		newResponse(w, &request{}).fail(err)
		return
	}
	req, err := readRequest(w, r)
	if err != nil {
		newResponse(w, &request{}).fail(err)
		return
	}
	out := newResponse(w, req)
	select {
	case g.slots <- struct{}{}:
		defer func() { <-g.slots }()
	case <-r.Context().Done():
		return
	}
	began := time.Now()
	err = g.execute(r.Context(), req, out)
	g.opts.Log.Debug("query", zap.String("query_id", req.queryID), zap.String("verb", req.st.verb), zap.Duration("took", time.Since(began)), zap.Error(err))
	if err != nil {
		if !out.begun {
			// A client that still sends would take a reset for the answer.
			_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
		}
		out.fail(err)
	}
}

// authenticate reads the user as ClickHouse does: headers of its own, the
// Authorization header, or the URL.
func (g *Gateway) authenticate(r *http.Request) error {
	if g.opts.User == "" {
		return nil
	}
	user, password := r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key")
	if user == "" {
		if u, p, ok := r.BasicAuth(); ok {
			user, password = u, p
		} else {
			user, password = r.URL.Query().Get("user"), r.URL.Query().Get("password")
		}
	}
	same := func(a, b string) int { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) }
	if same(user, g.opts.User)&same(password, g.opts.Password) != 1 {
		return exception(codeAuthenticationFailed, "AUTHENTICATION_FAILED", "%s: Authentication failed: password is incorrect, or there is no user with such name", user)
	}
	return nil
}

// mark is a text that finds one statement among the running ones.
func (g *Gateway) mark() string {
	return "fenghuo-" + strconv.FormatUint(g.marks.Add(1), 10)
}

// killOn ends the statement with the mark when the client goes away. The
// statement may not have begun yet, so it is looked for until stop is called.
func (g *Gateway) killOn(ctx context.Context, mark string) (stop func()) {
	done := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		conn, err := g.opts.Connect()
		if err != nil {
			g.opts.Log.Warn("cannot cancel a query", zap.Error(err))
			return
		}
		defer conn.Close()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			// The mark is followed by a blank; see prepare.
			err := conn.Query("KILL QUERY WHERE startsWith(Settings['log_comment'], '"+mark+" ') ASYNC", "Null", nil, nil)
			if err != nil {
				g.opts.Log.Warn("cannot cancel a query", zap.Error(err))
			}
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	return func() {
		cancel()
		close(done)
	}
}
