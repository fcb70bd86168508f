package text

import "fenghuo/pipeline/text/trie"

// Doc is one text, prepared once and read by every later step. It is reused:
// its slices are valid until the next call that fills it.
type Doc struct {
	Raw     string   // the original
	Runes   []rune   // normalised: width, case, traditional to simplified, placeholders
	Offsets []int32  // len(Runes)+1; Offsets[i] is the byte in Raw where Runes[i] came from
	Tokens  []Token  // in order, without gaps over Runes
	Handles []Handle // the names behind RuneMention, in order
	Lang    string   // zh, en or other

	dict  *dictionary // what Tokens' IDs mean
	hops  []hop       // scratch of the segmentation
	words trie.Beginnings
	room  []Token // Tokens are its end
}

// Word tells of a token what the dictionary knows: its distance, which is
// log2(1/probability), the first letter of its part of speech (n noun, v verb,
// a adjective ...) and whether it is a stop word. Not ok for a token that is
// not in the dictionary.
func (d *Doc) Word(t Token) (distance float32, pos byte, stop, ok bool) {
	if t.ID == NoWord {
		return 0, 0, false, false
	}
	e := &d.dict.entries[t.ID]
	return e.distance, e.pos, e.stop, true
}

// Text is a span of the normalised text as a new string.
func (d *Doc) Text(start, end int32) string { return string(d.Runes[start:end]) }

// Token is a span of Doc.Runes.
type Token struct {
	Start, End int32 // rune indices, half open
	ID         int32 // what the dictionary says of the word, see Doc.Word; NoWord = nothing
}

// Handle is the name of an @mention: the placeholder Runes[At] stands for '@'
// and Raw[Start:End].
type Handle struct {
	At         int32 // index of its RuneMention in Doc.Runes
	Start, End int32 // bytes of Doc.Raw, without the '@'
}

// Placeholders and marks in Doc.Runes, from Unicode's private-use area. The
// same runes in an original text are removed, so that nobody can forge them.
const (
	RuneURL           = '\uE000' // a whole URL
	RuneMention       = '\uE001' // a whole @name; see Doc.Handles
	RuneEmoticonOpen  = '\uE002' // replaces '[' of an emoticon: [怒] is E002 怒 E003
	RuneEmoticonClose = '\uE003' // replaces ']' of an emoticon
)

// Contribution says how much a span of Doc.Runes moved a score: below 0
// towards negative.
type Contribution struct {
	Start, End int32
	Weight     float32
}
