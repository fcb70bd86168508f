package corpus

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The made sentences are the same every time, of all three classes, and no
// name of a section is left in them.
func TestPlain(t *testing.T) {
	got, err := Plain()
	if err != nil {
		t.Fatal(err)
	}
	again, _ := Plain()
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
		if count[l] < 1000 {
			t.Errorf("%d sentences of class %d", count[l], l)
		}
	}
}

// The same of the English ones.
func TestPlainEnglish(t *testing.T) {
	got, err := PlainEnglish()
	if err != nil {
		t.Fatal(err)
	}
	g, err := readGrammar(plainEnglishText)
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
