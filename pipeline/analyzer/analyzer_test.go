package analyzer

import (
	"maps"
	"slices"
	"sync"
	"testing"

	"fenghuo/pipeline/config"
	"fenghuo/schemas"
)

var brands = []config.Brand{
	{ID: "haidilao", Name: "海底捞", Aliases: []string{"海底捞火锅", "Haidilao"}},
	{ID: "apple", Name: "苹果", Aliases: []string{"Apple", "iPhone"}, Context: []string{"手机", "ios"}, Exclude: []string{"水果", "苹果醋"},
		SKUs: []config.SKU{{ID: "iphone15", Name: "iPhone 15", Aliases: []string{"iPhone15", "苹果15"}}}},
	{ID: "xiaomi", Name: "小米", Exclude: []string{"小米粥"}, SKUs: []config.SKU{{ID: "mi14", Name: "小米14"}, {ID: "su7", Name: "SU7", Aliases: []string{"小米汽车"}}}},
	{ID: "hm", Name: "H&M"},
	{ID: "united", Name: "United Airlines", Aliases: []string{"United"}, Context: []string{"flight", "flights", "plane"}},
	{ID: "usairways", Name: "US Airways"},
	{ID: "tesla", Name: "特斯拉", Aliases: []string{"Tesla"}},
}

var shared = sync.OnceValue(func() *Analyzer {
	a, err := New(Options{Brands: brands})
	if err != nil {
		panic(err)
	}
	return a
})

func TestBrands(t *testing.T) {
	s := NewScratch()
	f := func(p schemas.Post, want ...string) {
		t.Helper()
		r := shared().Analyze(&p, s)
		var got []string
		primary := map[string]int{}
		for _, b := range r.Brands {
			got = append(got, b.Brand+"/"+b.SKU)
			if b.Primary {
				primary[b.Brand]++
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: brands %q, want %q", p, got, want)
		}
		for _, b := range r.Brands {
			if primary[b.Brand] != 1 {
				t.Errorf("%+v: %d primary mentions of %s", p, primary[b.Brand], b.Brand)
			}
		}
	}
	text := func(s string) schemas.Post { return schemas.Post{Text: s} }
	// plain and normalised names
	f(text("海底捞的服务太好了"), "haidilao/")
	f(text("ＨＡＩＤＩＬＡＯ 的服务"), "haidilao/")
	f(text("海底撈的服務"), "haidilao/")
	f(text("我爱H&amp;M和h&m"), "hm/")
	f(text("今天天气不错"))
	f(text(""))
	// Latin word boundaries
	f(text("reunited with my bag on the plane"))
	f(text("united flight delayed"), "united/")
	f(text("UNITED's plane"), "united/")
	f(text("us airways lost my bag"), "usairways/")
	f(text("teslaquila is no car"))
	// handles and topics
	f(text("@united thanks for nothing"), "united/")
	f(text("@USAirways why"), "usairways/")
	f(text("@海底捞火锅 好难吃"), "haidilao/")
	f(text("@unitedkingdom hello"))
	f(text("#特斯拉刹车失灵#"), "tesla/")
	// ambiguous names
	f(text("united we stand"))
	f(text("苹果手机坏了"), "apple/")
	f(text("红富士苹果很甜"))
	f(text("苹果是水果,这个手机拍的"), "apple/") // a word for it counts over one against it
	f(text("iPhone坏了,苹果不管"), "apple/")
	f(text("早上喝小米粥"))
	f(text("小米的服务差"), "xiaomi/")
	// SKUs by alias
	f(text("小米14发热"), "xiaomi/mi14")
	f(text("iphone 15发热,小米汽车刹车失灵"), "apple/iphone15", "xiaomi/su7")
	f(text("小米14和SU7都好,小米真棒"), "xiaomi/mi14", "xiaomi/su7")
	// fields win over the text
	f(schemas.Post{Text: "比小米好", Brand: "APPLE"}, "apple/")
	f(schemas.Post{Text: "好", Brand: "苹果", SKU: "iphone 15"}, "apple/iphone15")
	f(schemas.Post{Text: "好", Brand: "苹果", SKU: " 未知型号 "}, "apple/未知型号")
	f(schemas.Post{Text: "小米14发热", Brand: "xiaomi"}, "xiaomi/mi14")
	f(schemas.Post{Text: "好", Brand: "nobody"})
	f(schemas.Post{Text: "海底捞好", Brand: "nobody"}, "haidilao/")
	f(schemas.Post{Text: "好", SKU: "SU7"}, "xiaomi/su7")
	// title and text together
	f(schemas.Post{Title: "海底捞", Text: "小米14好"}, "haidilao/", "xiaomi/mi14")
}

// Each brand of a comparison gets what is said of it.
func TestBrandsAreRatedApart(t *testing.T) {
	s := NewScratch()
	f := func(raw string, want map[string]schemas.Polarity) {
		t.Helper()
		r := shared().Analyze(&schemas.Post{Text: raw}, s)
		got := map[string]schemas.Polarity{}
		for _, b := range r.Brands {
			got[b.Brand] = b.Polarity
			if b.Polarity == schemas.Positive && b.Complaint {
				t.Errorf("%q: %s is praised and complained of", raw, b.Brand)
			}
			if (b.Sentiment < 0 && b.Polarity == schemas.Positive) || (b.Sentiment > 0 && b.Polarity == schemas.Negative) {
				t.Errorf("%q: %s has %v and %s", raw, b.Brand, b.Sentiment, b.Polarity)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%q: %v, want %v", raw, got, want)
		}
	}
	const pos, neg = schemas.Positive, schemas.Negative
	f("小米比特斯拉好用多了", map[string]schemas.Polarity{"xiaomi": pos, "tesla": neg})
	f("小米汽车不如特斯拉,太差了", map[string]schemas.Polarity{"xiaomi": neg, "tesla": pos})
	f("比起特斯拉,小米真的太好用了", map[string]schemas.Polarity{"xiaomi": pos, "tesla": neg})
	f("海底捞的服务太好了,特斯拉的服务太差了", map[string]schemas.Polarity{"haidilao": pos, "tesla": neg})
	f("海底捞的服务太差了,等了三个小时,很失望,但是特斯拉的服务非常好,很满意", map[string]schemas.Polarity{"haidilao": neg, "tesla": pos})
	f("海底捞和特斯拉的服务都太差了", map[string]schemas.Polarity{"haidilao": neg, "tesla": neg})
	f("tesla is so much better than us airways, love it", map[string]schemas.Polarity{"tesla": pos, "usairways": neg})
	f("tesla is terrible but us airways was great", map[string]schemas.Polarity{"tesla": neg, "usairways": pos})
	f("海底捞的服务太差了", map[string]schemas.Polarity{"haidilao": neg})
	f("我没有特斯拉,太差了", map[string]schemas.Polarity{"tesla": neg}) // 没有 compares only after a subject
}
