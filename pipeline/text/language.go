package text

import (
	"strings"

	"fenghuo/pipeline/text/trie"
)

// The languages of Doc.Lang.
const (
	Chinese   = "zh"
	English   = "en"
	OtherLang = "other"
)

const (
	lettersPerHan = 6  // an ideograph weighs as much as this many Latin letters
	wordsToLookAt = 48 // enough to tell English from its neighbours
)

// language decides from the letters seen, and for Latin script from function
// words: a short text without any is taken for English.
func (s scripts) language(runes []rune) string {
	switch {
	case s.kana > 0 && s.kana*3 >= s.han:
		return OtherLang
	case s.han > 0 && s.han*lettersPerHan >= s.latin && s.han >= s.other:
		return Chinese
	case s.latin == 0 || s.other > s.latin:
		return OtherLang
	}
	return latinLanguage(runes)
}

func latinLanguage(runes []rune) string {
	english, foreign, words := 0, 0, 0
	for i := 0; i < len(runes) && words < wordsToLookAt; {
		if !isLatin(runes[i]) {
			i++
			continue
		}
		j := i
		for j < len(runes) && isLatin(runes[j]) {
			if runes[j] > 0x7F {
				foreign++ // é, ñ, ü: half a function word each would be too little
			}
			j++
		}
		switch functionWords.FindRunes(runes[i:j]) {
		case 0:
			english++
		case 1:
			foreign++
		}
		words++
		i = j
	}
	if foreign > english+words/12 {
		return OtherLang
	}
	return English
}

func isLatin(r rune) bool { return r >= 'a' && r <= 'z' || r >= 0xDF && r < 0x250 }

// functionWords has value 0 for English ones and 1 for those of Spanish,
// French, German, Portuguese, Italian, Dutch and Indonesian.
var functionWords = func() *trie.Trie {
	lists := []string{
		`the to and of is it you that was for on are with this be at not have from my your i we they
he she his her our but so all just what when how who will would can could been has had do did does
don no out up if about get got im its an there more why me as by or`,
		`de la el que los las una por con para del como muy pero es le les des et est une dans pour pas
sur je vous der die und das ist nicht ein eine mit auf den zu ich sie von não você um uma os na no
para com il di che non per sono het een van niet dat yang dan tidak ini itu untuk`,
	}
	seen := map[string]bool{}
	var entries []trie.Entry
	for value, list := range lists {
		for _, w := range strings.Fields(list) {
			if !seen[w] {
				seen[w] = true
				entries = append(entries, trie.Entry{Key: w, Value: int32(value)})
			}
		}
	}
	t, err := trie.Build(entries)
	if err != nil {
		panic(err) // the lists above are constant
	}
	return t
}()
