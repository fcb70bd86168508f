package text

// Doc is one text, prepared once and read by every later step. It is reused:
// its slices are valid until the next call that fills it.
type Doc struct {
	Raw     string  // the original
	Runes   []rune  // normalised: width, case, traditional to simplified, placeholders
	Offsets []int32 // len(Runes)+1; Offsets[i] is the byte in Raw where Runes[i] came from
	Tokens  []Token // in order, without gaps over Runes
	Lang    string  // zh, en or other
}

// Token is a span of Doc.Runes.
type Token struct {
	Start, End int32 // rune indices, half open
	ID         int32 // dictionary index, -1 = not in the dictionary
}
