package schemas

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var ten = time.Date(2025, 11, 7, 10, 0, 0, 0, time.UTC)

func TestDecodeValue(t *testing.T) {
	f := func(data string, want Value) {
		t.Helper()
		if !IsValue([]byte(data)) {
			t.Errorf("%s is not taken for a value", data)
		}
		got, reason, detail := DecodeValue([]byte(data), ten.Add(time.Hour))
		if reason != "" {
			t.Errorf("%s: %s: %s", data, reason, detail)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", data, diff)
		}
	}
	orders := Value{Series: "orders", Brand: "acme", Timestamp: ten, Value: 12}
	f(`{"series":"orders","brand":"acme","timestamp":"2025-11-07T10:00:00Z","value":12}`, orders)
	// As a table gives it: everything a string, a time without a zone, unknown columns.
	f(`{"series":" orders ","brand":"acme","timestamp":"2025-11-07 10:00","value":"12","shop":"east"}`, orders)
	// Null is absent, also for what would make it a post.
	f(`{"series":"orders","brand":"acme","sku":null,"text":null,"timestamp":1762509600,"value":12.0}`, orders)
	// Zero is a value.
	f(`{"series":"orders","brand":"acme","sku":"x1","timestamp":"2025-11-07","value":0}`,
		Value{Series: "orders", Brand: "acme", SKU: "x1", Timestamp: ten.Truncate(24 * time.Hour)})
}

func TestDecodeValueRefuses(t *testing.T) {
	f := func(data string, want Reason) {
		t.Helper()
		if _, reason, detail := DecodeValue([]byte(data), ten); reason != want || detail == "" {
			t.Errorf("%s: %q (%s), want %q", data, reason, detail, want)
		}
	}
	f(`{"series":"orders","brand":"acme","timestamp":"2025-11-07T10:00:00Z"}`, ReasonSchema)                     // no value
	f(`{"series":"orders","brand":"acme","timestamp":"2025-11-07T10:00:00Z","value":""}`, ReasonSchema)          // blank
	f(`{"series":"orders","brand":"acme","timestamp":"2025-11-07T10:00:00Z","value":-1}`, ReasonSchema)          // negative
	f(`{"series":"orders","brand":"acme","timestamp":"2025-11-07T10:00:00Z","value":"many"}`, ReasonSchema)      // no number
	f(`{"series":"orders","brand":"acme","timestamp":"2025-11-07T10:00:00Z","value":"NaN"}`, ReasonSchema)       // no number either
	f(`{"series":"orders","brand":"acme","timestamp":"2025-11-07T10:00:00Z","value":{"n":1}}`, ReasonSchema)     // another shape
	f(`{"series":"orders","timestamp":"2025-11-07T10:00:00Z","value":1}`, ReasonSchema)                          // whose?
	f(`{"series":" ","brand":"acme","timestamp":"2025-11-07T10:00:00Z","value":1}`, ReasonSchema)                // of what?
	f(`{"series":"orders","brand":"acme","value":1}`, ReasonNoTime)                                              // when?
	f(`{"series":"orders","brand":"acme","timestamp":"yesterday","value":1}`, ReasonNoTime)                      // no time
	f(`{"series":"orders","brand":"acme","timestamp":"1999-01-01","value":1}`, ReasonPast)                       // before 2000
	f(`{"series":"orders","brand":"acme","timestamp":"2025-11-07T11:00:00Z","value":1}`, ReasonFuture)           // an hour ahead
	f(`{"series":"orders","brand":"acme","timestamp":"2025-11-07T10:00:00Z","value":1`, ReasonNotJSON)           // cut
	f("{\"series\":\"orders\xff\",\"brand\":\"a\",\"timestamp\":\"2025-11-07\",\"value\":1}", ReasonInvalidUTF8) // damaged
}

// A post may have a field series of its own.
func TestPostsAreNoValues(t *testing.T) {
	for _, data := range []string{
		`{"text":"好用","published_at":1762509600}`,
		`{"series":"X","text":"好用","published_at":1762509600}`,
		`{"text":"the field \"series\" is none","published_at":1762509600}`,
		`{"meta":{"series":"X"},"published_at":1762509600}`,
		`{"series":null,"published_at":1762509600}`,
		`["series"]`, `"series"`, `{"series":`, ``,
	} {
		if IsValue([]byte(data)) {
			t.Errorf("%s is taken for a value", data)
		}
	}
}

// What is read without a fault follows the published schema.
func FuzzDecodeValue(f *testing.F) {
	for _, s := range []string{
		`{"series":"orders","brand":"acme","timestamp":"2025-11-07T10:00:00Z","value":12}`,
		`{"series":1,"brand":2,"sku":3,"timestamp":1762509600,"value":"1e3"}`,
		`{"series":"o","brand":"b","timestamp":"2025-11-07 10:00","value":.5}`,
	} {
		f.Add([]byte(s))
	}
	schema := compileValue(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if !IsValue(data) {
			return
		}
		v, reason, _ := DecodeValue(data, time.Time{})
		if reason != "" {
			return
		}
		written, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(decodeJSON(t, string(written))); err != nil {
			t.Errorf("%q is written as %s: %v", data, written, err)
		}
		again, reason, detail := DecodeValue(written, time.Time{})
		if diff := cmp.Diff(v, again); diff != "" || reason != "" {
			t.Errorf("%q: %s %s %s", data, reason, detail, diff)
		}
	})
}

func compileValue(f *testing.F) *jsonschema.Schema {
	f.Helper()
	data, err := Files.ReadFile("json/value.schema.json")
	if err != nil {
		f.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		f.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("value", doc); err != nil {
		f.Fatal(err)
	}
	s, err := c.Compile("value")
	if err != nil {
		f.Fatal(err)
	}
	return s
}
