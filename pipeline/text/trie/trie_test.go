package trie

import (
	"math/rand/v2"
	"testing"
)

func build(t testing.TB, keys ...string) *Trie {
	t.Helper()
	var entries []Entry
	for i, k := range keys {
		entries = append(entries, Entry{Key: k, Value: int32(i)})
	}
	tr, err := Build(entries)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestFind(t *testing.T) {
	tr := build(t, "苹果", "苹果手机", "a", "ab", "h&m", "😀", "𠀀字", "海底捞")
	f := func(key string, want int32) {
		t.Helper()
		if got := tr.Find(key); got != want {
			t.Errorf("Find(%q) = %d, want %d", key, got, want)
		}
		if got := tr.FindRunes([]rune(key)); got != want {
			t.Errorf("FindRunes(%q) = %d, want %d", key, got, want)
		}
	}
	f("苹果", 0)
	f("苹果手机", 1) // a key that goes on from another
	f("苹果手", None)
	f("苹", None) // an inner node is no key
	f("a", 2)
	f("ab", 3)
	f("abc", None)
	f("h&m", 4)
	f("😀", 5) // above the basic plane
	f("𠀀字", 6)
	f("𠀁", None)
	f("", None)
	f("海底捞", 7)
	f("未知", None) // runes in no key
}

func TestBuildRefuses(t *testing.T) {
	f := func(what string, entries ...Entry) {
		t.Helper()
		if _, err := Build(entries); err == nil {
			t.Errorf("Build accepted %s", what)
		}
	}
	f("an empty key", Entry{Key: ""})
	f("a key twice", Entry{Key: "a"}, Entry{Key: "a", Value: 1})
	f("a negative value", Entry{Key: "a", Value: -1})
}

func TestEmptyTrie(t *testing.T) {
	tr := build(t)
	if _, ok := tr.Step(Root, 'a'); ok {
		t.Error("an empty trie steps")
	}
}

// Any set of keys is found, and nothing else is.
func TestFindAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("abcd好坏的😀不了是统一")
	word := func() string {
		r := make([]rune, 1+rng.IntN(5))
		for i := range r {
			r[i] = alphabet[rng.IntN(len(alphabet))]
		}
		return string(r)
	}
	for range 50 {
		want := map[string]int32{}
		var entries []Entry
		for len(entries) < 300 {
			w := word()
			if _, ok := want[w]; !ok {
				want[w] = int32(len(entries))
				entries = append(entries, Entry{Key: w, Value: want[w]})
			}
		}
		tr, err := Build(entries)
		if err != nil {
			t.Fatal(err)
		}
		for range 3000 {
			w := word()
			v, ok := want[w]
			if !ok {
				v = None
			}
			if got := tr.Find(w); got != v {
				t.Fatalf("Find(%q) = %d, want %d", w, got, v)
			}
		}
	}
}

// Begins never denies a rune that begins a key.
func TestBegins(t *testing.T) {
	tr, err := Build([]Entry{{Key: "好用"}, {Key: "a"}, {Key: "😀x"}})
	if err != nil {
		t.Fatal(err)
	}
	for r, want := range map[rune]bool{'好': true, 'a': true, '😀': true, '用': false, 'b': false, 0: false, '𠀀': false} {
		if got := tr.Begins(r); got != want {
			t.Errorf("%q: %v, want %v", r, got, want)
		}
	}
}

// Goes never denies a rune that a key goes on by, and denies most others.
func TestGoes(t *testing.T) {
	tr, err := Build([]Entry{{Key: "好用吗"}, {Key: "好用😀"}, {Key: "好"}})
	if err != nil {
		t.Fatal(err)
	}
	s, ok := tr.Step(Root, '好')
	if !ok {
		t.Fatal("好 begins no key")
	}
	if s, ok = tr.Step(s, '用'); !ok {
		t.Fatal("好用 begins no key")
	}
	for _, r := range "吗😀" {
		if !tr.Goes(s, r) {
			t.Errorf("%q is denied after 好用", r)
		}
	}
	denied := 0
	for r := rune(0x4E00); r < 0x4E00+160; r++ {
		if !tr.Goes(s, r) {
			denied++
		}
	}
	if denied < 100 {
		t.Errorf("%d of 160 runes are denied after 好用, which two go on from", denied)
	}
}
