package analyzer

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/sentiment"
	"fenghuo/pipeline/text"
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
	say := func(s string) schemas.Post { return schemas.Post{Text: s} }
	// plain and normalised names
	f(say("海底捞的服务太好了"), "haidilao/")
	f(say("ＨＡＩＤＩＬＡＯ 的服务"), "haidilao/")
	f(say("海底撈的服務"), "haidilao/")
	f(say("我爱H&amp;M和h&m"), "hm/")
	f(say("今天天气不错"))
	f(say(""))
	// Latin word boundaries
	f(say("reunited with my bag on the plane"))
	f(say("united flight delayed"), "united/")
	f(say("UNITED's plane"), "united/")
	f(say("us airways lost my bag"), "usairways/")
	f(say("teslaquila is no car"))
	f(say("#BoycottTesla, TeslaModel3 recall"), "tesla/") // a capital begins a word
	f(say("BOYCOTTESLAS tesLaq"))
	// handles and topics
	f(say("@united thanks for nothing"), "united/")
	f(say("@USAirways why"), "usairways/")
	f(say("@海底捞火锅 好难吃"), "haidilao/")
	f(say("@unitedkingdom hello"))
	f(say("#特斯拉刹车失灵#"), "tesla/")
	// ambiguous names
	f(say("united we stand"))
	f(say("苹果手机坏了"), "apple/")
	f(say("红富士苹果很甜"))
	f(say("苹果是水果,这个手机拍的"), "apple/") // a word for it counts over one against it
	f(say("iPhone坏了,苹果不管"), "apple/")
	f(say("早上喝小米粥"))
	f(say("小米的服务差"), "xiaomi/")
	// SKUs by alias
	f(say("小米14发热"), "xiaomi/mi14")
	f(say("iphone 15发热,小米汽车刹车失灵"), "apple/iphone15", "xiaomi/su7")
	f(say("小米14和SU7都好,小米真棒"), "xiaomi/mi14", "xiaomi/su7")
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

// byLexicon scores spans by the lexicon: what the rating of clauses is tested
// with, since a fitted model may read a short clause its own way.
type byLexicon struct{ *sentiment.Lexicon }

func (byLexicon) Explain(*text.Doc, [2]int32, float32) []text.Contribution { return nil }

// Each brand of a comparison gets what is said of it.
func TestBrandsAreRatedApart(t *testing.T) {
	s := NewScratch()
	lexicon, err := sentiment.NewLexicon()
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAnalyzer(Options{Brands: brands}, byLexicon{lexicon}, shared().complaint)
	if err != nil {
		t.Fatal(err)
	}
	f := func(raw string, want map[string]schemas.Polarity) {
		t.Helper()
		r := a.Analyze(&schemas.Post{Text: raw}, s)
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
	f("从特斯拉换到小米真的太好用了", map[string]schemas.Polarity{"xiaomi": pos, "tesla": neg})
	f("跟特斯拉比,小米真的太好用了", map[string]schemas.Polarity{"xiaomi": pos, "tesla": neg})
	f("switched from tesla to us airways and love it", map[string]schemas.Polarity{"tesla": neg, "usairways": pos})
	f("我没有特斯拉,太差了", map[string]schemas.Polarity{"tesla": neg}) // 没有 compares only after a subject
}

// A text that is only a name says nothing of it, whatever the name sounds like.
func TestANameIsNoOpinion(t *testing.T) {
	a, err := New(Options{Brands: []config.Brand{{ID: "chicken", Name: "老乡鸡"}, {ID: "foxconn", Name: "富士康"}, {ID: "trash", Name: "垃圾佬"}}})
	if err != nil {
		t.Fatal(err)
	}
	s := NewScratch()
	for _, x := range []struct {
		post    schemas.Post
		neutral bool
	}{
		{schemas.Post{Text: "老乡鸡"}, true},
		{schemas.Post{Text: "富士康"}, true},
		{schemas.Post{Text: "#富士康# 垃圾佬 2023"}, true},
		{schemas.Post{Text: "富士康太差劲了，再也不来"}, false},
		{schemas.Post{Text: "老乡鸡😡😡"}, false},
		{schemas.Post{Text: "富士康", Rating: 1}, false},
	} {
		r := a.Analyze(&x.post, s)
		if neutral := r.Polarity == schemas.Neutral && r.Sentiment == 0 && !r.Complaint && r.Brands[0].Polarity == schemas.Neutral; neutral != x.neutral {
			t.Errorf("%+v: %s %v, complaint %v, want nothing said: %v", x.post, r.Polarity, r.Sentiment, r.Complaint, x.neutral)
		}
	}
}

func TestHomonyms(t *testing.T) {
	a, err := New(Options{Brands: []config.Brand{
		{ID: "apple", Name: "苹果"}, {ID: "xiaomi", Name: "小米"}, {ID: "uni", Name: "统一"}, {ID: "haitian", Name: "海天"},
		{ID: "mini", Name: "MINI"}, {ID: "target", Name: "Target"}, {ID: "midea", Name: "美的"}, {ID: "hyundai", Name: "现代"}, {ID: "nezha", Name: "哪吒"}, {ID: "telecom", Name: "电信"}, {ID: "leap", Name: "零跑"},
		{ID: "huawei", Name: "华为"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := NewScratch()
	f := func(raw, want string) {
		t.Helper()
		got := ""
		for _, b := range a.Analyze(&schemas.Post{Text: raw}, s).Brands {
			got += b.Brand
		}
		if got != want {
			t.Errorf("%q is about %q, want %q", raw, got, want)
		}
	}
	f("苹果手机又降价了", "apple")
	f("今天买的苹果很甜,红富士", "")
	f("苹果发布会什么时候", "apple")
	f("小米的服务差", "xiaomi") // mostly the brand
	f("早上喝了小米粥", "")
	f("统一老坛酸菜面有异物", "uni")
	f("全党要统一思想", "")
	f("实现祖国统一", "")
	f("海天酱油有添加剂", "haitian")
	f("海天一色的美景", "")
	f("MINI Cooper刹车异响", "mini")
	f("a mini golf course", "")
	f("I hate Target", "target") // its capital
	f("the Target cashier was rude", "target")
	f("our target audience is young", "")
	f("这风景真是很美的", "")
	f("完美的一天", "")
	f("美的空调漏水", "midea")
	f("现代社会压力大", "")
	f("北京现代召回汽车", "hyundai")
	f("杨紫辨认红孩儿和哪吒", "") // a name that normalisation writes otherwise
	f("哪吒汽车降价", "nezha")
	f("广东电信断网", "telecom") // one word of the dictionary
	f("零跑车主维权", "leap")    // cut as 零|跑车|主
	f("早知道买华为了", "huawei") // cut as 华|为了
}

// A rival named beside an ambiguous name tells that the brand is meant.
func TestRivalsSupportEachOther(t *testing.T) {
	a, err := New(Options{Brands: []config.Brand{
		{ID: "fengchi", Name: "风驰", Context: []string{"空调"}, Category: "家电"},
		{ID: "yunji", Name: "云集", Context: []string{"冰箱"}, Category: "家电"},
		{ID: "haitian", Name: "海天", Category: "调味"}, {ID: "lkk", Name: "李锦记", Category: "调味"},
		{ID: "plain", Name: "云集生活馆"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := NewScratch()
	for raw, want := range map[string]string{
		"风驰比云集好用":       "",               // neither is sure
		"风驰比云集好用，空调很静":  "fengchi yunji ", // one is, so both are
		"冰箱坏了，风驰比云集好用":  "yunji fengchi ", // in the other order
		"海天和李锦记哪个好":     "lkk haitian ",
		"云集生活馆旁边一阵风驰电掣": "plain ", // no category, no rival
		"李锦记门口看海天一色的美景": "lkk ",   // the other sense covers the name
	} {
		got := ""
		for _, b := range a.Analyze(&schemas.Post{Text: raw}, s).Brands {
			got += b.Brand + " "
		}
		if got != want {
			t.Errorf("%q is about %q, want %q", raw, got, want)
		}
	}
}

func TestKeywords(t *testing.T) {
	s := NewScratch()
	has := func(raw string, want ...string) {
		t.Helper()
		got := shared().Analyze(&schemas.Post{Text: raw}, s).Keywords
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("keywords of %q are %q, without %q", raw, got, w)
			}
		}
		if len(got) > maxKeywords {
			t.Errorf("%q has %d keywords", raw, len(got))
		}
	}
	hasNot := func(raw string, not ...string) {
		t.Helper()
		for _, w := range shared().Analyze(&schemas.Post{Text: raw}, s).Keywords {
			if slices.Contains(not, w) {
				t.Errorf("%q is a keyword of %q", w, raw)
			}
		}
	}
	has("这家的酸菜面用的是土坑酸菜", "土坑酸菜")                // neighbours stay together
	has("特斯拉刹车失灵了", "刹车失灵")                     // the brand does not join
	has("my luggage was lost again", "luggage") // Latin words
	has("这台电视的卡拉胶和增稠剂超标,增稠剂太多", "增稠剂")
	hasNot("特斯拉的刹车", "特斯拉", "的")             // no brand, no stop word
	hasNot("this is the one", "this", "the") // in English neither
	hasNot("2023年12月31日 123456", "123456")   // no numbers
	hasNot("好！！！http://t.cn/a @某某 [怒]", "[怒]", "@某某")
}

func TestSpam(t *testing.T) {
	s := NewScratch()
	f := func(p schemas.Post, want bool) {
		t.Helper()
		if got := shared().Analyze(&p, s).Spam; got != want {
			t.Errorf("%q: spam is %v", p.Text, got)
		}
	}
	f(schemas.Post{Text: "限时抢购!点击链接领取优惠券,加微信送好礼 http://t.cn/abc"}, true)
	f(schemas.Post{Text: "Enter to win a free gift card! Retweet to win #giveaway http://t.co/x"}, true)
	f(schemas.Post{Text: "此用户未填写评价内容"}, true)
	f(schemas.Post{Text: "很好很好很好很好很好很好很好", Kind: "review"}, true)
	f(schemas.Post{Text: "加油加油加油加油加油加油加油"}, false)          // a chant
	f(schemas.Post{Text: "客服让我加微信退款,结果被骗了三千块,太气人了"}, false) // a complaint
	f(schemas.Post{Text: "今天和朋友去吃了火锅,味道不错"}, false)
}

// racing is set under the race detector.
var racing bool

// Nothing in a text grows the number of allocations once the scratch is warm.
func TestAnalyzeDoesNotAllocate(t *testing.T) {
	if racing {
		t.Skip("under the race detector sync.Pool forgets at random; make test counts")
	}
	s := NewScratch()
	for _, n := range []int{1, 20} {
		p := schemas.Post{Text: strings.Repeat("海底捞的服务太好了,小米14不如苹果手机!@united http://t.cn/x [怒] 刹车失灵 ", n), Brand: "nobody"}
		shared().Analyze(&p, s)
		if got := testing.AllocsPerRun(200, func() { shared().Analyze(&p, s) }); got > 1 {
			t.Errorf("%v allocations for a text of %d bytes", got, len(p.Text))
		}
	}
}

// Posts analysed while the brands change see the old or the new ones.
func TestSetBrandsWhileAnalysing(t *testing.T) {
	a, err := New(Options{Brands: []config.Brand{{ID: "old", Name: "旧名牌子"}}})
	if err != nil {
		t.Fatal(err)
	}
	var g sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		g.Go(func() {
			s := NewScratch()
			for {
				select {
				case <-stop:
					return
				default:
				}
				r := a.Analyze(&schemas.Post{Text: "旧名牌子和新名牌子都不错"}, s)
				if len(r.Brands) != 1 || (r.Brands[0].Brand != "old" && r.Brands[0].Brand != "new") {
					t.Errorf("brands %+v during the change", r.Brands)
					return
				}
			}
		})
	}
	if err := a.SetBrands([]config.Brand{{ID: "new", Name: "新名牌子"}}); err != nil {
		t.Error(err)
	}
	close(stop)
	g.Wait()
	if r := a.Analyze(&schemas.Post{Text: "旧名牌子和新名牌子都不错"}, NewScratch()); len(r.Brands) != 1 || r.Brands[0].Brand != "new" {
		t.Errorf("brands %+v after the change", r.Brands)
	}
}

// The same post has the same answer, whatever the scratch saw before.
func TestAnswersDoNotDependOnThePast(t *testing.T) {
	used := NewScratch()
	posts := []string{"海底捞的服务太好了", "小米比特斯拉好用多了,苹果手机也好", "@united lost my bag http://a.b", "[怒]好", "", "蔚来汽车高速自燃"}
	for round := range 3 {
		for _, p := range posts {
			a, b := *shared().Analyze(&schemas.Post{Text: p}, used), *shared().Analyze(&schemas.Post{Text: p}, NewScratch())
			if d := gocmp.Diff(a, b, cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("round %d, %q: %s", round, p, d)
			}
		}
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	if _, err := New(Options{SKUs: "some"}); err == nil {
		t.Error("skus: some was accepted")
	}
}

func TestClosedSKUs(t *testing.T) {
	a, err := New(Options{Brands: brands, SKUs: "closed"})
	if err != nil {
		t.Fatal(err)
	}
	r := a.Analyze(&schemas.Post{Text: "好", Brand: "xiaomi", SKU: "未知型号"}, NewScratch())
	if len(r.Brands) != 1 || r.Brands[0].SKU != "" {
		t.Errorf("brands %+v, want xiaomi without a SKU", r.Brands)
	}
}
