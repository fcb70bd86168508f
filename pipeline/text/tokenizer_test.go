package text

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-ego/gse"
)

// userWords are new words, words the dictionary has, with and without a
// frequency, and one that gse counts as two atoms.
var userWords = []Word{
	{Text: "海底捞", Freq: 500, Pos: "nz"},
	{Text: "蜜雪冰城"},
	{Text: "苹果", Freq: 9000, Pos: "nz"},
	{Text: "统一"},
	{Text: "iphone15"},
	{Text: "小米14pro", Freq: 40},
	{Text: "美的"},
}

var tokenizer = sync.OnceValue(func() *Tokenizer {
	t, err := NewTokenizer(userWords)
	if err != nil {
		panic(err)
	}
	return t
})

// oracle is gse with the same words loaded in front, as its users do.
var oracle = sync.OnceValue(func() *gse.Segmenter {
	b, err := loadBase()
	if err != nil {
		panic(err)
	}
	override, added, err := mergeUser(b, userWords)
	if err != nil {
		panic(err)
	}
	var lines strings.Builder
	for _, w := range override {
		fmt.Fprintf(&lines, "%s %v %s\n", w.Text, w.Freq, w.Pos)
	}
	for _, w := range added {
		fmt.Fprintf(&lines, "%s %v %s\n", w.Text, w.Freq, w.Pos)
	}
	seg := &gse.Segmenter{SkipLog: true, NotLoadHMM: true}
	if err := seg.LoadDictStr(lines.String()); err != nil {
		panic(err)
	}
	if err := seg.LoadDictEmbed("zh_s"); err != nil {
		panic(err)
	}
	return seg
})

// sameAsGSE fails unless the tokens of raw are those of gse's Segment over the
// normalised text.
func sameAsGSE(t *testing.T, d *Doc, raw string) int {
	t.Helper()
	tokenizer().Prepare(d, raw)
	normal := string(d.Runes)
	want := oracle().Segment([]byte(normal))
	if len(want) != len(d.Tokens) {
		t.Fatalf("%q: %d tokens, gse has %d\nours %q\ngse  %q", normal, len(d.Tokens), len(want), tokens(d), segments(normal, want))
	}
	for i, w := range want {
		if got := d.Text(d.Tokens[i].Start, d.Tokens[i].End); got != normal[w.Start():w.End()] {
			t.Fatalf("%q: token %d is %q, gse has %q", normal, i, got, normal[w.Start():w.End()])
		}
	}
	return len(want)
}

func tokens(d *Doc) []string {
	var out []string
	for _, t := range d.Tokens {
		out = append(out, d.Text(t.Start, t.End))
	}
	return out
}

func segments(s string, segs []gse.Segment) []string {
	var out []string
	for _, g := range segs {
		out = append(out, s[g.Start():g.End()])
	}
	return out
}

func TestTokensAreGSEs(t *testing.T) {
	var d Doc
	for _, raw := range []string{
		"",
		"a",
		"海底捞的服务太好了,下次还来!",
		"完美的苹果手机,4S店买的iPhone15和小米14Pro。",
		"统一思想,统一方便面",
		"3.14 a b  c AA制 T恤衫 卡拉OK",
		"中华人民共和国中央人民政府今天成立了",
		"😀😀😀😀好吃到哭[泪][泪] http://t.cn/abc @海底捞 #话题# 2023年",
		"\xff\xfe坏\xc3字节",
		"это тест of кириллица و عربي 日本語テスト 한국어",
		"ｆｕｌｌｗｉｄｔｈ　１２３",
	} {
		sameAsGSE(t, &d, raw)
	}
}

// Strings drawn from dictionary words, single characters, Latin and marks meet
// every branch of the walk.
func TestTokensAreGSEsOnRandomText(t *testing.T) {
	b, err := loadBase()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 11))
	odd := []rune("的了不是很abcz09 ,.!?。，！😀é中ß½²а\uE000\u200d\u0301@#[]&")
	var d Doc
	total := 0
	for range 20000 {
		var s strings.Builder
		for range 1 + rng.IntN(12) {
			switch rng.IntN(4) {
			case 0, 1:
				s.WriteString(b.words[rng.IntN(len(b.words))].Text)
			case 2: // a piece of a word
				w := []rune(b.words[rng.IntN(len(b.words))].Text)
				s.WriteString(string(w[:1+rng.IntN(len(w))]))
			default:
				s.WriteRune(odd[rng.IntN(len(odd))])
			}
		}
		total += sameAsGSE(t, &d, s.String())
	}
	t.Logf("%d tokens", total)
}

// Real posts of every labelled set.
func TestTokensAreGSEsOnRealText(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(dataDir(), "text", "*.jsonl.gz"))
	if len(files) == 0 {
		t.Skipf("no labelled texts under %s; set FENGHUO_DATA", dataDir())
	}
	var d Doc
	total := 0
	for _, f := range files {
		for i, raw := range texts(t, f) {
			if i%20 == 0 {
				total += sameAsGSE(t, &d, raw)
			}
		}
	}
	t.Logf("%d tokens", total)
}

func FuzzTokensAreGSEs(f *testing.F) {
	for _, s := range []string{"好吃", "iPhone15 Pro", "完美的", "a\u0301b", "\xf0\x28", "[怒]@a http://b", "统一思想 4s店"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var d Doc
		sameAsGSE(t, &d, raw)
		invariants(t, &d, raw)
	})
}

// Concurrent readers see either dictionary whole while it is swapped.
func TestSetWordsSwapsAtOnce(t *testing.T) {
	tk, err := NewTokenizer(nil)
	if err != nil {
		t.Fatal(err)
	}
	const raw = "新词汇星云座舱很好用"
	count := func(d *Doc) int {
		tk.Prepare(d, raw)
		return len(d.Tokens)
	}
	var d Doc
	before := count(&d)
	done := make(chan error)
	go func() { done <- tk.SetWords([]Word{{Text: "星云座舱"}}) }()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			if after := count(&d); after >= before {
				t.Errorf("%d tokens with the word, %d without", after, before)
			}
			return
		default:
			if n := count(&d); n > before {
				t.Fatalf("%d tokens during the swap", n)
			}
		}
	}
}

func TestUserWordsThatAreRefused(t *testing.T) {
	for _, w := range []Word{{}, {Text: "two words"}, {Text: "a\xff"}, {Text: "rare", Freq: 1}} {
		if err := tokenizer().SetWords([]Word{w}); err == nil {
			t.Errorf("SetWords accepted %+v", w)
		}
	}
}

func TestPrepareDoesNotAllocate(t *testing.T) {
	var d Doc
	raw := strings.Repeat("海底捞的服务太好了,下次还来! @united http://t.cn/x [怒] 完美的苹果手机 ", 20)
	tokenizer().Prepare(&d, raw)
	if n := testing.AllocsPerRun(50, func() { tokenizer().Prepare(&d, raw) }); n != 0 {
		t.Errorf("%v allocations per text", n)
	}
}

func dataDir() string {
	if dir := os.Getenv("FENGHUO_DATA"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared", "data")
}

// texts reads the texts of a labelled set.
func texts(t testing.TB, file string) []string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row struct{ Text string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		out = append(out, row.Text)
	}
	return out
}
