package gateway

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"fenghuo/pipeline/embedded/chdb"
)

// sendTimeout ends a response whose client has stopped reading, so that it
// does not keep an engine session for ever.
const sendTimeout = 2 * time.Minute

// response writes one answer. Its status is decided by the first of begin and
// fail; after begin a failure is told in band.
type response struct {
	w       http.ResponseWriter
	ctl     *http.ResponseController
	req     *request
	tag     string
	begun   bool
	encoder flushWriter // nil: no Content-Encoding
	out     io.Writer
}

func newResponse(w http.ResponseWriter, req *request) *response {
	r := &response{w: w, ctl: http.NewResponseController(w), req: req, tag: newExceptionTag()}
	h := w.Header()
	h.Set("X-ClickHouse-Query-Id", req.queryID)
	h.Set("X-ClickHouse-Exception-Tag", r.tag)
	return r
}

// begin sends the headers of a successful answer in format.
func (r *response) begin(format string, s chdb.Stats) {
	if r.begun {
		return
	}
	r.begun = true
	h := r.w.Header()
	h.Set("X-ClickHouse-Format", format)
	h.Set("Content-Type", contentType(format))
	h.Set("X-ClickHouse-Summary", summary(s))
	r.out = r.w
	if r.req.acceptEncoding != "" {
		h.Set("Content-Encoding", r.req.acceptEncoding)
		r.encoder = encoder(r.req.acceptEncoding, r.w)
		r.out = r.encoder
	}
	if r.req.compress {
		r.out = newNativeWriter(r.out, r.req.settings["network_compression_method"])
	}
	r.w.WriteHeader(http.StatusOK)
}

// write sends a piece of the answer and pushes it to the client.
func (r *response) write(p []byte) error {
	_ = r.ctl.SetWriteDeadline(time.Now().Add(sendTimeout))
	if _, err := r.out.Write(p); err != nil {
		return err
	}
	if r.encoder != nil {
		if err := r.encoder.Flush(); err != nil {
			return err
		}
	}
	return r.ctl.Flush()
}

// finish ends a successful answer.
func (r *response) finish() error {
	if r.encoder != nil {
		return r.encoder.Close()
	}
	return nil
}

// fail tells the client of an error, by status where that is still possible.
// After the first byte of an answer it writes ClickHouse's exception block and
// breaks the connection off, so that a client that knows nothing of the block
// sees a failure too.
func (r *response) fail(err error) {
	e := asException(err)
	if !r.begun {
		h := r.w.Header()
		h.Set("X-ClickHouse-Exception-Code", strconv.Itoa(e.Code))
		h.Set("Content-Type", "text/plain; charset=UTF-8")
		r.w.WriteHeader(statusOf(e.Code))
		_, _ = io.WriteString(r.w, e.Text+"\n")
		return
	}
	if r.encoder != nil {
		_, _ = r.encoder.Write(inBand(e, r.tag))
		_ = r.encoder.Close()
	} else {
		_, _ = r.w.Write(inBand(e, r.tag))
	}
	_ = r.ctl.Flush()
	panic(http.ErrAbortHandler)
}

func summary(s chdb.Stats) string {
	text := func(n uint64) string { return strconv.FormatUint(n, 10) }
	b, _ := json.Marshal(map[string]string{ // of strings: cannot fail
		"read_rows": text(s.ReadRows), "read_bytes": text(s.ReadBytes),
		"written_rows": text(s.WrittenRows), "written_bytes": text(s.WrittenBytes),
		"total_rows_to_read": "0", "result_rows": text(s.ResultRows), "result_bytes": "0",
		"elapsed_ns": text(uint64(s.Seconds * 1e9)),
	})
	return string(b)
}
