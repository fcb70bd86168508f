package analyzer

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"fenghuo/schemas"
)

// Strings of a result outlive the scratch's next use.
func TestStringsStayValid(t *testing.T) {
	s := NewScratch()
	first := slices.Clone(shared().Analyze(&schemas.Post{Text: "海底捞的服务太好了 @united"}, s).Tokens)
	want := strings.Join(first, "|")
	for range 5000 {
		shared().Analyze(&schemas.Post{Text: "完全不同的另外一段话,用来覆盖内存 @somebody"}, s)
	}
	if got := strings.Join(first, "|"); got != want {
		t.Errorf("tokens became %q, were %q", got, want)
	}
}

// Hostile text takes linear time and no answer is out of its range.
func TestHostileText(t *testing.T) {
	s := NewScratch()
	for _, piece := range []string{"", "中", "苹果手机", "小米", "a", "海底捞比小米", "😀", "!", "\u202e", "\xff", "@a", "[怒]", "united flight ", "加微信", "哈"} {
		raw := piece
		if piece != "" {
			raw = strings.Repeat(piece, 1<<20/len(piece))
		}
		check(t, shared().Analyze(&schemas.Post{Text: raw}, s))
	}
}

func FuzzAnalyze(f *testing.F) {
	for _, p := range []string{"海底捞的服务太好了", "小米比特斯拉好,但是苹果手机差", "@united \xff http://", "[怒]\u200b", "united flight"} {
		f.Add(p, "小米", "x")
	}
	s := NewScratch()
	f.Fuzz(func(t *testing.T, raw, brand, sku string) {
		check(t, shared().Analyze(&schemas.Post{Text: raw, Title: sku, Brand: brand, SKU: sku}, s))
	})
}

// check holds for every result.
func check(t *testing.T, r *Result) {
	t.Helper()
	if !(r.Sentiment >= -1 && r.Sentiment <= 1) {
		t.Fatalf("sentiment %v", r.Sentiment)
	}
	if len(r.Keywords) > maxKeywords || !slices.Contains([]schemas.Polarity{schemas.Negative, schemas.Neutral, schemas.Positive}, r.Polarity) {
		t.Fatalf("%d keywords, polarity %q", len(r.Keywords), r.Polarity)
	}
	for _, w := range append(slices.Clone(r.Tokens), r.Keywords...) {
		if w == "" || !utf8.ValidString(w) {
			t.Fatalf("token or keyword %q", w)
		}
	}
	primary := map[string]bool{}
	for _, b := range r.Brands {
		if b.Primary == primary[b.Brand] || !(b.Sentiment >= -1 && b.Sentiment <= 1) || len(b.SKU) > maxSKU {
			t.Fatalf("mentions %+v", r.Brands)
		}
		primary[b.Brand] = true
	}
}
