package chdb

import (
	"regexp"
	"strconv"
	"strings"
)

// Error is an exception of the engine.
type Error struct {
	Code int    // ClickHouse's error code, 0 if the engine named none
	Text string // as ClickHouse writes it: "Code: 60. DB::Exception: ..."
}

func (e *Error) Error() string { return e.Text }

var codePattern = regexp.MustCompile(`Code: (\d+)\. `)

func parseError(text string) error {
	text = strings.TrimSpace(text)
	e := &Error{Text: text}
	if m := codePattern.FindStringSubmatchIndex(text); m != nil {
		e.Code, _ = strconv.Atoi(text[m[2]:m[3]])
		e.Text = text[m[0]:]
	}
	return e
}
