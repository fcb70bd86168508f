package schemas

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ParseTime reads a time as posts have it: RFC 3339 (a space for the T is
// allowed, a missing zone is UTC), or Unix seconds or milliseconds. The result
// is in UTC, whole milliseconds.
func ParseTime(s string) (time.Time, bool) {
	if len(s) > len("2006-01-02") && s[4] == '-' {
		return parseCalendarTime(s)
	}
	n, ok := parseDecimal(s)
	if !ok {
		return time.Time{}, false
	}
	// 1e11 as seconds is the year 5138, as milliseconds 1973.
	if math.Abs(n) < 1e11 {
		n *= 1000
	}
	n = max(-maxUnixMilli, min(n, maxUnixMilli))
	return time.UnixMilli(int64(n)).UTC(), true
}

// maxUnixMilli is the end of the year 9999: beyond it a time cannot be written
// in RFC 3339, and it is as wrong.
const maxUnixMilli = 253402300799999

// parseDecimal reads a number as JSON and spreadsheets write it: no
// hexadecimals, no infinity, no NaN.
func parseDecimal(s string) (float64, bool) {
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

func parseCalendarTime(s string) (time.Time, bool) {
	if c := s[10]; c == ' ' || c == 't' {
		s = s[:10] + "T" + s[11:]
	}
	if strings.HasSuffix(s, "z") {
		s = s[:len(s)-1] + "Z"
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		at, err = time.Parse("2006-01-02T15:04:05", s)
	}
	return at.UTC().Truncate(time.Millisecond), err == nil
}

// isPlain says that the strings of a JSON record are without control characters:
// JSON itself forbids those below the space, the others need an escape or one of
// two bytes. Three fast searches here save a look at every byte of every string.
func isPlain(json []byte) bool {
	return bytes.IndexByte(json, '\\') < 0 && bytes.IndexByte(json, 0x7f) < 0 && bytes.IndexByte(json, 0xc2) < 0
}

// clean copies b into a string, with spaces for control characters other than
// line ends and tabs.
func clean(b []byte) string {
	if !hasControl(b) {
		return string(b)
	}
	return string(bytes.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return ' '
		}
		return r
	}, b))
}

// hasControl says whether clean has to do anything; b is valid UTF-8.
func hasControl(b []byte) bool {
	for i, c := range b {
		switch {
		case c < ' ':
			if c != '\n' && c != '\r' && c != '\t' {
				return true
			}
		case c == 0x7f, c == 0xc2 && i+1 < len(b) && b[i+1] < 0xa0:
			return true
		}
	}
	return false
}

// isBlank says that a person would see nothing.
func isBlank(s string) bool {
	for _, r := range s {
		if !unicode.IsSpace(r) && !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r) {
			return false
		}
	}
	return true
}

// hasLoneSurrogate looks for an escape \uD800 to \uDFFF without its other half
// in valid JSON.
func hasLoneSurrogate(json []byte) bool {
	for {
		i := bytes.IndexByte(json, '\\')
		if i < 0 {
			return false
		}
		json = json[i:]
		r, size := escapeAt(json)
		switch {
		case r >= 0xd800 && r < 0xdc00:
			low, lowSize := escapeAt(json[size:])
			if low < 0xdc00 || low > 0xdfff {
				return true
			}
			size += lowSize
		case r >= 0xdc00 && r <= 0xdfff:
			return true
		}
		json = json[size:]
	}
}

// escapeAt reads the escape that json begins with: the rune of \uXXXX, or -1,
// and how many bytes to step over.
func escapeAt(json []byte) (r rune, size int) {
	if len(json) >= 6 && json[0] == '\\' && json[1] == 'u' {
		if v, err := strconv.ParseUint(string(json[2:6]), 16, 32); err == nil {
			return rune(v), 6
		}
	}
	return -1, min(2, len(json))
}

// shorten cuts a value for a message.
func shorten(b []byte) string {
	const limit = 60
	if len(b) <= limit {
		return string(b)
	}
	cut := limit
	for !utf8.RuneStart(b[cut]) {
		cut--
	}
	return string(b[:cut]) + "…"
}
