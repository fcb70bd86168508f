package ingest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMapping(t *testing.T) {
	f := func(values []string, want Mapping) {
		t.Helper()
		got, err := ParseMapping(values)
		if err != nil {
			t.Errorf("%q: %v", values, err)
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", values, diff)
		}
	}
	col := func(c string) Origin { return Origin{Column: c} }
	constant := func(c string) Origin { return Origin{Constant: c, IsConst: true} }

	// Nothing mapped.
	f(nil, Mapping{})
	// Columns and a constant in one value.
	f([]string{"text=title,published_at=first_seen_unix,channel='weibo'"},
		Mapping{"text": col("title"), "published_at": col("first_seen_unix"), "channel": constant("weibo")})
	// Repeated, with spaces.
	f([]string{" text = body ", "brand='acme' , sku = item"},
		Mapping{"text": col("body"), "brand": constant("acme"), "sku": col("item")})
	// Constants with commas, doubled quotes, nothing.
	f([]string{"brand='a, b',region='it''s',url=''"},
		Mapping{"brand": constant("a, b"), "region": constant("it's"), "url": constant("")})
	// A column with a comma, spaces and a doubled quote.
	f([]string{`text="Review, ""full""",title=评论 内容`}, Mapping{"text": col(`Review, "full"`), "title": col("评论 内容")})
}

func TestParseMappingRefuses(t *testing.T) {
	for values, want := range map[string]string{
		"txt=a":         `no field "txt"; its fields are id, text`,
		"text":          "write field=column",
		"text=":         "no column",
		"text='a":       "not closed",
		"text='a' b":    "follows the closing quote",
		"text=a,text=b": "mapped twice",
		"=a":            "write field=column",
	} {
		if _, err := ParseMapping([]string{values}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", values, err, want)
		}
	}
}

// A column goes to the field of its name unless it was given to another.
func TestMappingOfUnmappedFields(t *testing.T) {
	m, err := ParseMapping([]string{"text=title,brand='x'"})
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{"text": "title", "title": "", "brand": "", "published_at": "published_at", "id": "id"} {
		if got := m.column(field); got != want {
			t.Errorf("field %q comes from column %q, want %q", field, got, want)
		}
	}
}

func FuzzParseMapping(f *testing.F) {
	for _, s := range []string{"text=a", "text='a,b',brand=\"c\"", "text='", "=,=", "text=a,,brand=b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMapping([]string{s})
		if err != nil {
			return
		}
		for field, o := range m {
			if !slices.Contains(Fields, field) || (!o.IsConst && o.Column == "" && !strings.Contains(s, `""`)) {
				t.Errorf("%q gave field %q from %+v", s, field, o)
			}
		}
	})
}
