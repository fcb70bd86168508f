package gateway

import (
	"slices"
	"strings"
)

// statement is what the gateway itself has to know of a query; all the rest is
// the engine's business.
type statement struct {
	verb   string // first word, upper case; "(" counts as SELECT
	format string // of its FORMAT clause, "" if it has none
	files  bool   // it has INTO OUTFILE or FROM INFILE

	// An INSERT whose data come with it: the text before VALUES or FORMAT, and
	// where the data begin.
	insert string
	data   int
}

// parse looks at a query, or at the beginning of an INSERT with data.
func parse(sql string) statement {
	s := &scanner{sql: sql}
	first := s.next()
	st := statement{verb: strings.ToUpper(first.text)}
	if first.kind == 'p' && first.text == "(" {
		st.verb = "SELECT"
	}
	if st.verb == "INSERT" {
		st.parseInsert(s)
		return st
	}
	previous := first
	for t := s.next(); t.kind != 0; t = s.next() {
		if t.depth == 0 && t.kind == 'w' {
			if previous.is("FORMAT") {
				st.format = t.text
			}
			st.files = st.files || previous.is("INTO") && t.is("OUTFILE")
		}
		previous = t
	}
	return st
}

// parseInsert reads INSERT [INTO] [TABLE|FUNCTION] name ... up to the data.
func (st *statement) parseInsert(s *scanner) {
	t := s.next()
	for t.is("INTO") || t.is("TABLE") || t.is("FUNCTION") {
		t = s.next()
	}
	// The name comes first, because a table may be called values or format.
	for t = s.next(); t.text == "."; t = s.next() {
		s.next()
	}
	for ; t.kind != 0; t = s.next() {
		before := t.end - len(t.text)
		if t.depth != 0 || t.kind != 'w' {
			continue
		}
		switch strings.ToUpper(t.text) {
		case "SELECT", "WITH", "WATCH", "EXPLAIN":
			return // the data come from elsewhere
		case "FROM":
			st.files = s.next().is("INFILE")
			return
		case "VALUES":
			st.format, st.insert, st.data = "Values", s.sql[:before], t.end
			return
		case "FORMAT":
			if name := s.next(); name.kind == 'w' {
				st.format, st.insert, st.data = name.text, s.sql[:before], name.end+lineEnd(s.sql[name.end:])
			}
			return
		}
	}
}

// lineEnd is the length of the blanks and the line end that part a FORMAT
// clause from the data.
func lineEnd(s string) int {
	n := len(s) - len(strings.TrimLeft(s, " \t"))
	switch rest := s[n:]; {
	case strings.HasPrefix(rest, "\r\n"):
		return n + 2
	case strings.HasPrefix(rest, "\n"):
		return n + 1
	default:
		return n
	}
}

// streams tells whether the output of a read-only statement is fetched piece
// by piece. Of the others the engine holds the whole result: those of other
// verbs are small, and a format with a beginning or an end would have one in
// every piece.
func (st *statement) streams(format string) bool {
	return slices.Contains([]string{"SELECT", "WITH", "FROM"}, st.verb) && slices.Contains(endless, format)
}

// endless are formats in which the pieces of a result, one behind the other,
// are the result.
var endless = []string{
	"Native", "TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw", "CSV", "JSONEachRow", "NDJSON", "JSONLines", "JSONCompactEachRow",
	"JSONStringsEachRow", "JSONCompactStringsEachRow", "RowBinary", "MsgPack", "LineAsString", "RawBLOB", "Null",
}

// contentType is the media type of an output format.
func contentType(format string) string {
	switch {
	case strings.HasPrefix(format, "JSON") && strings.Contains(format, "EachRow"):
		return "application/x-ndjson; charset=UTF-8"
	case strings.HasPrefix(format, "JSON"):
		return "application/json; charset=UTF-8"
	case strings.HasPrefix(format, "CSV"):
		return "text/csv; charset=UTF-8; header=" + map[bool]string{true: "present", false: "absent"}[strings.Contains(format, "WithNames")]
	case strings.HasPrefix(format, "TabSeparated"), strings.HasPrefix(format, "TSV"):
		return "text/tab-separated-values; charset=UTF-8"
	case format == "XML":
		return "application/xml; charset=UTF-8"
	case format == "Native", strings.HasPrefix(format, "RowBinary"), format == "Parquet", strings.HasPrefix(format, "Arrow"), format == "ORC", format == "Avro":
		return "application/octet-stream"
	default:
		return "text/plain; charset=UTF-8"
	}
}
