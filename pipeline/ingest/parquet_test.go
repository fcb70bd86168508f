package ingest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/schemas"
)

// byClickHouse lets ClickHouse write the result of a query as Parquet.
func byClickHouse(t *testing.T, sql, settings string) []byte {
	t.Helper()
	response, err := http.Post(embeddedtest.ClickHouse(t)+"/", "text/plain", strings.NewReader(sql+" SETTINGS "+settings+" FORMAT Parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	data, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v, %s", response.Status, err, data)
	}
	return data
}

// posts opens a file and decodes its rows, which must all be posts.
func posts(t *testing.T, name string, content []byte, mapping string) (list []schemas.Post) {
	t.Helper()
	rows, err := readAll(t, write(t, name, content), mapping)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	for _, r := range rows {
		p, reason, detail := schemas.DecodePost(r.Value, time.Time{})
		if reason != "" {
			t.Errorf("%s: %s is %s: %s", name, r.Value, reason, detail)
		}
		if !r.At.Equal(p.PublishedAt) {
			t.Errorf("%s: row at %v, post at %v", name, r.At, p.PublishedAt)
		}
		list = append(list, p)
	}
	return list
}

// Every way in which ClickHouse writes two posts gives the same two posts: its
// codecs, its types of times and texts, nulls, groups and lists.
func TestParquetOfClickHouse(t *testing.T) {
	at := time.Date(2022, 3, 15, 12, 0, 0, 0, time.UTC)
	want := []schemas.Post{
		{ID: "1", Text: "老坛酸菜, \"土坑\"\n", PublishedAt: at, Channel: "weibo", Likes: 3, Rating: 4.5, AuthorID: "u1"},
		{ID: "2", Text: "好吃", PublishedAt: at.Add(time.Hour), Channel: "weibo", AuthorID: "u2"},
	}
	const source = `SELECT toUInt64(number + 1) AS id, %s AS title, %s AS t, if(number = 0, 3, NULL)::Nullable(Int32) AS likes,
		if(number = 0, 4.5, NULL)::%s AS rating, tuple(concat('u', toString(number + 1)), [1, 2])::Tuple(id String, seen Array(Int8)) AS user,
		['a', 'b'] AS tags, map('k', number) AS other, [] ::Array(String) AS empty FROM numbers(2)`
	const title = `if(number = 0, '老坛酸菜, "土坑"\n', '好吃')`
	const seconds = "1647345600 + 3600 * number"
	f := func(title, at, rating, settings string) {
		t.Helper()
		content := byClickHouse(t, fmt.Sprintf(source, title, at, rating), settings)
		got := posts(t, "a.parquet", content, "text=title,published_at=t,channel='weibo',author_id=user.id")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s %s %s: %s", title, at, rating, settings, diff)
		}
	}
	const plain = "output_format_parquet_string_as_string = 1"
	for _, codec := range []string{"none", "snappy", "zstd", "gzip", "lz4", "brotli"} {
		f(title, seconds, "Nullable(Float64)", "output_format_parquet_compression_method = '"+codec+"'")
	}
	// Each row group apart; the older encoder; text without its type.
	f(title, seconds, "Nullable(Float32)", "output_format_parquet_row_group_size = 1, max_block_size = 1")
	f(title, seconds, "Nullable(Float64)", "output_format_parquet_data_page_size = 1, output_format_parquet_version = '1.0'")
	f(title, seconds, "Nullable(Float64)", "output_format_parquet_string_as_string = 0")
	// Dictionaries, fixed lengths, enumerations.
	f("toLowCardinality("+title+")", seconds, "Nullable(Decimal(9, 2))", plain)
	f(title, seconds, "Nullable(Decimal(18, 6))", plain)
	f(title, seconds, "Nullable(Decimal(38, 10))", plain)
	f(title, seconds, "Nullable(Decimal(38, 10))", "output_format_parquet_fixed_string_as_fixed_byte_array = 0")
	// Times: seconds, milli-, micro- and nanoseconds, text.
	f(title, "toDateTime("+seconds+", 'Asia/Shanghai')", "Nullable(Float64)", plain)
	f(title, "toDateTime64("+seconds+", 3, 'UTC')", "Nullable(Float64)", plain)
	f(title, "toDateTime64("+seconds+", 6, 'UTC')", "Nullable(Float64)", plain)
	f(title, "toDateTime64("+seconds+", 9, 'UTC')", "Nullable(Float64)", plain)
	f(title, "toNullable(toInt64("+seconds+") * 1000)", "Nullable(Float64)", plain)
	f(title, "concat(replace(toString(toDateTime("+seconds+", 'UTC')), ' ', 'T'), 'Z')", "Nullable(Float64)", plain)
}

// A day is its first moment, in UTC.
func TestParquetDates(t *testing.T) {
	got := posts(t, "a.parquet", byClickHouse(t, "SELECT 'a' AS text, toDate32('2022-03-15') AS published_at", "max_threads = 1"), "")
	if len(got) != 1 || !got[0].PublishedAt.Equal(time.Date(2022, 3, 15, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", got)
	}
}

// What a clock showed, and a day, are in the zone that is given, as in other files.
func TestParquetTimesOfAClock(t *testing.T) {
	type row struct {
		Text string `parquet:"text"`
		At   int64  `parquet:"published_at,timestamp(millisecond:local)"`
		Day  int32  `parquet:"day,date"`
	}
	at := time.Date(2026, 1, 3, 9, 30, 0, 250e6, time.UTC)
	var b bytes.Buffer
	if err := parquet.Write(&b, []row{{"a", at.UnixMilli(), int32(at.Unix() / (24 * 60 * 60))}}); err != nil {
		t.Fatal(err)
	}
	path := write(t, "a.parquet", b.Bytes())
	for mapping, want := range map[string]time.Time{"": at, "published_at=day": at.Truncate(24 * time.Hour)} {
		for _, zone := range []*time.Location{time.UTC, time.FixedZone("CST", 8*3600)} {
			m, err := ParseMapping([]string{mapping})
			if err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), []string{path}, Auto, m, zone)
			if err != nil {
				t.Fatal(err)
			}
			_, offset := want.In(zone).Zone()
			want := want.Add(-time.Duration(offset) * time.Second)
			for r, err := range s.Rows() {
				post, reason, detail := schemas.DecodePost(r.Value, time.Time{})
				if err != nil || reason != "" || !post.PublishedAt.Equal(want) || !r.At.Equal(want) {
					t.Errorf("%s in %s: %s at %v: %v %s %s %v", mapping, zone, r.Value, r.At, post.PublishedAt, reason, detail, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// archived is a row as the library writes it.
type archived struct {
	ID    int64               `parquet:"id"`
	Text  string              `parquet:"text,dict"`
	At    time.Time           `parquet:"published_at,timestamp(microsecond)"`
	Likes *int32              `parquet:"likes,optional"`
	Tags  []string            `parquet:"tags,list"`
	User  struct{ ID string } `parquet:"user"`
	Extra map[string]string   `parquet:"extra"`
}

func byLibrary(t *testing.T, rows int, o ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[archived](&b, o...)
	for i := range rows {
		likes := int32(i)
		row := archived{ID: int64(i), Text: fmt.Sprint("text number ", i%100), At: time.Unix(1_600_000_000+int64(i), 0), Likes: &likes,
			Tags: []string{"a", "b"}[:i%3], Extra: map[string]string{"k": "v"}}
		if i%2 == 0 {
			row.Likes = nil
		}
		row.User.ID = fmt.Sprint("u", i)
		if _, err := w.Write([]archived{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Rows come in their order over pages and row groups, whatever the codec.
func TestParquetOfTheLibrary(t *testing.T) {
	const rows = 5000
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Zstd, &parquet.Gzip} {
		content := byLibrary(t, rows, parquet.Compression(codec), parquet.PageBufferSize(1000), parquet.MaxRowsPerRowGroup(777), parquet.DataPageVersion(1+rows%2))
		got := posts(t, "a.parquet", content, "author_id=user.ID,channel='weibo'")
		if len(got) != rows {
			t.Fatalf("%v: %d rows", codec, len(got))
		}
		for i, p := range got {
			want := schemas.Post{ID: fmt.Sprint(i), Text: fmt.Sprint("text number ", i%100), PublishedAt: time.Unix(1_600_000_000+int64(i), 0).UTC(),
				Channel: "weibo", AuthorID: fmt.Sprint("u", i), Likes: int64(i * (i % 2))}
			if diff := cmp.Diff(want, p); diff != "" {
				t.Fatalf("%v, row %d: %s", codec, i, diff)
			}
		}
	}
}

// A file that was cut, or is something else, is refused before a row is used.
func TestParquetRefused(t *testing.T) {
	whole := byLibrary(t, 100)
	f := func(name string, content []byte, mapping, want string) {
		t.Helper()
		rows, err := readAll(t, write(t, name, content), mapping)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s with --map %q: error %v, want one with %q", name, mapping, err, want)
		}
		if len(rows) > 0 {
			t.Errorf("%s: %d rows were used", name, len(rows))
		}
	}
	for _, n := range []int{4, 11, 12, 100, len(whole) / 2, len(whole) - 1} {
		f("cut.parquet", whole[:n], "", "the Parquet file is truncated")
	}
	f("empty.parquet", nil, "", "empty")
	f("rowless.parquet", byLibrary(t, 0), "", "empty: there are no rows")
	f("end.parquet", []byte("PAR1....\xff\xff\xff\xffPAR1"), "", "damaged Parquet: its end takes 4294967295 bytes, the whole file has 16")
	f("x.parquet", []byte("text,published_at\na,1647345600\n"), "", "not a Parquet file")
	f("a.parquet.gz", zipped(t, string(whole)), "", "a Parquet file inside another compression")
	f("a.parquet", whole, "brand=marke", `no column "marke" for --map brand=marke; there are: id, text, published_at, likes, user.ID`)
	f("a.parquet", whole, "brand=tags", `column "tags" for --map brand=tags is a list`)
	if _, err := Open(t.Context(), []string{write(t, "a.parquet", whole)}, CSV, nil, time.UTC); err == nil || !strings.Contains(err.Error(), "a Parquet file, not --format csv") {
		t.Errorf("as CSV: %v", err)
	}
}

// Whatever was overwritten in a file, it is rows or an error, never a crash.
func TestParquetDamaged(t *testing.T) {
	whole := byLibrary(t, 2000, parquet.MaxRowsPerRowGroup(500))
	told := 0
	for at := 4; at < len(whole)-8; at += max(1, len(whole)/400) {
		content := bytes.Clone(whole)
		content[at] ^= 0xff
		rows, err := readAll(t, write(t, "a.parquet", content), "")
		if err != nil {
			told++
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("byte %d: more than a line: %v", at, err)
			}
		}
		if len(rows) > 2000 {
			t.Errorf("byte %d: %d rows", at, len(rows))
		}
	}
	if told < 20 {
		t.Errorf("%d damaged files were noticed", told)
	}
}

// Files of one command must hold the same columns, of the same kind.
func TestFilesMustAgree(t *testing.T) {
	f := func(want string, contents ...string) {
		t.Helper()
		dir := t.TempDir()
		var names []string
		for i, c := range contents {
			name := fmt.Sprintf("%c.csv", 'a'+i)
			if strings.HasPrefix(c, parquetMagic) {
				name = fmt.Sprintf("%c.parquet", 'a'+i)
			}
			if strings.HasPrefix(c, "{") {
				name = fmt.Sprintf("%c.jsonl", 'a'+i)
			}
			names = append(names, filepath.Join(dir, name))
			if err := os.WriteFile(names[i], []byte(c), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		m, _ := ParseMapping(nil)
		s, err := Open(t.Context(), names, Auto, m, time.UTC)
		if err == nil {
			defer s.Close() //nolint:errcheck // read only
		}
		if got := fmt.Sprint(err); !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	const plain = "text,published_at\na,1647345600\n"
	table := string(byClickHouse(t, "SELECT 'a' AS text, 1647345600 AS published_at", "max_threads = 1"))
	f("<nil>", plain, plain)
	f(`b.csv: no column "brand", which`, "text,published_at,brand\na,1647345600,x\n", plain)
	f(`b.csv: column "brand" is not in`, plain, "text,published_at,brand\na,1647345600,x\n")
	// What is not used may differ; text files do not say what a column holds,
	// and a line of JSON says itself what it has.
	f("<nil>", plain, "text,published_at,other\na,1647345600,x\n", table, `{"text":"a","published_at":1,"brand":"x"}`)
	f(`b.parquet: column "published_at" holds times, in`, table, string(byClickHouse(t, "SELECT 'a' AS text, now64(3) AS published_at", "max_threads = 1")))
	f(`b.parquet: no column "brand", which`, string(byClickHouse(t, "SELECT 'a' AS text, 'x' AS brand, 1 AS published_at", "max_threads = 1")), table)
}

// A file that breaks off does not keep the next from being read.
func TestOtherFilesGoOn(t *testing.T) {
	cut := zipped(t, "text,published_at\n"+strings.Repeat("a,1600000000\n", 100_000))
	names := []string{write(t, "a.csv.gz", cut[:len(cut)*3/4]), write(t, "b.csv", []byte("text,published_at\nlast,1600000000\n"))}
	m, _ := ParseMapping(nil)
	s, err := Open(t.Context(), names, Auto, m, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // read only
	var last Row
	var told error
	for r, err := range s.Rows() {
		if err != nil {
			told = err
		} else {
			last = r
		}
	}
	if told == nil || !strings.Contains(told.Error(), "a.csv.gz: breaks off after row") || !strings.Contains(string(last.Value), "last") {
		t.Errorf("last row %s, error %v", last.Value, told)
	}
}

func FuzzParquet(f *testing.F) {
	f.Add([]byte(parquetMagic), uint(3), byte(1))
	whole := func() []byte {
		var b bytes.Buffer
		w := parquet.NewGenericWriter[struct {
			Text string `parquet:"text"`
			At   int64  `parquet:"published_at"`
		}](&b)
		_, _ = w.Write([]struct {
			Text string `parquet:"text"`
			At   int64  `parquet:"published_at"`
		}{{"a", 1}, {"b", 2}}) // to memory
		_ = w.Close() // to memory
		return b.Bytes()
	}()
	f.Add(whole, uint(40), byte(7))
	f.Fuzz(func(t *testing.T, content []byte, at uint, flip byte) {
		content = bytes.Clone(content)
		if len(content) > 0 {
			content[at%uint(len(content))] ^= flip
		}
		path := filepath.Join(t.TempDir(), "a.parquet")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), []string{path}, Auto, nil, time.UTC)
		if err != nil {
			return
		}
		defer s.Close() //nolint:errcheck // read only
		n := 0
		for range s.Rows() {
			if n++; n > 1e6 {
				return
			}
		}
	})
}
