package gateway

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"fenghuo/pipeline/embedded/chdb"
)

// ClickHouse's error codes that the gateway itself gives.
const (
	codeCannotRead            = 33
	codeNotImplemented        = 48
	codeSyntaxError           = 62
	codeUnknownCompression    = 89
	codeCannotDecompress      = 271
	codeUnknownSetting        = 115
	codeQueryTooLarge         = 163
	codeTooManyQueries        = 202
	codeSessionNotFound       = 372
	codeSessionLocked         = 373
	codeInvalidSessionTimeout = 374
	codeQueryCancelled        = 394
	codeUnknownException      = 1002
	codeAuthenticationFailed  = 516
)

// exception makes an error in ClickHouse's words.
func exception(code int, name, format string, args ...any) error {
	return &chdb.Error{Code: code, Text: fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", code, fmt.Sprintf(format, args...), name)}
}

// asException gives any error a code and ClickHouse's form, by which clients
// make it a typed error again.
func asException(err error) *chdb.Error {
	var e *chdb.Error
	if errors.As(err, &e) && strings.HasPrefix(e.Text, "Code: ") {
		return e
	}
	return exception(codeUnknownException, "UNKNOWN_EXCEPTION", "%v", err).(*chdb.Error)
}

// statusOf is the HTTP status that a ClickHouse server gives for an error code.
func statusOf(code int) int {
	switch code {
	case 194:
		return http.StatusUnauthorized
	case 192, 193, 291, 497, codeAuthenticationFailed:
		return http.StatusForbidden
	case 6, 25, 26, 27, 32, 33, 36, 38, 41, 42, 43, 44, 52, 53, 57, 58, 62, 69, 70, 72, 80, 82, 116, 117, 130, 131, 349, 377, 427, 456, 457, codeUnknownCompression:
		return http.StatusBadRequest
	case 46, 47, 50, 56, 60, 73, 81, 107, 115, 372:
		return http.StatusNotFound
	case codeQueryTooLarge:
		return http.StatusRequestEntityTooLarge
	case codeNotImplemented:
		return http.StatusNotImplemented
	case 159:
		return http.StatusRequestTimeout
	case codeTooManyQueries:
		return http.StatusTooManyRequests
	case codeSessionLocked:
		return http.StatusLocked
	default:
		return http.StatusInternalServerError
	}
}

// newExceptionTag marks the exception of one response, so that a client can
// tell it from data that look like one.
func newExceptionTag() string {
	return strings.ToLower(rand.Text()[:16])
}

// inBand is how an exception is told after output has been sent.
func inBand(e *chdb.Error, tag string) []byte {
	text := e.Text
	if len(text) > 15<<10 {
		text = text[:15<<10]
	}
	return fmt.Appendf(nil, "\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n", tag, text, len(text)+1, tag)
}
