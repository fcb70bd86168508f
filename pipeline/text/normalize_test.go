package text

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// show prints placeholders readably.
var show = strings.NewReplacer(string(RuneURL), "<url>", string(RuneMention), "<at>", string(RuneEmoticonOpen), "<[>", string(RuneEmoticonClose), "<]>")

func TestNormalize(t *testing.T) {
	f := func(raw, want string) {
		t.Helper()
		var d Doc
		if err := Normalize(&d, raw); err != nil {
			t.Fatal(err)
		}
		if got := show.Replace(string(d.Runes)); got != want {
			t.Errorf("Normalize(%q) = %q, want %q", raw, got, want)
		}
		invariants(t, &d, raw)
	}
	// width and case
	f("ＡＢＣ１２３！？", "abc123!?")
	f("iPhone 15 PRO", "iphone 15 pro")
	f("全角　空格", "全角 空格")
	f("㎡①²", "m212")
	// traditional to simplified
	f("這個手機壞了,客服態度很差", "这个手机坏了,客服态度很差")
	// URLs
	f("看http://t.cn/AbC123看", "看<url>看")
	f("(see https://a.b/c?d=e&f#g).", "(see <url>).")
	f("WWW.example.com!", "<url>!")
	f("awww.x", "awww.x")
	f("http", "http")
	// mentions
	f("@united thanks", "<at> thanks")
	f("@海底捞火锅 好吃", "<at> 好吃")
	f("@united你好，吗", "<at>你好,吗")
	f("//@张三:转发//@李四:好", "//<at>:转发//<at>:好")
	f("a@b.com", "a@b.com")
	f("@ 我", "@ 我")
	f("@这家店的菜太难吃了我再也不会来了真的。", "@这家店的菜太难吃了我再也不会来了真的。")
	f("@a@b@c@d@e", "<at><at><at><at><at>")
	// emoticons and topics
	f("[怒][允悲] [doge]", "<[>怒<]><[>允悲<]> <[>doge<]>")
	f("[2023] [a b] [] [这一段文字太长了]", "[2023] [a b] [] [这一段文字太长了]")
	f("#特斯拉刹车失灵#", "#特斯拉刹车失灵#")
	// repeats: three stay, digits all stay, white space is one
	f("哈哈哈哈哈哈！！！！！！", "哈哈哈!!!")
	f("10000000", "10000000")
	f("a \t\r\n  b \n", "a b")
	f("\uFEFF 文", "文")
	// what is not seen goes
	f("差\u200b评\u202e!\u2066\u00ad", "差评!")
	f("\x00\x01好\x7f", "好")
	f("\uE000\uE001\uF8FF坏", "坏") // placeholders cannot be forged
	f("❤️👨\u200d👩", "❤👨👩")
	// entities, quotes, accents
	f("H&amp;M &lt;3 don’t", "h&m <3 don't")

	// HTML tags
	f("坏了<br/>客服<BR>不理<p>人</p>", "坏了 客服 不理 人")
	f(`看<a href="https://weibo.com/n/x" target=_blank>@某某</a>说<span class="url-icon"><b>好</b></span>`, "看<at>说好")
	f(`气人<img alt=[怒] src="https://h5.sinaimg.cn/nu.png" style="width:1em" />`, "气人<[>怒<]>")
	f(`<img alt="照片" src='a.jpg'>图`, "图")
	f("a<b 且 c>d，<新品>，1<2，<3", "a<b 且 c>d,<新品>,1<2,<3")
	f("<bold> <a <b>", "<bold> <a")
	f("好&hellip;&hellip; &#39;a&#39; A&B; &;&#0;", "好... 'a' a&b; &;\uFFFD")
	f("cafe\u0301 x\u0301", "café x")
	// bad bytes
	f("a\xffb\xc3", "a\uFFFDb\uFFFD")
	f("", "")
	f("   ", "")
}

func TestHandlesNameTheirText(t *testing.T) {
	var d Doc
	raw := "//@张三:@United 差"
	if err := Normalize(&d, raw); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, h := range d.Handles {
		if d.Runes[h.At] != RuneMention {
			t.Errorf("Handle %+v is not at a mention", h)
		}
		names = append(names, raw[h.Start:h.End])
	}
	if want := []string{"张三", "United"}; !slices.Equal(names, want) {
		t.Errorf("handles %q, want %q", names, want)
	}
}

func TestLanguage(t *testing.T) {
	f := func(raw, want string) {
		t.Helper()
		var d Doc
		if err := Normalize(&d, raw); err != nil {
			t.Fatal(err)
		}
		if d.Lang != want {
			t.Errorf("language of %q is %q, want %q", raw, d.Lang, want)
		}
	}
	f("服务太差了", Chinese)
	f("iPhone 15 Pro Max 好用", Chinese) // brand names do not make it English
	f("@united thanks for nothing", English)
	f("ok", English)
	f("Where is my bag? It was on this flight. 谢谢", English)
	f("El servicio es muy malo y no me gusta nada de la comida", OtherLang)
	f("le produit est très mauvais et je suis déçu", OtherLang)
	f("これはひどいサービスです", OtherLang)
	f("정말 나쁜 서비스", OtherLang)
	f("ужасный сервис", OtherLang)
	f("😀😀", OtherLang)
	f("", OtherLang)
}

// Text that would tempt a scan to start over at every byte takes linear time:
// were it quadratic, this test would not end.
func TestHostileTextIsLinear(t *testing.T) {
	var d Doc
	for _, piece := range []string{"@", "[", "[a", "http://", "&", "www.", "@啊", "\u0301", "😀", "中", "a", "\xff", "\u200b", "ﷺ"} {
		raw := strings.Repeat(piece, 1<<20/len(piece))
		tokenizer().Prepare(&d, raw)
		invariants(t, &d, raw)
	}
}

// invariants hold for any text.
func invariants(t *testing.T, d *Doc, raw string) {
	t.Helper()
	if len(d.Offsets) != len(d.Runes)+1 {
		t.Fatalf("%q: %d offsets for %d runes", raw, len(d.Offsets), len(d.Runes))
	}
	if d.Offsets[len(d.Runes)] != int32(len(raw)) {
		t.Fatalf("%q: the last offset is %d, not the length", raw, d.Offsets[len(d.Runes)])
	}
	for i := range d.Runes {
		if d.Offsets[i] < 0 || d.Offsets[i] > d.Offsets[i+1] {
			t.Fatalf("%q: offsets fall at rune %d", raw, i)
		}
		if !utf8.ValidRune(d.Runes[i]) {
			t.Fatalf("%q: rune %d is no rune", raw, i)
		}
	}
	at := int32(0)
	for _, tok := range d.Tokens {
		if tok.Start != at || tok.End <= tok.Start {
			t.Fatalf("%q: token %+v leaves a gap at %d", raw, tok, at)
		}
		at = tok.End
	}
	if len(d.Tokens) > 0 && at != int32(len(d.Runes)) {
		t.Fatalf("%q: tokens end at %d of %d", raw, at, len(d.Runes))
	}
}
