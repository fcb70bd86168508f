package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// What hinders a query, for errors.Is.
var (
	ErrUnreachable = errors.New("cannot be reached") // may pass: try again
	ErrDenied      = errors.New("refuses the user")  // will not pass by itself
)

// Codes of the server's exceptions.
const (
	codeUnknownFunction    = 46 // a view with parameters that is not there
	codeTableExists        = 57
	codeUnknownTable       = 60
	codeUnknownDatabase    = 81
	codeUnknownUser        = 192
	codeWrongPassword      = 193
	codePasswordRequired   = 194
	codeNotEnoughPrivilege = 497
	codeAuthentication     = 516
)

// Explain turns an error of a query on Conn into one line that says what to do.
func (s *Store) Explain(err error) error { return s.explain(err) }

// explain turns an error of the driver into one line that says what to do.
func (s *Store) explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var netErr net.Error
	switch code := exceptionCode(err); {
	case code == codeUnknownUser, code == codeWrongPassword, code == codePasswordRequired, code == codeAuthentication:
		return fmt.Errorf("ClickHouse at %s %w: set clickhouse.user and clickhouse.password", s.address, ErrDenied)
	case code == codeNotEnoughPrivilege:
		return fmt.Errorf("ClickHouse at %s %w: %s", s.address, ErrDenied, exceptionMessage(err))
	case code == codeUnknownDatabase:
		return fmt.Errorf("ClickHouse at %s has no database %q: run fenghuo migrate", s.address, s.database)
	case code == codeUnknownTable, code == codeUnknownFunction:
		return fmt.Errorf("database %q at %s lacks a table or view: run fenghuo migrate: %s", s.database, s.address, exceptionMessage(err))
	case code != 0:
		return fmt.Errorf("ClickHouse at %s: %w", s.address, err)
	case httpStatus(err) == http.StatusUnauthorized, httpStatus(err) == http.StatusForbidden:
		return fmt.Errorf("ClickHouse at %s %w: set clickhouse.user and clickhouse.password", s.address, ErrDenied)
	case errors.As(err, &netErr), errors.Is(err, context.DeadlineExceeded), httpStatus(err) >= 500:
		return fmt.Errorf("ClickHouse at %s %w: %w", s.address, ErrUnreachable, withoutURL(err))
	}
	return fmt.Errorf("ClickHouse at %s: %w", s.address, withoutURL(err))
}

// withoutURL is what befell a request, without its address, which is a long one
// with every setting in it.
func withoutURL(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}

func exceptionCode(err error) int32 {
	var e *clickhouse.Exception
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func exceptionMessage(err error) string {
	var e *clickhouse.Exception
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

func httpStatus(err error) int {
	var e *clickhouse.HTTPError
	if errors.As(err, &e) {
		return e.StatusCode
	}
	return 0
}
