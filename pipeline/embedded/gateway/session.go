package gateway

import (
	"strconv"
	"sync"
	"time"

	"fenghuo/pipeline/embedded/chdb"
)

const (
	defaultSessionTimeout = time.Minute
	maxSessionTimeout     = time.Hour
	maxSessions           = 100
)

func sessionTimeout(s string) (time.Duration, error) {
	if s == "" {
		return defaultSessionTimeout, nil
	}
	n, err := strconv.Atoi(s)
	if d := time.Duration(n) * time.Second; err == nil && n > 0 && d <= maxSessionTimeout {
		return d, nil
	}
	return 0, exception(codeInvalidSessionTimeout, "INVALID_SESSION_TIMEOUT", "session_timeout %q is not a number of seconds up to %d", s, int(maxSessionTimeout.Seconds()))
}

// sessions keeps the engine sessions that clients named, so that SET, USE and
// temporary tables last from one request to the next.
type sessions struct {
	open func() (*chdb.Conn, error)

	mu     sync.Mutex
	byName map[string]*session
	closed bool
}

type session struct {
	conn    *chdb.Conn
	busy    bool
	expires *time.Timer
}

// take lends the session's connection until give; an empty name gets a fresh
// one.
func (s *sessions) take(name string, mustExist bool) (*chdb.Conn, error) {
	if name == "" {
		return s.open()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.byName[name]; have != nil {
		if have.busy {
			return nil, exception(codeSessionIsLocked, "SESSION_IS_LOCKED", "Session %q is in use by another query", name)
		}
		have.expires.Stop()
		have.busy = true
		return have.conn, nil
	}
	if mustExist {
		return nil, exception(codeSessionNotFound, "SESSION_NOT_FOUND", "Session %q not found", name)
	}
	if len(s.byName) >= maxSessions {
		return nil, exception(codeTooManyQueries, "TOO_MANY_SIMULTANEOUS_QUERIES", "%d sessions are open, which is the most", maxSessions)
	}
	conn, err := s.open()
	if err != nil {
		return nil, err
	}
	s.byName[name] = &session{conn: conn, busy: true}
	return conn, nil
}

// give returns what take lent; a named session then waits out its timeout.
func (s *sessions) give(name string, conn *chdb.Conn, timeout time.Duration) {
	if name == "" {
		conn.Close()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		conn.Close()
		return
	}
	se := s.byName[name]
	se.busy = false
	se.expires = time.AfterFunc(timeout, func() { s.expire(name, se) })
}

func (s *sessions) expire(name string, se *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byName[name] == se && !se.busy {
		delete(s.byName, name)
		se.conn.Close()
	}
}

// close ends every idle session and those in use when they are given back.
func (s *sessions) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for name, se := range s.byName {
		if !se.busy {
			se.expires.Stop()
			se.conn.Close()
			delete(s.byName, name)
		}
	}
}
