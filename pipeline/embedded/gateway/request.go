package gateway

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	nativecompress "github.com/ClickHouse/ch-go/compress"
	"github.com/google/uuid"

	"fenghuo/pipeline/embedded/chdb"
)

const (
	// headSize is how much of an INSERT is looked at for the place where its
	// data begin.
	headSize = 256 << 10
	// maxQuerySize bounds any other statement, which is held in memory whole.
	maxQuerySize = 16 << 20
	// receiveTimeout ends a request whose client has stopped sending.
	receiveTimeout = 5 * time.Minute
)

// request is one HTTP request in ClickHouse's terms.
type request struct {
	sql      string // whole, or of an INSERT with data its beginning
	st       statement
	data     *bufio.Reader // everything from the beginning of sql on
	params   []chdb.Param
	settings map[string]string

	queryID        string
	database       string
	format         string // unless the query has a FORMAT clause
	session        string
	sessionTimeout time.Duration
	sessionCheck   bool
	readonly       bool
	protocol       uint64 // of the client, for the handshake
	compress       bool   // ClickHouse's own block compression of the answer
	acceptEncoding string
	whole          bool // wait_end_of_query: answer only when all is known
}

// reserved are URL parameters that are no settings.
var reserved = []string{
	"query", "query_id", "database", "user", "password", "default_format", "session_id", "session_timeout",
	"session_check", "close_session", "compress", "decompress", "client_protocol_version", "wait_end_of_query",
	"buffer_size", "quota_key", "stacktrace", "role",
}

func readRequest(w http.ResponseWriter, r *http.Request) (*request, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, exception(codeSyntaxError, "SYNTAX_ERROR", "The URL's parameters are malformed: %v", err)
	}
	var body io.Reader = http.NoBody
	if r.Method != http.MethodGet {
		body = &deadlineReader{r: r.Body, ctl: http.NewResponseController(w)}
	}
	if kind, options, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		if body, err = readForm(body, options["boundary"], q); err != nil {
			return nil, err
		}
	}
	req := &request{
		settings:       map[string]string{},
		queryID:        q.Get("query_id"),
		database:       first(q.Get("database"), r.Header.Get("X-ClickHouse-Database")),
		format:         first(r.Header.Get("X-ClickHouse-Format"), q.Get("default_format"), "TabSeparated"),
		session:        q.Get("session_id"),
		sessionCheck:   q.Get("session_check") == "1",
		readonly:       r.Method == http.MethodGet,
		compress:       truthy(q.Get("compress")),
		acceptEncoding: acceptable(r.Header.Get("Accept-Encoding")),
		whole:          truthy(q.Get("wait_end_of_query")),
	}
	if req.queryID == "" {
		req.queryID = uuid.NewString()
	}
	req.protocol, _ = strconv.ParseUint(q.Get("client_protocol_version"), 10, 64)
	if req.sessionTimeout, err = sessionTimeout(q.Get("session_timeout")); err != nil {
		return nil, err
	}
	if v := q.Get("enable_http_compression"); v != "" && !truthy(v) {
		req.acceptEncoding = ""
	}
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if param, ok := strings.CutPrefix(name, "param_"); ok {
			req.params = append(req.params, chdb.Param{Name: param, Value: q.Get(name)})
		} else if !slices.Contains(reserved, name) {
			req.settings[name] = q.Get(name)
		}
	}
	if body, err = decoder(r.Header.Get("Content-Encoding"), body); err != nil {
		return nil, err
	}
	if truthy(q.Get("decompress")) {
		body = &plainEOF{nativecompress.NewReader(body)}
	}
	return req, req.readStatement(q.Get("query"), body)
}

// readStatement joins the query of the URL and that of the body by a line end,
// as ClickHouse does, and looks at what it is.
func (req *request) readStatement(query string, body io.Reader) error {
	whole := body
	if query = strings.TrimRight(query, " \t\r\n"); query != "" {
		whole = io.MultiReader(strings.NewReader(query+"\n"), body)
	}
	req.data = bufio.NewReaderSize(whole, headSize)
	head, err := req.data.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return exception(codeCannotDecompress, "CANNOT_DECOMPRESS", "The request body cannot be read: %v", err)
	}
	req.sql = string(head)
	if req.st = parse(req.sql); req.st.insert != "" {
		_, err := req.data.Discard(req.st.data)
		return err
	}
	rest, err := io.ReadAll(io.LimitReader(req.data, maxQuerySize+1))
	if err != nil {
		return exception(codeCannotDecompress, "CANNOT_DECOMPRESS", "The request body cannot be read: %v", err)
	}
	if len(rest) > maxQuerySize {
		return exception(codeQueryIsTooLarge, "QUERY_IS_TOO_LARGE", "The query has more than %d MB", maxQuerySize>>20)
	}
	if len(rest) > len(head) {
		req.st = parse(string(rest))
	}
	if req.sql = string(rest); req.st.verb == "" {
		return exception(codeSyntaxError, "SYNTAX_ERROR", "Empty query")
	}
	if req.st.files {
		return exception(codeNotImplemented, "NOT_IMPLEMENTED", "INTO OUTFILE and FROM INFILE are not allowed over HTTP")
	}
	return nil
}

// readForm takes query and parameters from a form, as some clients send them.
func readForm(body io.Reader, boundary string, q url.Values) (io.Reader, error) {
	form, err := multipart.NewReader(body, boundary).ReadForm(maxQuerySize)
	if err != nil {
		return nil, exception(codeSyntaxError, "SYNTAX_ERROR", "The form cannot be read: %v", err)
	}
	if len(form.File) > 0 {
		return nil, exception(codeNotImplemented, "NOT_IMPLEMENTED", "External tables are not supported by the embedded engine")
	}
	for name, values := range form.Value {
		q[name] = append(q[name], values...)
	}
	return http.NoBody, nil
}

// first returns the first string that is not empty.
func first(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}

func truthy(s string) bool { return s == "1" || s == "true" }

// deadlineReader gives the client a time for each read, and lifts it at the
// end, because the server goes on watching the connection then.
type deadlineReader struct {
	r   io.Reader
	ctl *http.ResponseController
}

func (d *deadlineReader) Read(p []byte) (int, error) {
	_ = d.ctl.SetReadDeadline(time.Now().Add(receiveTimeout))
	n, err := d.r.Read(p)
	if err != nil {
		_ = d.ctl.SetReadDeadline(time.Time{})
	}
	return n, err
}

// plainEOF unwraps the end of the input, which readers above compare by ==.
type plainEOF struct{ r io.Reader }

func (p *plainEOF) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if errors.Is(err, io.EOF) {
		err = io.EOF
	}
	return n, err
}
