package complaint

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/model"
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

func loaded(t testing.TB, extra config.Complaints) *Model {
	t.Helper()
	m, err := Load(extra)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func prepared(t testing.TB, s string) *text.Doc {
	t.Helper()
	var d text.Doc
	if err := text.Normalize(&d, s); err != nil {
		t.Fatal(err)
	}
	return &d
}

func counting(scores []schemas.ComplaintScore) []schemas.ComplaintType {
	var out []schemas.ComplaintType
	for _, s := range scores {
		if s.Score >= Threshold {
			out = append(out, s.Type)
		}
	}
	return out
}

// Many weak words of a displeased text make a type sure, and no surer.
func TestScoresAreAtMostOne(t *testing.T) {
	m := loaded(t, config.Complaints{})
	_, scores := m.Score(prepared(t, "有一股刺鼻的塑料感，又粗糙又难闻，毛病多，难用"), -1, nil)
	if len(scores) == 0 || scores[0].Score <= Threshold {
		t.Fatalf("no sure type: %v", scores)
	}
	for _, s := range scores {
		if s.Score > 1 {
			t.Errorf("%s scores %v", s.Type, s.Score)
		}
	}
}

// f scores a text with a given sentiment and wants exactly these types.
func TestScore(t *testing.T) {
	m := loaded(t, config.Complaints{})
	f := func(s string, feeling float32, want ...schemas.ComplaintType) {
		t.Helper()
		is, scores := m.Score(prepared(t, s), feeling, nil)
		got := counting(scores)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || is != (len(want) > 0) {
			t.Errorf("%q: got %v %v, want %v", s, is, scores, want)
		}
	}
	f("充电的时候突然起火了", -0.8, schemas.ProductSafety)
	f("刹车失灵", -0.5, schemas.ProductSafety)
	f("没有漏电、异响", 0.5)                          // the negation holds on through the list
	f("强制搭售保险，这合法吗", -0.8, schemas.Compliance) // asked of nobody
	f("会不会漏电？", -0.2)                          // asked
	f("客服很快解决了，赞", 0.8)                        // solved
	f("防过敏，敏感肌可以用", 0.5)                       // a shield word
	f("某平台被约谈", -0.2, schemas.Compliance)      // a title
	f("快递丢了，找不到", -0.8, schemas.Logistics)     // a pair of words
	f("APP后台偷偷读取通讯录", -0.7, schemas.DataSecurity)
	f("拖欠工资三个月", -0.7, schemas.InternalManagement)
	f("一点划痕都没有，屏幕异响也没有。", 0.5) // denied by what follows
	f("全是划痕没有解释", -0.8, schemas.ProductQuality)
	f("实际跑不到三百，这不是虚假宣传吗", -0.8, schemas.FalseAdvertising) // asks nothing
	f("难道卖假货不违法？", -0.8, schemas.CounterfeitIP)
	f("某酱油否认双标", -0.5, schemas.BrandImage) // who denies was accused
	f("如何看待某平台数据泄露", -0.5, schemas.DataSecurity)
	f("这不是假货，放心买", 0.5)
	f("这是不是假货？", -0.3)
	f("货架上的标价牌换成了899", 0.1) // a price tag is no fault
	f("标价99，结账却要199", -0.5, schemas.FalseAdvertising)
	f("某公司后院起火", -0.3)                                           // a figure of speech
	f("驾照都没有的人开校车，太恶劣了，气得我发抖，学校还装不知道", -0.9, schemas.Compliance) // no type but its subject
	f("没有异响也没有划痕", -0.2)
	f("", 0)
	f("!!!", 0)
}

// A complaint that no strong word names is of the type that it tells of; a
// strong word is not overruled.
func TestTypesOfTales(t *testing.T) {
	m := loaded(t, config.Complaints{})
	f := func(s string, want ...schemas.ComplaintType) {
		t.Helper()
		d := prepared(t, s)
		ev := (&scanner{}).scan(m.lex, d.Runes)
		if m.decide(d, ev, -1); !ev.clear {
			m.infer(d, ev)
		}
		if got := counting(m.appendTypes(nil, ev, true)); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
	f("骑手把餐放在楼下就走了，下来一看早没影了", schemas.Logistics)
	f("刚进公司半年，组长让我们周六周日都得来，一分钱没多给", schemas.InternalManagement)
	f("The courier left my parcel in the rain and drove off", schemas.Logistics)
	f("店里卖假货", schemas.CounterfeitIP) // a strong word
	f("再也不想看到它")                      // tells nothing
}

func TestScoresAreSorted(t *testing.T) {
	m := loaded(t, config.Complaints{})
	kept := schemas.ComplaintScore{Type: "kept", Score: 0}
	_, scores := m.Score(prepared(t, "假货！充电起火，客服不理人，快递还丢了"), -0.9, []schemas.ComplaintScore{kept})
	if len(scores) < 4 || scores[0] != kept {
		t.Fatalf("got %v, want what dst held and at least 3 types", scores)
	}
	for i := 2; i < len(scores); i++ {
		if scores[i].Score > scores[i-1].Score {
			t.Errorf("%v is not sorted", scores)
		}
	}
}

func TestConfigExtendsTypes(t *testing.T) {
	m := loaded(t, config.Complaints{Types: []config.ComplaintTypeConfig{
		{ID: "animal_welfare", Words: []string{"虐待动物", "Animal Cruelty"}},
		{ID: schemas.ProductQuality, Words: []string{"呲花"}},
	}})
	for s, want := range map[string]schemas.ComplaintType{
		"工厂被拍到虐待动物": "animal_welfare", "this is animal cruelty, shame": "animal_welfare", "屏幕呲花": schemas.ProductQuality,
	} {
		if _, scores := m.Score(prepared(t, s), -0.8, nil); !slices.Contains(counting(scores), want) {
			t.Errorf("%q: got %v, want %s", s, scores, want)
		}
	}
}

func TestConfigRefused(t *testing.T) {
	if _, err := Load(config.Complaints{Types: []config.ComplaintTypeConfig{{Words: []string{"x"}}}}); err == nil {
		t.Error("a type without id was accepted")
	}
	var many config.Complaints
	for i := range maxTypes {
		many.Types = append(many.Types, config.ComplaintTypeConfig{ID: schemas.ComplaintType(strings.Repeat("x", i+1))})
	}
	if _, err := Load(many); err == nil {
		t.Error("more types than fit were accepted")
	}
}

func TestFileRoundTrip(t *testing.T) {
	var b bytes.Buffer
	if _, err := loaded(t, config.Complaints{}).fitted.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), model.Complaint) {
		t.Fatalf("writing what was read gives %d other bytes than the %d read", b.Len(), len(model.Complaint))
	}
	if _, err := decodeFitted(model.Sentiment); !errors.Is(err, model.ErrKind) {
		t.Errorf("a sentiment model: got %v, want %v", err, model.ErrKind)
	}
}

func TestScoreDoesNotAllocate(t *testing.T) {
	m := loaded(t, config.Complaints{})
	dst := make([]schemas.ComplaintScore, 0, 16)
	for _, s := range []string{"客服态度太差了，等了三天没人理，包裹也丢了", "my bag is lost and nobody helps"} {
		d := prepared(t, s)
		if n := testing.AllocsPerRun(100, func() { m.Score(d, -0.8, dst[:0]) }); n != 0 {
			t.Errorf("%q: %v allocations", s, n)
		}
	}
}

// Odd input gives scores in range, none that counts without a complaint, and
// no panic.
func FuzzScore(f *testing.F) {
	for _, s := range []string{"", "没有没有没有起火", "、、、", "？？", strings.Repeat("假货", 3000), "\xff", "no no no fire", "防防防"} {
		f.Add(s, float32(-0.5))
	}
	m := loaded(f, config.Complaints{})
	f.Fuzz(func(t *testing.T, s string, feeling float32) {
		if !(feeling >= -1 && feeling <= 1) {
			t.Skip()
		}
		is, scores := m.Score(prepared(t, s), feeling, nil)
		for _, c := range scores {
			if !(c.Score > 0 && c.Score <= 1) || !is && c.Score >= Threshold {
				t.Fatalf("%q: complaint %v, %v", s, is, scores)
			}
		}
	})
}

func BenchmarkScore(b *testing.B) {
	m := loaded(b, config.Complaints{})
	base := "客服态度太差了，等了三天没人理，退款也不给退，包装破损严重，东西用了两天就坏了，再也不会来买了，大家千万别上当"
	dst := make([]schemas.ComplaintScore, 0, 16)
	for name, n := range map[string]int{"60runes": 60, "200runes": 200} {
		d := prepared(b, string([]rune(strings.Repeat(base, 4))[:n]))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Score(d, -0.8, dst[:0])
			}
		})
	}
}
