package ingest

import (
	"testing"
	"time"

	"fenghuo/schemas"
)

// Counts as spreadsheets and platforms write them are numbers; what is no count
// stays as it is, for the reason that it gives.
func TestCountsOfFiles(t *testing.T) {
	for in, want := range map[string]int64{
		"1200": 1200, "1,200": 1200, "12,345,678": 12345678, "3.4万": 34000, "3.4万+": 34000, "1.2亿": 120_000_000, "5w": 50000, "12K": 12000,
		"1200.0": 1200, " 7 ": 7, "100+": 100, "-": 0, `\N`: 0, "NaN": 0, "NULL": 0, "": 0,
	} {
		b := newBuilder(Mapping{}, "f", time.UTC)
		columns := []string{"text", "published_at", "followers", "comments", "rating"}
		row := b.fromTable(b.targets(columns), []string{"坏了", "1647345600", in, in, "NULL"}, []byte("row"))
		p, reason, detail := schemas.DecodePost(row.Value, time.Time{})
		if reason != "" || p.Followers != want || p.Comments != want || p.Rating != 0 {
			t.Errorf("%q: %s %s, %d followers, %d comments, rating %v; want %d", in, reason, detail, p.Followers, p.Comments, p.Rating, want)
		}
	}
	for _, in := range []string{"many", "1,2", "1,20,3", "-5", "1.2.3", "万", "1e400", "99999999999999亿", ","} {
		b := newBuilder(Mapping{}, "f", time.UTC)
		row := b.fromTable(b.targets([]string{"text", "published_at", "likes"}), []string{"坏了", "1647345600", in}, []byte("row"))
		if p, reason, _ := schemas.DecodePost(row.Value, time.Time{}); reason != schemas.ReasonSchema {
			t.Errorf("%q: reason %q, %d likes", in, reason, p.Likes)
		}
	}
}

// Values of a business series may have fractions; one that is not known is set
// aside rather than taken for none.
func TestValuesOfFiles(t *testing.T) {
	m, err := ParseSeriesMapping("orders", nil)
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]float64{"1,749": 1749, "1,234.5": 1234.5, "2.5万": 25000, "0": 0, "0.25": 0.25} {
		b := newBuilder(m, "f", time.UTC)
		row := b.fromTable(b.targets([]string{"brand", "timestamp", "value"}), []string{"acme", "1647345600", in}, []byte("row"))
		if v, reason, detail := schemas.DecodeValue(row.Value, time.Time{}); reason != "" || v.Value != want {
			t.Errorf("%q: %s %s, %v; want %v", in, reason, detail, v.Value, want)
		}
	}
	for _, in := range []string{"-5", "abc", "NULL", "1,2", ""} {
		b := newBuilder(m, "f", time.UTC)
		row := b.fromTable(b.targets([]string{"brand", "timestamp", "value"}), []string{"acme", "1647345600", in}, []byte("row"))
		if v, reason, _ := schemas.DecodeValue(row.Value, time.Time{}); reason != schemas.ReasonSchema {
			t.Errorf("%q: reason %q, %v", in, reason, v)
		}
	}
}
