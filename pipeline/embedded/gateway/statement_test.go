package gateway

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	f := func(sql, verb, format, insert, data string) {
		t.Helper()
		st := parse(sql)
		gotData := ""
		if st.insert != "" {
			gotData = sql[st.data:]
		}
		if st.verb != verb || st.format != format || st.insert != insert || gotData != data {
			t.Errorf("parse(%q) = verb %q, format %q, insert %q, data %q; want %q, %q, %q, %q", sql, st.verb, st.format, st.insert, gotData, verb, format, insert, data)
		}
	}
	// plain statements
	f("select 1", "SELECT", "", "", "")
	f("  -- hello\n/* a\n b */ # c\nSELECT 1", "SELECT", "", "", "")
	f("(SELECT 1) UNION ALL (SELECT 2)", "SELECT", "", "", "")
	f("", "", "", "", "")
	f("-- nothing but a comment", "", "", "", "")
	// a FORMAT clause, and what only looks like one
	f("SELECT 1 format JSONEachRow", "SELECT", "JSONEachRow", "", "")
	f("SELECT 1 FORMAT CSV SETTINGS max_threads = 1", "SELECT", "CSV", "", "")
	f("SELECT ' FORMAT CSV'", "SELECT", "", "", "")
	f("SELECT 'it''s \\' FORMAT CSV'", "SELECT", "", "", "")
	f("SELECT `FORMAT CSV`, \"FORMAT x\" -- FORMAT y", "SELECT", "", "", "")
	f("SELECT (1 /* FORMAT CSV */), $$ FORMAT CSV $$, $a$ FORMAT $b$ CSV $a$", "SELECT", "", "", "")
	f("SELECT * FROM (SELECT 1 FORMAT CSV)", "SELECT", "", "", "") // not at the top
	// inserts with data
	f("INSERT INTO t VALUES (1, 'a')", "INSERT", "Values", "INSERT INTO t ", " (1, 'a')")
	f("insert into t(a,b)values(1,2)", "INSERT", "Values", "insert into t(a,b)", "(1,2)")
	f("INSERT INTO d.t (a, b) FORMAT CSV\n1,2\n", "INSERT", "CSV", "INSERT INTO d.t (a, b) ", "1,2\n")
	f("INSERT INTO t FORMAT CSV \r\n1\r\n", "INSERT", "CSV", "INSERT INTO t ", "1\r\n")
	f("INSERT INTO t FORMAT JSONEachRow {\"a\": 1}", "INSERT", "JSONEachRow", "INSERT INTO t ", "{\"a\": 1}")
	f("INSERT INTO t FORMAT Native\n\n\x01\x02", "INSERT", "Native", "INSERT INTO t ", "\n\x01\x02")
	f("INSERT INTO t FORMAT CSV", "INSERT", "CSV", "INSERT INTO t ", "")
	f("INSERT INTO t SETTINGS async_insert = 0, x = 'VALUES' FORMAT TSV\n1", "INSERT", "TSV", "INSERT INTO t SETTINGS async_insert = 0, x = 'VALUES' ", "1")
	f("INSERT INTO TABLE FUNCTION remote('h', d.t) VALUES (1)", "INSERT", "Values", "INSERT INTO TABLE FUNCTION remote('h', d.t) ", " (1)")
	// tables and columns named like clauses
	f("INSERT INTO values VALUES (1)", "INSERT", "Values", "INSERT INTO values ", " (1)")
	f("INSERT INTO d.format (values, format) FORMAT CSV\n1", "INSERT", "CSV", "INSERT INTO d.format (values, format) ", "1")
	f("INSERT INTO `FORMAT CSV`.\"VALUES\" VALUES (1)", "INSERT", "Values", "INSERT INTO `FORMAT CSV`.\"VALUES\" ", " (1)")
	// inserts whose rows come from elsewhere
	f("INSERT INTO t SELECT 1 FORMAT CSV", "INSERT", "", "", "")
	f("INSERT INTO t WITH 1 AS x SELECT x", "INSERT", "", "", "")
	f("INSERT INTO t (SELECT 1)", "INSERT", "", "", "")
	// cut off or broken: left to the engine
	f("INSERT INTO t", "INSERT", "", "", "")
	f("INSERT", "INSERT", "", "", "")
	f("INSERT INTO t FORMAT", "INSERT", "", "", "")
	f("SELECT 'open", "SELECT", "", "", "")
	f("SELECT $tag$ open", "SELECT", "", "", "")
	f("SELECT /* open", "SELECT", "", "", "")
	f("SELECT '\\", "SELECT", "", "", "")
}

func TestParseFindsLocalFiles(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT 1 INTO OUTFILE 'x'":                    true,
		"select 1 into /* */ outfile 'x' format CSV":   true,
		"INSERT INTO t FROM INFILE 'x' FORMAT CSV":     true,
		"INSERT INTO t (a) from infile 'x' FORMAT CSV": true,
		"SELECT 'INTO OUTFILE'":                        false,
		"SELECT outfile FROM infile":                   false,
		"INSERT INTO t FROM s SELECT 1":                false,
	} {
		if got := parse(sql).files; got != want {
			t.Errorf("parse(%q).files = %v, want %v", sql, got, want)
		}
	}
}

// Whatever comes, parsing ends, and the parts it names lie in the text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"SELECT 1 FORMAT CSV", "INSERT INTO t VALUES (1,'a\\'')", "INSERT INTO t FORMAT CSV\n1", "INSERT INTO a.b.c (x) FORMAT Native\n\x00\xff",
		"'", "$", "$$", "$a$ $a", "/*", "--", "# ", "\\", "INSERT INTO . . .", "INSERT INTO t )))) VALUES", "insert\x00into", "ＩＮＳＥＲＴ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		st := parse(sql)
		if st.insert != "" {
			if !strings.HasPrefix(sql, st.insert) || st.data < len(st.insert) || st.data > len(sql) {
				t.Fatalf("parse(%q): insert %q, data at %d", sql, st.insert, st.data)
			}
		}
	})
}

func TestAcceptable(t *testing.T) {
	for header, want := range map[string]string{
		"":                        "",
		"identity":                "",
		"gzip":                    "gzip",
		"gzip, deflate, br":       "br",
		"gzip, deflate, br, zstd": "zstd",
		"GZIP;q=0.5":              "gzip",
		"zstd;q=0, gzip":          "gzip",
		"lz4":                     "lz4",
		"snappy, *":               "",
	} {
		if got := acceptable(header); got != want {
			t.Errorf("acceptable(%q) = %q, want %q", header, got, want)
		}
	}
}
