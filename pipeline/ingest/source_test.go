package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"fenghuo/schemas"
)

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func zipped(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readAll opens a file and reads its rows; err is of opening or of reading.
func readAll(t *testing.T, path, mapping string) (rows []Row, err error) {
	t.Helper()
	m, err := ParseMapping([]string{mapping})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), []string{path}, Auto, m, time.UTC)
	if err != nil {
		return nil, err
	}
	defer s.Close() //nolint:errcheck // read only
	for r, err := range s.Rows() {
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// Every way to write the same two posts gives the same two posts.
func TestFormats(t *testing.T) {
	at := time.Date(2022, 3, 15, 12, 0, 0, 0, time.UTC)
	want := []schemas.Post{
		{ID: "1", Text: "老坛酸菜, \"土坑\"", PublishedAt: at, Channel: "weibo", Likes: 3},
		{ID: "2", Text: "好吃", PublishedAt: at.Add(time.Hour), Channel: "weibo"},
	}
	jsonl := `{"id":1,"title":"老坛酸菜, \"土坑\"","t":"2022-03-15T20:00:00+08:00","likes":"3","other":{"a":[1]}}` + "\n" +
		`{"id":"2","title":"好吃","t":"2022-03-15T13:00:00Z","likes":null}` + "\n"
	csv := "id,title,t,likes\n1,\"老坛酸菜, \"\"土坑\"\"\",1647345600,3\n2,好吃,1647349200000,\n"
	tsv := "id\ttitle\tt\tlikes\n1\t老坛酸菜, \"土坑\"\t1647345600\t3\n2\t好吃\t2022-03-15 13:00:00\t\n"
	semicolons := "id;title;t;likes\n1;\"老坛酸菜, \"\"土坑\"\"\";1647345600;3\n2;好吃;2022/3/15 13:00;\n"
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	const bom = "\xef\xbb\xbf"
	for name, content := range map[string][]byte{
		"a.jsonl":       []byte(jsonl),
		"a.csv":         []byte(csv),
		"a.tsv":         []byte(tsv),
		"semicolon.csv": []byte(semicolons),
		"tab.csv":       []byte(strings.ReplaceAll(semicolons, ";", "\t")),
		"crlf.jsonl":    []byte(crlf(jsonl)),
		"crlf.csv":      []byte(crlf(csv)),
		"crlf.tsv":      []byte(crlf(tsv)),
		"bom.jsonl":     []byte(bom + jsonl),
		"bom.csv":       []byte(bom + csv),
		"bom.tsv":       []byte(bom + tsv),
		"a.jsonl.gz":    zipped(t, jsonl),
		"a.csv.gz":      zipped(t, csv),
		"misnamed.csv":  zipped(t, csv),
		"nameless":      []byte(jsonl),
		"tabs":          []byte(tsv),
		"commas.txt":    []byte(csv),
		"no-end.jsonl":  []byte(strings.TrimSuffix(jsonl, "\n")),
		"no-end.csv":    []byte(strings.TrimSuffix(csv, "\n")),
		"no-end.tsv":    []byte(strings.TrimSuffix(tsv, "\n")),
		"blank.jsonl":   []byte("\n" + strings.ReplaceAll(jsonl, "\n", "\n\n")),
		"bom-gz.csv.gz": zipped(t, bom+csv),
	} {
		rows, err := readAll(t, write(t, name, content), "text=title,published_at=t,channel='weibo'")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []schemas.Post
		for _, r := range rows {
			p, reason, detail := schemas.DecodePost(r.Value, time.Time{})
			if reason != "" {
				t.Errorf("%s: %s is %s: %s", name, r.Value, reason, detail)
			}
			if !r.At.Equal(p.PublishedAt) || r.Key != "weibo/"+p.ID {
				t.Errorf("%s: row at %v with key %q is the post %+v", name, r.At, r.Key, p)
			}
			got = append(got, p)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("text,published_at\n这个产品质量太差了,1647345600\n")
	if err != nil {
		t.Fatal(err)
	}
	const good = "text,published_at\na,1647345600\n"
	f := func(name string, content []byte, mapping, want string) {
		t.Helper()
		if _, err := readAll(t, write(t, name, content), mapping); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s with --map %q: error %v, want one with %q", name, mapping, err, want)
		}
	}
	// No rows at all.
	f("empty.jsonl", nil, "", "empty")
	f("blank.csv", []byte(" \n\n"), "", "empty")
	f("empty.gz", zipped(t, ""), "", "empty")
	// Other encodings, with what to do.
	f("gbk.csv", []byte(gbk), "", "iconv -f GB18030")
	f("utf16.csv", []byte("\xff\xfet\x00"), "", "iconv -f UTF-16")
	wide := utf16.Encode([]rune("text,published_at\r\n坏了,1647345600\r\n"))
	var little, big []byte
	for _, u := range wide {
		little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
	}
	f("le.csv", little, "", "iconv -f UTF-16LE")
	f("be.csv", big, "", "iconv -f UTF-16BE")
	f("old.csv", []byte("\xd0\xcf\x11\xe0\x00\x00\x00\x00\x00\x00\x01\x00\x00"), "", "not a text file")
	// JSON that is not one object a line.
	f("array.json", []byte("[{\"text\":\"a\",\"published_at\":1},\n{\"text\":\"b\",\"published_at\":1}]\n"), "", "jq -c '.[]'")
	f("lines.json", []byte("[\n{\n\"text\":\"a\"}\n]\n"), "", "jq -c '.[]'")
	f("pretty.json", []byte("{\n \"text\":\"a\"\n}\n"), "", "jq -c .")
	// Lines and columns that are not what they seem.
	f("mac.csv", []byte("text,published_at\ra,1647345600\r"), "", "lines end in CR alone")
	f("twice.csv", []byte("text,published_at,text\na,1647345600,b\n"), "", `column "text" is there twice`)
	f("head.csv", []byte("\"a\nb\",c\n"), "", `no column is the text; say which with --map text=COLUMN; there are: "a\nb", c`)
	// Columns that are not there: those that are get listed.
	f("a.csv", []byte(good), "brand=marke", `no column "marke" for --map brand=marke; there are: text, published_at`)
	f("a.jsonl", []byte(`{"text":"a","published_at":1}`), "brand=marke", `no field "marke"`)
	f("b.csv", []byte("inhalt,published_at\n"), "", "no column is the text; say which with --map text=COLUMN; there are: inhalt, published_at")
	f("c.csv", []byte("text,wann\n"), "", "no column is the time")
	f("d.tsv", []byte("text\twann\n"), "", "no column is the time")
	// Not what its name says.
	f("x.jsonl", []byte(good), "", "none of its first 2 lines is a JSON object")
	f("x.csv", []byte("PK\x03\x04...."), "", "zip archive")
	f("x.gz", []byte("\x1f\x8bnonsense"), "", "damaged gzip")
	if _, err := Open(t.Context(), []string{"/no/such/file"}, Auto, nil, time.UTC); err == nil {
		t.Error("a missing file opened")
	}
	if _, err := Open(t.Context(), []string{t.TempDir()}, Auto, nil, time.UTC); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("a directory: %v", err)
	}
	if _, err := Open(t.Context(), []string{write(t, "a.csv", []byte(good))}, "xml", nil, time.UTC); err == nil || !strings.Contains(err.Error(), "use jsonl, csv, tsv or parquet") {
		t.Errorf("an unknown format: %v", err)
	}
}

// Rows that make no post are sent as they are, for the reason they give.
func TestBadRowsAreKept(t *testing.T) {
	long := strings.Repeat("长", 4<<20/3)
	f := func(name, content string, want ...schemas.Reason) {
		t.Helper()
		rows, err := readAll(t, write(t, name, []byte(content)), "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		var got []schemas.Reason
		for _, r := range rows {
			_, reason, _ := schemas.DecodePost(r.Value, time.Now())
			if r.Fault != "" {
				reason = schemas.ReasonColumns
			}
			got = append(got, reason)
			if len(r.Value) > maxValue {
				t.Errorf("%s: a value of %d bytes", name, len(r.Value))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: reasons %s", name, diff)
		}
	}
	ok := `{"text":"a","published_at":1647345600}` + "\n"
	f("a.jsonl", ok+"{\"text\n"+ok+"[1]\n"+"null\n"+`{"text":"a"}`+"\n"+`{"text":" ","published_at":1647345600}`+"\n",
		"", schemas.ReasonNotJSON, "", schemas.ReasonSchema, schemas.ReasonSchema, schemas.ReasonNoTime, schemas.ReasonNoText)
	f("utf8.jsonl", ok+"{\"text\":\"\xff\xfe\",\"published_at\":1647345600}\n", "", schemas.ReasonInvalidUTF8)
	f("long.jsonl", ok+`{"text":"`+long+`","published_at":1647345600}`+"\n", "", schemas.ReasonTooLong)
	f("future.jsonl", ok+`{"text":"a","published_at":"2999-01-01T00:00:00Z"}`+"\n", "", schemas.ReasonFuture)
	f("a.csv", "text,published_at\na,1647345600\nonly one\na,b,c\nx,yesterday\n,1647345600\n",
		"", schemas.ReasonColumns, schemas.ReasonColumns, schemas.ReasonNoTime, schemas.ReasonNoText)
	f("a.tsv", "text\tpublished_at\na\t1647345600\nonly one\n", "", schemas.ReasonColumns)
	f("utf8.tsv", "text\tpublished_at\n空调\t1647345600\n\xff\n", "", schemas.ReasonInvalidUTF8)
	f("cut.csv", "text,published_at\na,1647345600\nb,1647", "", schemas.ReasonPast)
	f("long.csv", "text,published_at\n"+long+",1647345600\nb,1647345600\n", schemas.ReasonTooLong, "")
}

// A row says on which line of its file it begins, whatever lies between, and what
// is wrong with it: a cell may be a post of its own and is none.
func TestRowsSayWhereTheyAre(t *testing.T) {
	f := func(name, content string, want ...string) {
		t.Helper()
		rows, err := readAll(t, write(t, name, []byte(content)), "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		var got []string
		for _, r := range rows {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s:%d %s", r.From, r.Number, r.Fault)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	ok := `{"text":"a","published_at":1647345600}`
	f("a.jsonl", "\n"+ok+"\n\n  \nno\n"+ok, "a.jsonl:2", "a.jsonl:5", "a.jsonl:6")
	f("a.tsv", "text\tpublished_at\n\na\t1647345600\n"+ok+"\na\tb\tc\n", "a.tsv:3",
		"a.tsv:4 the row has 1 cells, its header has 2", "a.tsv:5 the row has 3 cells, its header has 2")
	f("a.csv", "text,published_at\r\n\"two\nlines\",1647345600\r\n\r\nonly one\r\nb,1647345600\r\n", "a.csv:2",
		"a.csv:5 the row has 1 cells, its header has 2", "a.csv:6")
	f("long.jsonl", strings.Repeat(ok+"\n", peekRows)+ok+"\n", numberedPlaces("long.jsonl", peekRows+1)...)
}

func numberedPlaces(file string, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("%s:%d", file, i+1))
	}
	return list
}

// Of a truncated file, everything before the break is used, then it is told.
func TestTruncatedGzip(t *testing.T) {
	var content strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&content, `{"id":"%d","text":"text number %d","published_at":%d}`+"\n", i, i*7919%10_007, 1_600_000_000+i)
	}
	whole := zipped(t, content.String())
	rows, err := readAll(t, write(t, "cut.jsonl.gz", whole[:len(whole)/2]), "")
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("breaks off after line %d: the compressed file is truncated", len(rows))) {
		t.Errorf("error %v after %d rows", err, len(rows))
	}
	if len(rows) < 5000 || len(rows) > 15_000 {
		t.Errorf("%d rows of the first half of 20000", len(rows))
	}
	for i, r := range rows {
		var p struct{ ID string }
		if err := json.Unmarshal(r.Value, &p); err != nil || p.ID != fmt.Sprint(i) {
			t.Fatalf("row %d is %s", i, r.Value)
		}
	}
	// The same through a sort: the rows first, then the error.
	m, _ := ParseMapping(nil)
	s, err := Open(t.Context(), []string{write(t, "cut.csv.gz", zipped(t, "text,published_at\n"+strings.Repeat("a,1600000000\n", 10))[:30])}, Auto, m, time.UTC)
	if err == nil {
		n := 0
		var last error
		for _, err := range Sort(s.Rows(), SortOptions{}) {
			if last = err; err == nil {
				n++
			}
		}
		if last == nil {
			t.Errorf("a truncated file sorted without an error, %d rows", n)
		}
	}
}

// Posts without an id get one that is the same when the file is read again and
// differs between rows, even equal ones.
func TestGivenIDs(t *testing.T) {
	content := []byte("text,published_at\na,1647345600\na,1647345600\nb,1647345600\n")
	first, err := readAll(t, write(t, "a.csv", content), "")
	if err != nil {
		t.Fatal(err)
	}
	again, err := readAll(t, write(t, "a.csv", content), "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("read again: %s", diff)
	}
	ids := map[string]bool{}
	for _, r := range first {
		ids[r.Key] = true
	}
	if len(ids) != 3 {
		t.Errorf("3 rows have %d ids", len(ids))
	}
}

// An open quote does not swallow a file in memory.
func TestOpenQuote(t *testing.T) {
	content := "text,published_at\na,1647345600\n\"open,1647345600\n" + strings.Repeat("line,1647345600\n", maxLine/8)
	rows, err := readAll(t, write(t, "quote.csv", []byte(content)), "")
	if err == nil || !strings.Contains(err.Error(), "is a quote left open?") || len(rows) != 1 {
		t.Errorf("%d rows and error %v", len(rows), err)
	}
}

func FuzzObjectRow(f *testing.F) {
	for _, s := range []string{`{"text":"a","published_at":1}`, `{"id":{"a":1},"text":["x"]}`, `{}`, `[`, `{"text":"a"} x`, "{\"text\":\"\xff\"}"} {
		f.Add([]byte(s))
	}
	b := newBuilder(nil, "fuzz", time.UTC)
	f.Fuzz(func(t *testing.T, line []byte) {
		row := b.fromObject(line)
		if len(row.Value) > maxValue {
			t.Errorf("%d bytes", len(row.Value))
		}
		// What was JSON stays JSON, and what was none stays what it was.
		_, before, _ := schemas.DecodePost(line, time.Time{})
		_, after, detail := schemas.DecodePost(row.Value, time.Time{})
		if before == "" && after != "" {
			t.Errorf("%s was a post, %s is %s: %s", line, row.Value, after, detail)
		}
	})
}

// A mapping holds for rows that are objects already, such as a topic's; what is
// none stays as it was, at its time.
func TestMapped(t *testing.T) {
	at := time.Date(2022, 3, 15, 12, 0, 0, 0, time.UTC)
	rows := sequence([]Row{{At: at, Value: []byte(`{"id":"1","inhalt":"a","t":1647345600}`)}, {At: at, Key: "k", Value: []byte("no JSON")},
		{At: at, Value: []byte(`{"series":"orders","brand":"a","timestamp":1647345600,"value":3}`)}}, nil)
	m, err := ParseMapping([]string{"text=inhalt,published_at=t,channel='weibo'"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for r, err := range Mapped(rows, m, "topic") {
		if err != nil || !r.At.Equal(at) {
			t.Errorf("%v, error %v", r, err)
		}
		got = append(got, string(r.Value))
	}
	want := []string{`{"id":"1","text":"a","published_at":1647345600,"channel":"weibo"}`, "no JSON", `{"series":"orders","brand":"a","timestamp":1647345600,"value":3}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for r := range Mapped(rows, nil, "topic") {
		if !strings.Contains(string(r.Value), "inhalt") {
			t.Errorf("changed without a mapping: %s", r.Value)
		}
		break
	}
}

// A read that waits for what is typed ends with its context.
func TestStandardInputEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	typed, _ := io.Pipe() // nobody types
	in := until(ctx, typed)
	cancel()
	if _, err := in.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
