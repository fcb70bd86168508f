package gateway

import "strings"

// token is a piece of SQL that matters for finding clauses.
type token struct {
	kind  byte // 'w' a word, 'q' a quoted name or string, 'p' one punctuation mark, 0 the end
	text  string
	end   int // offset after it
	depth int // of brackets around it
}

func (t token) is(word string) bool { return t.kind == 'w' && strings.EqualFold(t.text, word) }

// scanner cuts ClickHouse SQL into tokens, skipping space and comments. It
// knows just enough never to take the inside of a string, a quoted name, a
// heredoc or a comment for a clause.
type scanner struct {
	sql   string
	pos   int
	depth int
}

func (s *scanner) next() token {
	s.skipSpace()
	if s.pos >= len(s.sql) {
		return token{end: len(s.sql), depth: s.depth}
	}
	start := s.pos
	switch c := s.sql[s.pos]; {
	case c == '\'' || c == '"' || c == '`':
		s.quoted(c)
		return s.token('q', start)
	case c == '$' && s.heredoc():
		return s.token('q', start)
	case isWord(c):
		for s.pos < len(s.sql) && isWord(s.sql[s.pos]) {
			s.pos++
		}
		return s.token('w', start)
	default:
		s.pos++
		switch c {
		case '(', '[', '{':
			s.depth++
		case ')', ']', '}':
			s.depth--
		}
		return s.token('p', start)
	}
}

func (s *scanner) token(kind byte, start int) token {
	return token{kind: kind, text: s.sql[start:s.pos], end: s.pos, depth: s.depth}
}

func (s *scanner) skipSpace() {
	for s.pos < len(s.sql) {
		rest := s.sql[s.pos:]
		switch {
		case strings.IndexByte(" \t\r\n\f\v", rest[0]) >= 0:
			s.pos++
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "# "), strings.HasPrefix(rest, "#!"):
			s.skipPast(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			s.skipPast(rest[2:], "*/")
		default:
			return
		}
	}
}

// skipPast moves behind the first end in rest, a suffix of the SQL.
func (s *scanner) skipPast(rest, end string) {
	if i := strings.Index(rest, end); i >= 0 {
		s.pos = len(s.sql) - len(rest) + i + len(end)
	} else {
		s.pos = len(s.sql)
	}
}

func (s *scanner) quoted(quote byte) {
	for s.pos++; s.pos < len(s.sql); s.pos++ {
		switch s.sql[s.pos] {
		case '\\':
			s.pos++
		case quote:
			s.pos++
			if s.pos >= len(s.sql) || s.sql[s.pos] != quote { // a doubled quote stands for itself
				return
			}
		}
	}
	s.pos = min(s.pos, len(s.sql))
}

// heredoc skips $tag$ ... $tag$ if there is one here.
func (s *scanner) heredoc() bool {
	rest := s.sql[s.pos:]
	n := strings.IndexByte(rest[1:], '$')
	if n < 0 || strings.ContainsFunc(rest[1:1+n], func(r rune) bool { return r > 127 || !isWord(byte(r)) }) {
		return false
	}
	tag := rest[:n+2]
	end := strings.Index(rest[len(tag):], tag)
	if end < 0 {
		return false
	}
	s.pos += end + 2*len(tag)
	return true
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
