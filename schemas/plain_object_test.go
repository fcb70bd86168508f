package schemas

import (
	"encoding/json"
	"testing"

	"github.com/go-faster/jx"
	"github.com/google/go-cmp/cmp"
)

type fieldOf struct{ Key, Value string }

// fieldsOf are those that PlainObject gives.
func fieldsOf(data string) (fields []fieldOf, ok bool) {
	ok = PlainObject([]byte(data), func(key, value []byte) { fields = append(fields, fieldOf{string(key), string(value)}) })
	return fields, ok
}

func TestPlainObject(t *testing.T) {
	got, ok := fieldsOf(`{"id":"a1","":"","n":-10.50e+3,"文":"字{}[]:,","n":0}`)
	want := []fieldOf{{"id", `"a1"`}, {"", `""`}, {"n", "-10.50e+3"}, {"文", `"字{}[]:,"`}, {"n", "0"}}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("ok %v, fields (-want +got):\n%s", ok, diff)
	}
}

func TestPlainObjectLeavesTheRestToOthers(t *testing.T) {
	for _, data := range []string{
		``, `{`, `{}`, `{"a"`, `{"a":`, `{"a":}`, `{"a":"b`, `{"a":"b"`, `{"a":"b",`, `{"a":"b",}`, `{"a":"b"}}`, `{"a":"b"} `, `["a"]`, `"a"`,
		`{"a": "b"}`, `{"a":"\n"}`, "{\"a\":\"b\x01cdefghij\"}", "{\"abcdefgh\":\"b\tc\"}", `{a:"b"}`, `{"a":null}`, `{"a":true}`, `{"a":{}}`, `{"a":[1]}`,
		`{"a":-}`, `{"a":01}`, `{"a":+1}`, `{"a":.5}`, `{"a":1.}`, `{"a":1e}`, `{"a":1e+}`, `{"a":0x1}`, `{"a":1 }`, "\xef\xbb\xbf{\"a\":1}",
	} {
		if fields, ok := fieldsOf(data); ok {
			t.Errorf("%q was read as %v", data, fields)
		}
	}
}

// What PlainObject takes is JSON, with the fields that a reader of all JSON finds.
func FuzzPlainObject(f *testing.F) {
	f.Add(benchPost)
	f.Add([]byte(`{"a":"b","c":-1.5e3,"":0}`))
	for _, c := range refused {
		if len(c.data) < 1000 {
			f.Add([]byte(c.data))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, ok := fieldsOf(string(data))
		if !ok {
			return
		}
		if !json.Valid(data) {
			t.Fatalf("%q is no JSON", data)
		}
		var want []fieldOf
		if err := jx.DecodeBytes(data).ObjBytes(func(d *jx.Decoder, key []byte) error {
			value, err := d.Raw()
			want = append(want, fieldOf{string(key), string(value)})
			return err
		}); err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A post of plain JSON is read as one of the same fields that is not.
func TestPlainPostsAreReadAsOthers(t *testing.T) {
	plain := string(benchPost)
	for _, other := range []string{" " + plain, `{"more":{"a":[null]},` + plain[1:], plain[:len(plain)-1] + `,"title":null}`} {
		want, reason, detail := DecodePost([]byte(other), recordTime)
		if reason != "" {
			t.Fatal(reason, detail)
		}
		if got, _, _ := DecodePost(benchPost, recordTime); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}
