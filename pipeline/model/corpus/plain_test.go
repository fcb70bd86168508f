package corpus

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestPlain(t *testing.T)           { testChinese(t, Plain, 1000) }
func TestEveryday(t *testing.T)        { testChinese(t, Everyday, 3000) }
func TestPlainEnglish(t *testing.T)    { testEnglish(t, PlainEnglish, plainEnglishText) }
func TestEverydayEnglish(t *testing.T) { testEnglish(t, EverydayEnglish, everydayEnglishText) }

// testChinese: the made sentences are the same every time, of all three
// classes, and no name of a section is left in them.
func testChinese(t *testing.T, made func() ([]Example, error), least int) {
	got, err := made()
	if err != nil {
		t.Fatal(err)
	}
	again, _ := made()
	count := map[Label]int{}
	for i, e := range got {
		count[e.Label]++
		if e.Text != again[i].Text {
			t.Fatalf("sentence %d is %q, then %q", i, e.Text, again[i].Text)
		}
		if strings.ContainsFunc(e.Text, func(r rune) bool { return r < 0x80 }) {
			t.Errorf("%q is not filled", e.Text)
		}
	}
	for _, l := range []Label{Neg, Neu, Pos} {
		if count[l] < least {
			t.Errorf("%d sentences of class %d", count[l], l)
		}
	}
}

// testEnglish: the same of the English ones.
func testEnglish(t *testing.T, made func() ([]Example, error), file string) {
	got, err := made()
	if err != nil {
		t.Fatal(err)
	}
	g, err := readGrammar(file)
	if err != nil {
		t.Fatal(err)
	}
	count := map[Label]int{}
	for _, e := range got {
		count[e.Label]++
		for _, name := range g.names {
			if strings.Contains(e.Text, name) || strings.ContainsAny(e.Text, "{}_") {
				t.Errorf("%q is not filled", e.Text)
			}
		}
	}
	for _, l := range []Label{Neg, Neu, Pos} {
		if count[l] < 500 {
			t.Errorf("%d sentences of class %d", count[l], l)
		}
	}
}

// What is sad blames nobody; what is negative does.
func TestSad(t *testing.T) {
	g, err := readGrammar("[pattern]\nsad 失眠了\nneg 又坏了\npos 真好")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []pattern{{Neg, false, "失眠了"}, {Neg, true, "又坏了"}, {Pos, false, "真好"}} {
		if g.patterns[i] != want {
			t.Errorf("pattern %d is %v, want %v", i, g.patterns[i], want)
		}
	}
}

func TestFill(t *testing.T) {
	g, err := readGrammar("[thing]\n手机\n[good]\n好\n[pattern]\npos {thing|}真{good}{。|}")
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		if s := g.fill(g.patterns[0].sentence, rnd); !slices.Contains([]string{"手机真好。", "手机真好", "真好。", "真好"}, s) {
			t.Fatalf("made %q", s)
		}
	}
	if _, err := readGrammar("[pattern]\nmaybe x"); err == nil {
		t.Error("an unknown class is accepted")
	}
}
