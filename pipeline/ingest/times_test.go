package ingest

import (
	"testing"
	"time"

	"fenghuo/schemas"
)

// Times as files have them are one moment, however they are written.
func TestTimesOfFiles(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	half := time.Date(2026, 1, 3, 1, 30, 0, 0, time.UTC) // 9:30 in Shanghai
	day := time.Date(2026, 1, 2, 16, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		in   string
		zone *time.Location
		want time.Time
	}{
		{"2026-01-03T09:30:00", shanghai, half},
		{"2026-01-03 09:30:00", shanghai, half},
		{"2026-01-03 09:30:00.25", shanghai, half.Add(250 * time.Millisecond)},
		{" 2026-01-03 09:30 ", shanghai, half},
		{"2026/1/3 9:30", shanghai, half},
		{"2026/01/03 09:30:00", shanghai, half},
		{"2026年1月3日 9:30", shanghai, half},
		{"2026年01月03日 09时30分", shanghai, half},
		{"2026年01月03日 09时30分00秒", shanghai, half},
		{"2026-01-03", shanghai, day},
		{"2026/1/3", shanghai, day},
		{"2026年1月3日", shanghai, day},
		{"2026-01-03 09:30:00", time.UTC, half.Add(8 * time.Hour)},
		{"2026-01-03", time.UTC, day.Add(8 * time.Hour)},
		// A zone that is named holds.
		{"2026-01-03T01:30:00Z", shanghai, half},
		{"2026-01-03 09:30:00+08:00", time.UTC, half},
		{"2026-01-02T20:30:00-05:00", shanghai, half},
		{"Sat Jan 03 09:30:00 +0800 2026", time.UTC, half},
		{"Sat, 03 Jan 2026 09:30:00 +0800", time.UTC, half},
		{"2026-01-03 09:30:00 +0800", time.UTC, half},
		{"2026-01-03 01:30:00.000 +0000", shanghai, half},
		{"2026-01-03T09:30:00+0800", shanghai, half},
		{"1767403800", shanghai, half},
		{"1767403800000", shanghai, half},
	} {
		for _, parse := range []func(string) (time.Time, bool){schemas.ParseTime, schemas.ParseTimestamp} {
			at, rewritten, ok := readTime(quoted(c.in), c.zone, parse)
			if !ok || !at.Equal(c.want) {
				t.Errorf("%q in %s: %v %t, want %v", c.in, c.zone, at, ok, c.want)
			}
			// What is sent on is read as the same moment by those who know no zone.
			sent := c.in
			if rewritten != nil {
				sent = plain(rewritten)
			} else if c.in[0] == ' ' {
				sent = sent[1 : len(sent)-1]
			}
			if at, ok := parse(sent); !ok || !at.Equal(c.want) {
				t.Errorf("%q in %s is sent as %q", c.in, c.zone, sent)
			}
		}
	}
	for _, in := range []string{"", "yesterday", "2026-13-01", "2026-01-32 10:00", "3000-01", "09:30", "01/03/2026", "2026-01-03 25:00"} {
		if at, _, ok := readTime(quoted(in), shanghai, schemas.ParseTime); ok {
			t.Errorf("%q: %v", in, at)
		}
	}
}

// A row whose time was rewritten is a post of that time.
func TestRowsInAZone(t *testing.T) {
	shanghai := time.FixedZone("CST", 8*3600)
	b := newBuilder(Mapping{"published_at": {Column: "时间"}, "text": {Column: "内容"}}, "a.csv", shanghai)
	row := b.fromTable(b.targets([]string{"时间", "内容"}), []string{"2026/1/3 9:30", "空调冒烟"}, nil)
	post, reason, detail := schemas.DecodePost(row.Value, time.Time{})
	want := time.Date(2026, 1, 3, 1, 30, 0, 0, time.UTC)
	if reason != "" || !post.PublishedAt.Equal(want) || !row.At.Equal(want) {
		t.Errorf("%s at %v: %v %s %s", row.Value, row.At, post.PublishedAt, reason, detail)
	}
}
