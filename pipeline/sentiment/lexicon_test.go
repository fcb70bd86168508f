package sentiment

import (
	"testing"

	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

func TestLexiconScore(t *testing.T) {
	l, err := NewLexicon()
	if err != nil {
		t.Fatal(err)
	}
	f := func(s string, rating float32, want schemas.Polarity) {
		t.Helper()
		var d text.Doc
		if err := text.Normalize(&d, s); err != nil {
			t.Fatal(err)
		}
		score, pol := l.Score(&d, [2]int32{0, int32(len(d.Runes))}, rating)
		if pol != want || score < -1 || score > 1 {
			t.Errorf("%q: got %v %v, want %v", s, score, pol, want)
		}
	}
	f("质量很好，非常满意", 0, schemas.Positive)
	f("太差了，再也不买", 0, schemas.Negative)
	f("不好用", 0, schemas.Negative)                  // negated praise
	f("没有异味，没有划痕", 0, schemas.Positive)            // negated faults
	f("外观好，但是质量太差，垃圾", 0, schemas.Negative)        // what follows 但是 counts more
	f("明天去上海", 0, schemas.Neutral)                 // no feeling
	f("[怒][怒]", 0, schemas.Negative)               // emoticons
	f("收到了", 1, schemas.Negative)                  // one star
	f("收到了", 5, schemas.Positive)                  // five stars
	f("great flight, thanks", 0, schemas.Positive) // English
	f("not a good experience", 0, schemas.Negative)
	f("a goodbye and a badge", 0, schemas.Neutral) // parts of words do not count
	f("", 0, schemas.Neutral)
}
