package trie

import (
	"slices"
	"strings"
	"testing"
)

// f checks the longest word at a place against the plain definition.
func TestLongest(t *testing.T) {
	words := []string{"不好", "不", "不好用", "好用", "", "no", "😀", "😀😀", "好用"}
	tr := Build(words)
	f := func(text string, at int, want string) {
		t.Helper()
		runes := []rune(text)
		id, end := tr.Longest(runes, at)
		got := ""
		if id >= 0 {
			got = words[id]
			if string(runes[at:end]) != got {
				t.Fatalf("%q at %d: word %q but end %d", text, at, got, end)
			}
		}
		if got != want {
			t.Fatalf("%q at %d: got %q, want %q", text, at, got, want)
		}
	}
	f("不好用", 0, "不好用")   // the longest, not the first
	f("不好吃", 0, "不好")    // falls back to the last complete word
	f("不怎么好用", 0, "不")   // one rune
	f("不好用", 1, "好用")    // inside another word
	f("很好", 0, "")       // none
	f("😀😀😀", 1, "😀😀")    // beyond the basic plane
	f("x\uffff", 1, "")  // unknown rune at the end
	f("not", 0, "no")    // prefix of a longer text
	f("\ufffd不", 0, "")  // replacement rune
	f("n", 0, "")        // text ends inside a word
	f("好用好用好用", 4, "好用") // repeated
}

// places are all of a text.
func places(tr *Trie, runes []rune) (all []int) {
	var room [Batch]uint8
	for from := 0; from < len(runes); from += Batch {
		for _, at := range tr.Places(runes, from, &room) {
			all = append(all, from+int(at))
		}
	}
	return all
}

// Places of words and watched runes are found in every batch, at its edges, too.
func TestPlaces(t *testing.T) {
	tr := Build([]string{"不好", "慢"})
	tr.Watch('。')
	text := []rune(strings.Repeat("天", 2*Batch+9))
	var want []int
	for _, at := range []int{0, Batch - 2, Batch, 2*Batch - 1} {
		copy(text[at:], []rune("不好"))
		want = append(want, at)
	}
	text[Batch+3], text[len(text)-1] = '慢', '。'
	want = append(want, Batch+3, len(text)-1)
	slices.Sort(want)
	if got := places(tr, text); !slices.Equal(got, want) {
		t.Errorf("places %d, want %d", got, want)
	}
	if got := places(tr, text[:Batch]); !slices.Equal(got, want[:2]) {
		t.Errorf("of one batch %d, want %d", got, want[:2])
	}
}

func FuzzLongest(f *testing.F) {
	f.Add("不 不好 不好用 no", "这个不好用 no")
	f.Add("", "x")
	f.Add("aa a aaa", "aaaa")
	f.Fuzz(func(t *testing.T, list, text string) {
		words := strings.Fields(list)
		tr := Build(words)
		runes := []rune(text)
		for at := range runes {
			want := ""
			for _, w := range words {
				r := []rune(w)
				if len(r) <= len(runes)-at && string(runes[at:at+len(r)]) == string(r) && len(w) > len(want) {
					want = w
				}
			}
			id, end := tr.Longest(runes, at)
			got := ""
			if id >= 0 {
				got = string([]rune(words[id]))
			}
			if got != string([]rune(want)) || string(runes[at:end]) != got {
				t.Fatalf("%q at %d of %q: got %q, want %q", list, at, text, got, want)
			}
			if id >= 0 && !slices.Contains(places(tr, runes), at) {
				t.Fatalf("%q: no place for %q at %d of %q", list, got, at, text)
			}
		}
	})
}
