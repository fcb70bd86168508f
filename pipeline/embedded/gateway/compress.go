package gateway

import (
	"io"
	"strings"

	nativecompress "github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// encodings are the HTTP codings of a response, the best first.
var encodings = []string{"zstd", "br", "lz4", "gzip", "deflate"}

// acceptable picks the coding for an Accept-Encoding header, "" for none.
func acceptable(header string) string {
	offered := map[string]bool{}
	for part := range strings.SplitSeq(header, ",") {
		name, q, _ := strings.Cut(part, ";")
		q = strings.TrimSpace(q)
		offered[strings.ToLower(strings.TrimSpace(name))] = q != "q=0" && q != "q=0.0"
	}
	for _, e := range encodings {
		if offered[e] {
			return e
		}
	}
	return ""
}

// flushWriter is a compressor that can push out what it holds back.
type flushWriter interface {
	io.WriteCloser
	Flush() error
}

func encoder(encoding string, w io.Writer) flushWriter {
	switch encoding {
	case "zstd":
		e, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest)) // these options cannot fail
		return e
	case "br":
		return brotli.NewWriterLevel(w, brotli.BestSpeed)
	case "lz4":
		return lz4.NewWriter(w)
	case "gzip":
		e, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		return e
	default:
		e, _ := zlib.NewWriterLevel(w, zlib.BestSpeed)
		return e
	}
}

// decoder undoes a Content-Encoding.
func decoder(encoding string, r io.Reader) (io.Reader, error) {
	var out io.Reader
	var err error
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return r, nil
	case "gzip", "x-gzip":
		out, err = gzip.NewReader(r)
	case "deflate":
		out, err = zlib.NewReader(r)
	case "br":
		out = brotli.NewReader(r)
	case "lz4":
		out = lz4.NewReader(r)
	case "zstd":
		var d *zstd.Decoder
		if d, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20)); err == nil {
			out = d.IOReadCloser()
		}
	default:
		return nil, exception(codeUnknownCompression, "UNKNOWN_COMPRESSION_METHOD", "Content-Encoding %q is unknown; use gzip, deflate, br, lz4 or zstd", encoding)
	}
	if err != nil {
		return nil, exception(codeCannotDecompress, "CANNOT_DECOMPRESS", "The request body is not %s: %v", encoding, err)
	}
	return out, nil
}

// nativeBlock is how much goes into one block of ClickHouse's own compression.
const nativeBlock = 1 << 20

// nativeWriter frames and compresses as ClickHouse does between its own
// clients and servers (compress=1).
type nativeWriter struct {
	w    io.Writer
	comp *nativecompress.Writer
}

func newNativeWriter(w io.Writer, method string) *nativeWriter {
	m := nativecompress.LZ4
	if strings.EqualFold(method, "ZSTD") {
		m = nativecompress.ZSTD
	}
	return &nativeWriter{w: w, comp: nativecompress.NewWriter(nativecompress.LevelZero, m)}
}

func (w *nativeWriter) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		part := p[:min(len(p), nativeBlock)]
		if err := w.comp.Compress(part); err != nil {
			return written, err
		}
		if _, err := w.w.Write(w.comp.Data); err != nil {
			return written, err
		}
		written += len(part)
		p = p[len(part):]
	}
	return written, nil
}
