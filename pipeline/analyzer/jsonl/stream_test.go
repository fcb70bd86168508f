package jsonl

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/config"
)

var shared = sync.OnceValue(func() *analyzer.Analyzer {
	a, err := analyzer.New(analyzer.Options{Brands: []config.Brand{{ID: "haidilao", Name: "海底捞"}}})
	if err != nil {
		panic(err)
	}
	return a
})

func run(t *testing.T, in io.Reader, o Options) (lines []map[string]any, count Count, err error) {
	t.Helper()
	var out bytes.Buffer
	count, err = Run(t.Context(), shared(), in, &out, o)
	for line := range strings.Lines(out.String()) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("output %q: %v", line, err)
		}
		lines = append(lines, row)
	}
	return lines, count, err
}

func TestEveryLineHasItsAnswer(t *testing.T) {
	f := func(in, wantError string, check func(row map[string]any) bool) {
		t.Helper()
		rows, count, err := run(t, strings.NewReader(in+"\n"), Options{})
		if err != nil || len(rows) != 1 {
			t.Fatalf("%q: %d lines, %v", in, len(rows), err)
		}
		got, _ := rows[0]["error"].(string)
		if !strings.Contains(got, wantError) || (wantError == "") != (got == "") || (count.Bad == 1) != (got != "") {
			t.Errorf("%q: error %q with count %+v, want %q", in, got, count, wantError)
		}
		if check != nil && !check(rows[0]) {
			t.Errorf("%q: %v", in, rows[0])
		}
	}
	has := func(keys ...string) func(map[string]any) bool {
		return func(row map[string]any) bool {
			for _, k := range keys {
				if _, ok := row[k]; !ok {
					return false
				}
			}
			return true
		}
	}
	contract := []string{"tokens", "sentiment", "polarity", "complaint", "complaints", "brands", "keywords"}
	// the contract's fields beside the input's own
	f(`{"text":"海底捞的服务太差了","id":7,"x":{"y":[1]}}`, "", has(append(contract, "text", "id", "x")...))
	f(`{"text":"海底捞","brand":"HAIDILAO"}`, "", func(row map[string]any) bool {
		b := row["brands"].([]any)[0].(map[string]any)
		return row["brand"] == "HAIDILAO" && b["brand"] == "haidilao" && b["sku"] == "" && b["polarity"] != "" && b["sentiment"] != nil
	})
	f(`{"title":"海底捞"}`, "", has(contract...))
	f(`{"text":""}`, "", has(contract...)) // nothing to say is no fault
	f(`{"text":"a","rating":"5","sku":12,"lang":null}`, "", func(row map[string]any) bool { return row["lang"] == "en" })
	f(`{"text":"a","lang":"zh-CN"}`, "", func(row map[string]any) bool { return row["lang"] == "zh-CN" })
	f(`{"text":"a","sentiment":"mine","tokens":1}`, "", func(row map[string]any) bool { _, ok := row["sentiment"].(float64); return ok })
	f("{\"text\":\"a\xff\"}", "", has(contract...))
	f("{\"text\":\"a\"}\r", "", has(contract...))
	// bad lines
	f("", "empty", nil)
	f("{", "not JSON", nil)
	f(`{"text":"a"} {"text":"b"}`, "not JSON", nil)
	f(`[1]`, "array", nil)
	f(`{"id":1}`, "no text", has("id"))
	f(`{"text":null}`, "no text", nil)
	f(`{"text":["a"]}`, `"text" is a JSON array`, nil)
	f(`{"text":"a","rating":"good"}`, `"rating" is "good"`, nil)
	f(`{"text":"a","brand":{}}`, `"brand" is a JSON object`, nil)
}

func TestOrderIsKept(t *testing.T) {
	var in strings.Builder
	const n = 3000
	for i := range n {
		fmt.Fprintf(&in, `{"text":%q,"i":%d}`+"\n", strings.Repeat("好吃", i%50), i)
	}
	rows, count, err := run(t, strings.NewReader(in.String()), Options{})
	if err != nil || len(rows) != n || count.Lines != n {
		t.Fatalf("%d of %d lines, %+v, %v", len(rows), n, count, err)
	}
	for i, row := range rows {
		if int(row["i"].(float64)) != i {
			t.Fatalf("line %d has the answer of line %v", i, row["i"])
		}
	}
}

func TestExplainNamesWordsOfTheText(t *testing.T) {
	const post = "质量很差，客服态度恶劣，ＡＰＰ里没人回 @acme"
	rows, _, err := run(t, strings.NewReader(fmt.Sprintf(`{"text":%q}`, post)), Options{Explain: true})
	if err != nil {
		t.Fatal(err)
	}
	explain := rows[0]["explain"].(map[string]any)
	words := func(list any) (out []string) {
		for _, r := range list.([]any) {
			word := r.(map[string]any)["text"].(string)
			if !strings.Contains(post, word) || word == "" {
				t.Errorf("%q is not in the text", word)
			}
			out = append(out, word)
		}
		return out
	}
	if got := words(explain["sentiment"]); got[0] != "态度恶劣" {
		t.Errorf("strongest in the sentiment %q, want 态度恶劣 first", got)
	}
	service := explain["complaint_words"].(map[string]any)["customer_service"]
	if got := words(service); !slices.Contains(got, "态度恶劣") || slices.Contains(got, "质量") {
		t.Errorf("words of customer_service %q, want 态度恶劣 and not 质量", got)
	}
}

func TestLastLineWithoutItsEnd(t *testing.T) {
	rows, _, err := run(t, strings.NewReader("\xef\xbb\xbf{\"text\":\"a\"}\n{\"text\":\"b\"}"), Options{})
	if err != nil || len(rows) != 2 || rows[0]["error"] != nil {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestHugeLine(t *testing.T) {
	in := `{"text":"` + strings.Repeat("好", 3<<20/3) + `"}` + "\n" + `{"text":"b"}`
	rows, _, err := run(t, strings.NewReader(in), Options{})
	if err != nil || len(rows) != 2 || rows[0]["error"] != nil {
		t.Errorf("%d lines, %v", len(rows), err)
	}
}

func TestLineBeyondTheLimitIsBadAndPassedOver(t *testing.T) {
	in := io.MultiReader(io.LimitReader(endless{}, maxLine+10), strings.NewReader("\n{\"text\":\"b\"}\n"))
	rows, count, err := run(t, in, Options{})
	if err != nil || len(rows) != 2 || count.Bad != 1 || rows[1]["text"] != "b" {
		t.Errorf("%d lines, %+v, %v", len(rows), count, err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// What came before a truncated archive's end is answered, then it is an error.
func TestTruncatedGzip(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	for range 50 {
		fmt.Fprintln(w, `{"text":"好吃"}`)
		w.Flush()
	}
	w.Close()
	r, err := gzip.NewReader(bytes.NewReader(z.Bytes()[:z.Len()/2]))
	if err != nil {
		t.Fatal(err)
	}
	rows, _, err := run(t, r, Options{})
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "truncated") {
		t.Errorf("error %v", err)
	}
	if len(rows) < 20 {
		t.Errorf("%d lines answered", len(rows))
	}
}

func TestRunEndsWithItsContextAndWriter(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, shared(), strings.NewReader(`{"text":"a"}`), io.Discard, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after cancel", err)
	}
	broken := errors.New("broken")
	_, err := Run(t.Context(), shared(), strings.NewReader(strings.Repeat("{\"text\":\"a\"}\n", 10000)), failing{broken}, Options{})
	if !errors.Is(err, broken) {
		t.Errorf("error %v of a writer that fails", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
