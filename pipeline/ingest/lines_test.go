package ingest

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Lines gives all columns of a table, whatever they hold, and JSON lines as
// they are.
func TestLines(t *testing.T) {
	read := func(name string, content []byte) string {
		t.Helper()
		r, err := Lines(write(t, name, content), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return string(data)
	}
	const line = `{"text":"a"}` + "\n"
	for name, content := range map[string][]byte{"a.jsonl": []byte(line), "a.gz": zipped(t, line)} {
		if got := read(name, content); got != line {
			t.Errorf("%s: %q", name, got)
		}
	}
	var got []map[string]any
	d := json.NewDecoder(strings.NewReader(read("a.parquet", byLibrary(t, 3))))
	for d.More() {
		var row map[string]any
		if err := d.Decode(&row); err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
	}
	want := map[string]any{
		"id": 2., "text": "text number 2", "published_at": "2020-09-13T12:26:42Z", "user.ID": "u2", "tags": []any{"a", "b"},
		"extra.key_value.key": []any{"k"}, "extra.key_value.value": []any{"v"},
	}
	if diff := cmp.Diff(want, got[2]); diff != "" {
		t.Error(diff)
	}
	// Left early, it does not hang.
	r, err := Lines(write(t, "b.parquet", byLibrary(t, 2000)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 10)); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// JSON lines in another encoding are refused as a whole; of lines that are
// damaged here and there, each is for the reader to judge.
func TestLinesInAnotherEncoding(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(`{"text":"这个产品质量太差了，客服也不理人，再也不买了"}` + "\n")
	if err != nil {
		t.Fatal(err)
	}
	for want, content := range map[string]string{"iconv -f GB18030": gbk, "iconv -f UTF-16 ": "\xff\xfe{\x00", "": "{\"text\":\"\xff\xfe坏了\"}\n"} {
		r, err := Lines(write(t, "a.jsonl", []byte(content)), nil)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", content, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: error %v, want one with %q", content, err, want)
		case err == nil:
			if got, _ := io.ReadAll(r); string(got) != content {
				t.Errorf("%q was read as %q", content, got)
			}
			_ = r.Close() // read only
		}
	}
}
