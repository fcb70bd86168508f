package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var recordTime = time.Date(2026, 3, 15, 2, 0, 0, 0, time.UTC)

// refused lists records that are no posts, each with its reason. Those that are
// refused for their shape are refused by the JSON Schema, too.
var refused = []struct {
	name, data string
	reason     Reason
}{
	{"nothing", ``, ReasonNotJSON},
	{"plain text", `hello`, ReasonNotJSON},
	{"breaks off", `{"text":"a","published_at":1773538200`, ReasonNotJSON},
	{"breaks off after a fault", `{"text":1,"published_at":`, ReasonNotJSON},
	{"two objects", `{"text":"a","published_at":1773538200}{}`, ReasonNotJSON},
	{"trailing comma", `{"text":"a","published_at":1773538200,}`, ReasonNotJSON},
	{"raw control character in a string", "{\"text\":\"a\x01\",\"published_at\":1773538200}", ReasonNotJSON},
	{"deep nesting without an end", strings.Repeat("[", 100_000), ReasonNotJSON},

	{"a list", `[{"text":"a","published_at":1773538200}]`, ReasonSchema},
	{"a string", `"text"`, ReasonSchema},
	{"null", `null`, ReasonSchema},
	{"text is a number", `{"text":5,"published_at":1773538200}`, ReasonSchema},
	{"text is an object", `{"text":{"a":1},"published_at":1773538200}`, ReasonSchema},
	{"id is a list", `{"id":[1],"text":"a","published_at":1773538200}`, ReasonSchema},
	{"brand is a boolean", `{"brand":true,"text":"a","published_at":1773538200}`, ReasonSchema},
	{"id is too long", `{"id":"` + strings.Repeat("x", 257) + `","text":"a","published_at":1773538200}`, ReasonSchema},
	{"url is too long", `{"url":"` + strings.Repeat("x", 4097) + `","text":"a","published_at":1773538200}`, ReasonSchema},
	{"followers are words", `{"followers":"many","text":"a","published_at":1773538200}`, ReasonSchema},
	{"followers are negative", `{"followers":-1,"text":"a","published_at":1773538200}`, ReasonSchema},
	{"followers are a fraction", `{"followers":1.5,"text":"a","published_at":1773538200}`, ReasonSchema},
	{"followers are hexadecimal", `{"followers":"0x10","text":"a","published_at":1773538200}`, ReasonSchema},
	{"followers are enormous", `{"followers":1e300,"text":"a","published_at":1773538200}`, ReasonSchema},
	{"six stars", `{"rating":6,"text":"a","published_at":1773538200}`, ReasonSchema},
	{"no number of stars", `{"rating":"NaN","text":"a","published_at":1773538200}`, ReasonSchema},
	{"time is an object", `{"text":"a","published_at":{}}`, ReasonSchema},

	{"no text", `{"published_at":1773538200}`, ReasonNoText},
	{"null text", `{"text":null,"published_at":1773538200}`, ReasonNoText},
	{"blank text and title", `{"text":" \n\t\u3000","title":"\u200b\ufeff","published_at":1773538200}`, ReasonNoText},
	{"only control characters", `{"text":"\u0000\u0007","published_at":1773538200}`, ReasonNoText},

	{"no time", `{"text":"a"}`, ReasonNoTime},
	{"null time", `{"text":"a","published_at":null}`, ReasonNoTime},
	{"empty time", `{"text":"a","published_at":" "}`, ReasonNoTime},
	{"words for a time", `{"text":"a","published_at":"yesterday"}`, ReasonNoTime},
	{"day that is none", `{"text":"a","published_at":"2026-02-30T00:00:00Z"}`, ReasonNoTime},
	{"date alone", `{"text":"a","published_at":"2026-02-03"}`, ReasonNoTime},
	{"infinite time", `{"text":"a","published_at":"Infinity"}`, ReasonNoTime},

	{"last century", `{"text":"a","published_at":"1999-12-31T23:59:59Z"}`, ReasonPast},
	{"zero", `{"text":"a","published_at":0}`, ReasonPast},
	{"before all time", `{"text":"a","published_at":-1e300}`, ReasonPast},
	{"eleven minutes ahead", `{"text":"a","published_at":"2026-03-15T02:11:00Z"}`, ReasonFuture},
	{"microseconds", `{"text":"a","published_at":1773538200000000}`, ReasonFuture},
	{"after all time", `{"text":"a","published_at":1e300}`, ReasonFuture},

	{"text is too long", `{"text":"` + strings.Repeat("字", MaxTextBytes/3+1) + `","published_at":1773538200}`, ReasonTooLong},
	{"title makes it too long", `{"title":"t","text":"` + strings.Repeat("x", MaxTextBytes) + `","published_at":1773538200}`, ReasonTooLong},
	{"10 MB", `{"text":"` + strings.Repeat("x", 10<<20) + `","published_at":1773538200}`, ReasonTooLong},

	{"GBK", "{\"text\":\"\xba\xa3\xcc\xec\",\"published_at\":1773538200}", ReasonInvalidUTF8},
	{"cut inside a character", "{\"text\":\"\xe6\xb5\",\"published_at\":1773538200}", ReasonInvalidUTF8},
	{"half a surrogate pair", `{"text":"a\ud83d","published_at":1773538200}`, ReasonInvalidUTF8},
	{"the other half", `{"text":"a\ude00b","published_at":1773538200}`, ReasonInvalidUTF8},
	{"two first halves", `{"text":"\ud83d\ud83d\ude00","published_at":1773538200}`, ReasonInvalidUTF8},
}

func TestRefusedPosts(t *testing.T) {
	schema := compile(t, "json/post.schema.json")
	for _, c := range refused {
		p, reason, detail := DecodePost([]byte(c.data), recordTime)
		if reason != c.reason || detail == "" || strings.Contains(detail, "\n") || len(detail) > 300 {
			t.Errorf("%s: reason %q, detail %q; want %q", c.name, reason, detail, c.reason)
		}
		if p != (Post{}) {
			t.Errorf("%s: post %+v with reason %q", c.name, p, reason)
		}
		if c.reason == ReasonSchema && schema.Validate(decodeJSON(t, c.data)) == nil {
			t.Errorf("%s: the JSON Schema accepts it", c.name)
		}
	}
}

func TestPosts(t *testing.T) {
	at := time.Date(2026, 3, 15, 1, 30, 0, 0, time.UTC)
	plain := Post{Text: "a", Channel: "unknown", PublishedAt: at}
	with := func(change func(*Post)) Post {
		p := plain
		change(&p)
		return p
	}
	schema := compile(t, "json/post.schema.json")
	for _, c := range []struct {
		name, data string
		want       Post
	}{
		{"the least", `{"text":"a","published_at":1773538200}`, plain},
		{"byte order mark and space", "\ufeff \n{ \"text\" : \"a\" , \"published_at\" : 1773538200 }\r\n", plain},
		{"milliseconds", `{"text":"a","published_at":1773538200123}`, with(func(p *Post) { p.PublishedAt = at.Add(123 * time.Millisecond) })},
		{"seconds in a string", `{"text":"a","published_at":"1773538200"}`, plain},
		{"seconds with a fraction", `{"text":"a","published_at":1773538200.5}`, with(func(p *Post) { p.PublishedAt = at.Add(500 * time.Millisecond) })},
		{"RFC 3339 with a zone", `{"text":"a","published_at":"2026-03-15T09:30:00+08:00"}`, plain},
		{"RFC 3339 with nanoseconds", `{"text":"a","published_at":"2026-03-15T01:30:00.001999999Z"}`, with(func(p *Post) { p.PublishedAt = at.Add(time.Millisecond) })},
		{"no zone is UTC", `{"text":"a","published_at":"2026-03-15T01:30:00"}`, plain},
		{"a space for the T", `{"text":"a","published_at":" 2026-03-15 01:30:00 "}`, plain},
		{"small letters", `{"text":"a","published_at":"2026-03-15t01:30:00z"}`, plain},
		{"title alone", `{"title":"a","published_at":1773538200}`, with(func(p *Post) { p.Text, p.Title = "", "a" })},
		{"unknown fields", `{"text":"a","published_at":1773538200,"x":{"text":[1,{"text":2}]},"Text":"b"}`, plain},
		{"nulls", `{"text":"a","published_at":1773538200,"id":null,"likes":null,"rating":null,"brand":null}`, plain},
		{"the last of two counts", `{"text":"b","likes":7,"text":"a","likes":null,"published_at":5,"published_at":1773538200}`, plain},
		{"escapes", `{"te\u0078t":"\u0061","published_at":1773538200}`, plain},
		{"a surrogate pair", `{"text":"\ud83d\ude00","published_at":1773538200}`, with(func(p *Post) { p.Text = "😀" })},
		{"a backslash before u", `{"text":"\\ud83d","published_at":1773538200}`, with(func(p *Post) { p.Text = `\ud83d` })},
		{"a replacement character that was sent", `{"text":"\ufffd�","published_at":1773538200}`, with(func(p *Post) { p.Text = "\ufffd\ufffd" })},
		{"control characters", `{"text":"a\u0000b\u0085c\u007fd\ne\tf\r\n","published_at":1773538200}`, with(func(p *Post) { p.Text = "a b c d\ne\tf\r\n" })},
		{"numbers for words", `{"text":"a","published_at":1773538200,"id":123456789012345678901234567890,"sku":1.50}`,
			with(func(p *Post) { p.ID, p.SKU = "123456789012345678901234567890", "1.50" })},
		{"words for numbers", `{"text":"a","published_at":1773538200,"likes":"12","followers":" 3.0 ","comments":"","rating":"4.5","reposts":1e3}`,
			with(func(p *Post) { p.Likes, p.Followers, p.Rating, p.Reposts = 12, 3, 4.5, 1000 })},
		{"space around words", `{"text":" a ","published_at":1773538200,"brand":" United ","channel":" "}`,
			with(func(p *Post) { p.Text, p.Brand = " a ", "United" })},
		{"ten minutes ahead", `{"text":"a","published_at":"2026-03-15T02:10:00Z"}`, with(func(p *Post) { p.PublishedAt = recordTime.Add(10 * time.Minute) })},
		{"2000", `{"text":"a","published_at":946684800}`, with(func(p *Post) { p.PublishedAt = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) })},
		{"everything", `{"id":"i","text":"a","title":"t","published_at":1773538200,"brand":"b","sku":"s","channel":"c","kind":"review","lang":"zh",
			"author_id":"u","followers":1,"likes":2,"reposts":3,"comments":4,"rating":5,"parent_id":"p","url":"https://x","region":"r"}`,
			Post{ID: "i", Text: "a", Title: "t", PublishedAt: at, Brand: "b", SKU: "s", Channel: "c", Kind: "review", Lang: "zh",
				AuthorID: "u", Followers: 1, Likes: 2, Reposts: 3, Comments: 4, Rating: 5, ParentID: "p", URL: "https://x", Region: "r"}},
	} {
		got, reason, detail := DecodePost([]byte(c.data), recordTime)
		if reason != "" || detail != "" {
			t.Errorf("%s: %s, %s", c.name, reason, detail)
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
		if err := schema.Validate(decodeJSON(t, strings.TrimPrefix(c.data, "\ufeff"))); err != nil {
			t.Errorf("%s: the JSON Schema refuses it: %v", c.name, err)
		}
	}
}

// Without a record time nothing lies in the future: history replayed.
func TestNoRecordTime(t *testing.T) {
	if _, reason, detail := DecodePost([]byte(`{"text":"a","published_at":"2999-01-01T00:00:00Z"}`), time.Time{}); reason != "" {
		t.Error(reason, detail)
	}
}

// A post that is written by Go's encoder comes back as it was.
func TestPostRoundTrip(t *testing.T) {
	want := Post{ID: "i", Text: "<a> & \u2028 😀 \\ \"", PublishedAt: recordTime, Channel: "c", Followers: 1 << 53, Rating: 4.5, Region: "广东"}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, reason, detail := DecodePost(data, recordTime)
	if reason != "" {
		t.Fatal(reason, detail)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// DecodePost keeps nothing of the buffer it read.
func TestBufferMayBeReused(t *testing.T) {
	data := []byte(`{"id":"first","text":"one","published_at":1773538200}`)
	p, _, _ := DecodePost(data, recordTime)
	copy(data, bytes.Repeat([]byte("x"), len(data)))
	if p.ID != "first" || p.Text != "one" {
		t.Errorf("%+v", p)
	}
}

func FuzzDecodePost(f *testing.F) {
	for _, c := range refused {
		if len(c.data) < 1000 {
			f.Add([]byte(c.data))
		}
	}
	f.Add(benchPost)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, reason, detail := DecodePost(data, recordTime)
		if (reason == "") != (detail == "") {
			t.Fatalf("reason %q with detail %q", reason, detail)
		}
		text := bytes.TrimPrefix(data, byteOrderMark)
		if (reason == ReasonNotJSON) == (utf8.Valid(data) && json.Valid(text)) && reason != ReasonInvalidUTF8 && reason != ReasonTooLong {
			t.Fatalf("reason %q, but json.Valid says %v", reason, json.Valid(text))
		}
		if reason != "" {
			return
		}
		// What was accepted is sound and survives its own encoding.
		if !utf8.ValidString(fmt.Sprint(p)) || p.Channel == "" || p.PublishedAt.Location() != time.UTC || p.Followers < 0 {
			t.Fatalf("%+v", p)
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		q, reason, detail := DecodePost(again, recordTime)
		if reason != "" {
			t.Fatalf("%s: %s, %s", again, reason, detail)
		}
		if diff := cmp.Diff(p, q); diff != "" {
			t.Fatalf("%s\n%s", again, diff)
		}
	})
}

var benchPost = []byte(`{"id":"4967021","channel":"weibo","kind":"post","published_at":"2026-03-15T09:30:00.123+08:00","brand":"midea","sku":"ac-35",` +
	`"author_id":"u88213","followers":12803,"likes":3,"reposts":1,"comments":2,"region":"广东","text":"刚买三天的空调半夜冒烟，一股刺鼻的焦味，客服让我等三天，太吓人了"}`)

func BenchmarkDecodePost(b *testing.B) {
	b.SetBytes(int64(len(benchPost)))
	b.ReportAllocs()
	for b.Loop() {
		if _, reason, detail := DecodePost(benchPost, recordTime); reason != "" {
			b.Fatal(reason, detail)
		}
	}
}
