package sentiment

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"fenghuo/pipeline/model"
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

func loaded(t testing.TB) *Model {
	t.Helper()
	m, err := Load()
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

func whole(d *text.Doc) [2]int32 { return [2]int32{0, int32(len(d.Runes))} }

func TestModelScore(t *testing.T) {
	m := loaded(t)
	f := func(s string, rating float32, want schemas.Polarity) {
		t.Helper()
		d := prepared(t, s)
		score, pol := m.Score(d, whole(d), rating)
		if pol != want {
			t.Errorf("%q, %v stars: got %v (%.3f), want %v", s, rating, pol, score, want)
		}
		if (score > 0) != (pol == schemas.Positive) && pol != schemas.Neutral {
			t.Errorf("%q: score %.3f contradicts %v", s, score, pol)
		}
	}
	f("质量很好，非常满意，下次还来", 0, schemas.Positive)
	f("太差了，用了两天就坏了，客服还不理人", 0, schemas.Negative)
	f("这个不好用", 0, schemas.Negative) // negated praise
	f("房间干净，服务热情，推荐", 0, schemas.Positive)
	f("外卖送来都凉了，难吃死了", 0, schemas.Negative) // no such set was fitted on
	f("收到了", 1, schemas.Negative)
	f("收到了", 5, schemas.Positive)
	f("great crew, thank you for the lovely flight!", 0, schemas.Positive)
	f("worst airline ever, my bag is lost and nobody helps", 0, schemas.Negative)
	f("", 0, schemas.Neutral)
	f("  \t ", 0, schemas.Neutral)
	f("12345", 0, schemas.Neutral)
	f("！！！？？？……", 0, schemas.Neutral) // marks alone say nothing
}

// A span is scored as if it stood alone in the text.
func TestScoreSpan(t *testing.T) {
	m := loaded(t)
	d := prepared(t, "甲牌太差了，乙牌非常好用")
	comma := int32(strings.IndexRune(string(d.Runes), ','))
	for i, r := range d.Runes {
		if r == ',' || r == '，' {
			comma = int32(i)
		}
	}
	bad, _ := m.Score(d, [2]int32{0, comma}, 0)
	good, _ := m.Score(d, [2]int32{comma + 1, int32(len(d.Runes))}, 0)
	if bad >= 0 || good <= 0 {
		t.Errorf("spans score %.2f and %.2f, want below and above 0", bad, good)
	}
}

// More stars never make a text sound worse.
func TestRatingIsMonotone(t *testing.T) {
	m := loaded(t)
	for _, s := range []string{"收到了", "质量很好", "太差了", "ok", "great", "awful"} {
		d := prepared(t, s)
		last := float32(-2)
		for stars := float32(1); stars <= 5; stars++ {
			score, _ := m.Score(d, whole(d), stars)
			if score < last {
				t.Errorf("%q: %v stars score %.3f, one less %.3f", s, stars, score, last)
			}
			last = score
		}
	}
}

// inWords gives a document tokens: Latin words whole, of all else every rune.
func inWords(d *text.Doc) *text.Doc {
	for i, r := range d.Runes {
		at := int32(i)
		if last := len(d.Tokens) - 1; last >= 0 && latinLetter(r) && latinLetter(d.Runes[i-1]) {
			d.Tokens[last].End = at + 1
			continue
		}
		d.Tokens = append(d.Tokens, text.Token{Start: at, End: at + 1})
	}
	return d
}

func TestExplain(t *testing.T) {
	m := loaded(t)
	d := inWords(prepared(t, "外观漂亮，但是质量太差"))
	c := m.Explain(d, whole(d), 0)
	if len(c) == 0 {
		t.Fatal("nothing explains the score")
	}
	for i, x := range c {
		if x.Start < 0 || x.End > int32(len(d.Runes)) || x.Start >= x.End {
			t.Errorf("contribution %d: span %d..%d of %d runes", i, x.Start, x.End, len(d.Runes))
		}
		if i > 0 && math.Abs(float64(x.Weight)) > math.Abs(float64(c[i-1].Weight)) {
			t.Errorf("contribution %d is stronger than the one before", i)
		}
	}
	if !strings.Contains(string(d.Runes[c[0].Start:c[0].End]), "差") || c[0].Weight >= 0 {
		t.Errorf("strongest is %q (%.2f), want the fault", string(d.Runes[c[0].Start:c[0].End]), c[0].Weight)
	}
}

// What explains a score are whole words, in either language, and no clause runs
// into the next.
func TestExplainKeepsWordsWhole(t *testing.T) {
	m := loaded(t)
	for _, s := range []string{"Worst airline ever!! My bag is lost and nobody answers :( but the crew was nice", "精华液用了三天脸就烂了，客服还不理人，但是包装挺好看"} {
		d := inWords(prepared(t, s))
		starts, ends := map[int32]bool{}, map[int32]bool{}
		for _, token := range d.Tokens {
			starts[token.Start], ends[token.End] = true, true
		}
		reasons := m.Explain(d, whole(d), 0)
		if len(reasons) < 4 {
			t.Errorf("%q: %d reasons", s, len(reasons))
		}
		for _, c := range reasons {
			words := d.Text(c.Start, c.End)
			if !starts[c.Start] || !ends[c.End] {
				t.Errorf("%q: %q cuts a word", s, words)
			}
			if strings.ContainsAny(strings.TrimRight(words, ",!"), ",!") || strings.TrimSpace(words) != words {
				t.Errorf("%q: %q is more than a clause", s, words)
			}
		}
	}
}

func TestFileRoundTrip(t *testing.T) {
	var b bytes.Buffer
	if _, err := loaded(t).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), model.Sentiment) {
		t.Fatalf("writing what was read gives %d other bytes than the %d read", b.Len(), len(model.Sentiment))
	}
}

func TestRefusedFiles(t *testing.T) {
	f := func(name string, change func([]byte) []byte, want error) {
		t.Helper()
		_, err := Decode(change(bytes.Clone(model.Sentiment)))
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
	}
	f("empty", func(b []byte) []byte { return nil }, model.ErrForeign)
	f("another format", func(b []byte) []byte { return append([]byte("PK\x03\x04"), b...) }, model.ErrForeign)
	f("a later version", func(b []byte) []byte { b[8]++; return b }, model.ErrVersion)
	f("one bit flipped", func(b []byte) []byte { b[len(b)/2] ^= 4; return b }, model.ErrDamaged)
	f("cut short", func(b []byte) []byte { return b[:len(b)-100] }, model.ErrDamaged)
	f("longer", func(b []byte) []byte { return append(b, 0) }, model.ErrDamaged)
}

func TestScoreDoesNotAllocate(t *testing.T) {
	m := loaded(t)
	for _, s := range []string{"客服态度太差了，等了三天没人理，再也不买了", "worst flight ever, lost my bag"} {
		d := prepared(t, s)
		if n := testing.AllocsPerRun(100, func() { m.Score(d, whole(d), 0) }); n != 0 {
			t.Errorf("%q: %v allocations", s, n)
		}
	}
}

// Odd input gives a score in range and no panic.
func FuzzScore(f *testing.F) {
	for _, s := range []string{"", "\xff\xfe", "!!!!", "😀😀😀", "\u200b\u202e", strings.Repeat("好", 5000), "a", "[怒]", "1", "质量 good 很差 bad"} {
		f.Add(s, float32(0))
	}
	m := loaded(f)
	f.Fuzz(func(t *testing.T, s string, rating float32) {
		d := prepared(t, s)
		score, pol := m.Score(d, whole(d), rating)
		if !(score >= -1 && score <= 1) || pol == "" {
			t.Fatalf("%q: score %v, polarity %q", s, score, pol)
		}
		m.Explain(inWords(d), whole(d), rating)
		_ = utf8.ValidString(s)
	})
}

func BenchmarkScore(b *testing.B) {
	m := loaded(b)
	base := "客服态度太差了，等了三天没人理，退款也不给退，包装破损严重，东西用了两天就坏了，再也不会来买了，大家千万别上当"
	for _, n := range []int{60, 200} {
		d := prepared(b, string([]rune(strings.Repeat(base, 4))[:n]))
		b.Run(map[int]string{60: "60runes", 200: "200runes"}[n], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Score(d, whole(d), 0)
			}
		})
	}
}
