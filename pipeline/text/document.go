package text

// Doc is one text, prepared once and read by every later step. It is reused:
// its slices are valid until the next call that fills it.
type Doc struct {
	Raw     string   // the original
	Runes   []rune   // normalised: width, case, traditional to simplified, placeholders
	Offsets []int32  // len(Runes)+1; Offsets[i] is the byte in Raw where Runes[i] came from
	Tokens  []Token  // in order, without gaps over Runes
	Handles []Handle // the names behind RuneMention, in order
	Lang    string   // zh, en or other
}

// Token is a span of Doc.Runes.
type Token struct {
	Start, End int32 // rune indices, half open
	ID         int32 // dictionary index, -1 = not in the dictionary
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
