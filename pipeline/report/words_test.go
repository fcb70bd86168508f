package report

import (
	"testing"
	"time"
)

// A keyword counts the posts that say it, not only those of which it is one of
// the few keywords; a phrase about it has no row of its own; and it arrives with
// the first of three posts within a day, though they be a night apart.
func TestKeywordsCountThePostsThatSayThem(t *testing.T) {
	db, c := told(t)
	crisis := start.Add(10*24*time.Hour + 12*time.Hour)
	posts, err := db.PrepareBatch(t.Context(), `INSERT INTO mentions (run, brand, primary, channel, post_id, published_at, ingested_at, text, tokens, keywords,
		polarity, complaint, complaints)`)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range []struct {
		after    time.Duration
		tokens   []string
		keywords []string
	}{
		{time.Minute, []string{"回应", "小", "作文"}, []string{"作文"}},
		{time.Hour, []string{"小", "作文", "事件"}, []string{"作文事件"}}, // says 作文, too
		{20 * time.Hour, []string{"写", "小", "作文"}, []string{"作文"}},
		{21 * time.Hour, []string{"小", "作文", "事件"}, []string{"作文事件"}},
		{22 * time.Hour, []string{"小", "作文"}, []string{"作文"}},
		{23 * time.Hour, []string{"工作", "文件"}, nil}, // does not say 作文
	} {
		at := crisis.Add(p.after)
		if err := posts.Append("made", "acme", true, "weibo", string(rune('a'+i)), at, at, "text", p.tokens, p.keywords, "negative", true,
			map[string]float32{"product_safety": .9}); err != nil {
			t.Fatal(err)
		}
	}
	if err := posts.Send(); err != nil {
		t.Fatal(err)
	}
	found := map[string]Arrival{}
	for _, k := range build(t, db, c, days(8, 14)).Keywords {
		found[k.Name] = k
	}
	if k := found["作文"]; k.Count != 5 || k.Few || !k.At.Equal(crisis.Add(time.Minute)) || k.Label != "小作文" {
		t.Errorf("作文 is %+v; want 小作文 in 5 posts from %s on", k, crisis.Add(time.Minute))
	}
	if k, ok := found["作文事件"]; ok {
		t.Errorf("the phrase has a row of its own: %+v", k)
	}
}

// What came in the hour of the first sign, but before it, is no arrival.
func TestNothingArrivesBeforeTheFirstSign(t *testing.T) {
	db, c := told(t)
	crisis := start.Add(10*24*time.Hour + 12*time.Hour)
	err := db.Exec(t.Context(), `INSERT INTO mentions (run, brand, primary, channel, post_id, published_at, ingested_at, text, complaint, complaints)
		SELECT 'made', 'acme', true, 'forum', concat('late', toString(number)), toDateTime64(?, 3, 'UTC') + INTERVAL number SECOND AS at, at, 'late', true,
			map('logistics', .9) FROM numbers(3)`, crisis.UTC().Add(30*time.Minute).Format(time.DateTime))
	if err != nil {
		t.Fatal(err)
	}
	b := &builder{Report: &Report{FirstSign: FirstSign{At: crisis.Add(time.Hour / 2).Add(time.Second)}, Series: Series{StepHours: 1}}}
	r := build(t, db, c, days(8, 14))
	b.scope, b.hours, b.usual = scope{db: db, run: "made", brand: "acme", from: r.From, to: r.To}, r.hours, usual{}
	list, err := b.arrive(t.Context(), together, "arrayJoin(mapKeys(complaints))", "primary")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.At.Before(b.FirstSign.At) {
			t.Errorf("%s arrived at %s, the first sign was at %s", a.Name, a.At, b.FirstSign.At)
		}
	}
	if len(list) != 2 {
		t.Errorf("%d types arrived, want 2: %+v", len(list), list)
	}
}
