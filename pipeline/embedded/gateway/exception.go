package gateway

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"fenghuo/pipeline/embedded/chdb"
)

// Error codes of ClickHouse that the gateway gives itself.
const (
	codeCannotReadAllData     = 33
	codeNotImplemented        = 48
	codeSyntaxError           = 62
	codeUnknownCompression    = 89
	codeUnknownSetting        = 115
	codeReadonly              = 164
	codeTooManyQueries        = 202
	codeQueryIsTooLarge       = 229
	codeCannotDecompress      = 271
	codeSessionNotFound       = 372
	codeSessionIsLocked       = 373
	codeInvalidSessionTimeout = 374
	codeAuthenticationFailed  = 516
	codeUnknownException      = 1002
)

// statuses are the HTTP statuses that tell errors apart, as a ClickHouse
// server gives them; any other code is 500.
var statuses = map[int][]int{
	http.StatusBadRequest: {
		6, 25, 26, 27, 38, 41, 72, 376, 441, 675, 676, // CANNOT_PARSE_...
		codeCannotReadAllData, codeSyntaxError, codeUnknownCompression, codeCannotDecompress, codeInvalidSessionTimeout,
		36,     // BAD_ARGUMENTS
		42,     // NUMBER_OF_ARGUMENTS_DOESNT_MATCH
		43, 44, // ILLEGAL_TYPE_OF_ARGUMENT, ILLEGAL_COLUMN
		53,       // TYPE_MISMATCH
		117,      // INCORRECT_DATA
		167, 168, // TOO_DEEP_AST, TOO_BIG_AST
		321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
		427, // CANNOT_COMPILE_REGEXP
		456, // UNKNOWN_QUERY_PARAMETER
	},
	http.StatusUnauthorized: {194}, // REQUIRED_PASSWORD
	http.StatusForbidden: {
		192, 193, 291, 497, // UNKNOWN_USER, WRONG_PASSWORD, DATABASE_ACCESS_DENIED, ACCESS_DENIED
		codeReadonly, codeAuthenticationFailed,
	},
	http.StatusNotFound: {
		16,         // NO_SUCH_COLUMN_IN_TABLE
		46, 47, 50, // UNKNOWN_FUNCTION, UNKNOWN_IDENTIFIER, UNKNOWN_TYPE
		56, 60, // UNKNOWN_STORAGE, UNKNOWN_TABLE
		73, 81, // UNKNOWN_FORMAT, UNKNOWN_DATABASE
		107, // FILE_DOESNT_EXIST
		codeUnknownSetting, codeSessionNotFound,
	},
	http.StatusRequestTimeout:        {159}, // TIMEOUT_EXCEEDED
	http.StatusRequestEntityTooLarge: {codeQueryIsTooLarge},
	http.StatusNotImplemented:        {codeNotImplemented},
	http.StatusServiceUnavailable: {
		codeTooManyQueries, codeSessionIsLocked,
		241, 243, // MEMORY_LIMIT_EXCEEDED, NOT_ENOUGH_SPACE
	},
}

var statusByCode = func() map[int]int {
	byCode := map[int]int{}
	for status, codes := range statuses {
		for _, code := range codes {
			byCode[code] = status
		}
	}
	return byCode
}()

func statusOf(code int) int {
	if status, ok := statusByCode[code]; ok {
		return status
	}
	return http.StatusInternalServerError
}

// exception makes an error in ClickHouse's words.
func exception(code int, name, format string, args ...any) error {
	return &chdb.Error{Code: code, Text: fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", code, fmt.Sprintf(format, args...), name)}
}

// asException gives any error a code and ClickHouse's form, by which clients
// make it a typed error again.
func asException(err error) *chdb.Error {
	var e *chdb.Error
	if errors.As(err, &e) && e.Code != 0 {
		return e
	}
	_ = errors.As(exception(codeUnknownException, "UNKNOWN_EXCEPTION", "%v", err), &e)
	return e
}

// newExceptionTag marks the exception of one response, so that a client can
// tell it from data that look like one.
func newExceptionTag() string {
	return strings.ToLower(rand.Text()[:16])
}

// maxExceptionText keeps the exception block below the 16 KiB that clients
// look for.
const maxExceptionText = 15 << 10

// inBand is how an exception is told after output has been sent.
func inBand(e *chdb.Error, tag string) []byte {
	text := e.Text[:min(len(e.Text), maxExceptionText)]
	return fmt.Appendf(nil, "\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n", tag, text, len(text)+1, tag)
}
