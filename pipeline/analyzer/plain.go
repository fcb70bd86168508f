package analyzer

import (
	"slices"
	"unicode/utf8"
	"unsafe"

	"fenghuo/pipeline/text"
)

// plain is the normalised text as UTF-8, from which tokens and keywords are
// cut without copying. It lives in blocks that are filled once and never
// written again, so that a string cut from it stays valid; a block costs one
// allocation for many posts.
type plain struct {
	block []byte
	text  string
	at    []int32 // at[i] is where rune i of the Doc begins in text
}

const blockSize = 64 << 10

// render writes d's text: an emoticon's marks as brackets, placeholders as
// they are.
func (p *plain) render(d *text.Doc) {
	need := len(d.Runes) * utf8.UTFMax
	if cap(p.block)-len(p.block) < need {
		p.block = make([]byte, 0, max(blockSize, need))
	}
	if cap(p.at) <= len(d.Runes) {
		p.at = make([]int32, len(d.Runes)+len(d.Runes)/4+64)
	}
	at := p.at[:len(d.Runes)+1]
	start := len(p.block)
	room, n := p.block[start:start+need], 0
	for i, r := range d.Runes {
		at[i] = int32(n)
		switch {
		case r >= 0x3000 && r < 0xA000: // three bytes, as most of a Chinese text
			b := room[n : n+3 : n+3]
			b[0], b[1], b[2] = 0xE0|byte(r>>12), 0x80|byte(r>>6)&0xBF, 0x80|byte(r)&0xBF
			n += 3
			continue
		case r == text.RuneEmoticonOpen:
			r = '['
		case r == text.RuneEmoticonClose:
			r = ']'
		}
		n += utf8.EncodeRune(room[n:], r)
	}
	at[len(d.Runes)] = int32(n)
	p.block = p.block[:start+n]
	p.text = asString(p.block[start:])
}

// span is the text of d.Runes[start:end].
func (p *plain) span(start, end int32) string { return p.text[p.at[start]:p.at[end]] }

// tokens appends the words of d: no white space, no URLs, an emoticon as one
// token, an @name as it was written.
func (p *plain) tokens(d *text.Doc, dst []string) []string {
	dst = slices.Grow(dst, len(d.Tokens))
	handle, open := 0, int32(-1)
	for rest := d.Tokens; len(rest) > 0; rest = rest[1:] {
		if open < 0 {
			n := p.words(d, rest, dst[len(dst):cap(dst)])
			dst, rest = dst[:len(dst)+n], rest[n:]
			if len(rest) == 0 {
				break
			}
		}
		switch t := rest[0]; d.Runes[t.Start] {
		case text.RuneMention:
			h := d.Handles[handle]
			handle++
			dst = append(dst, p.keep(d.Raw[h.Start-1:h.End]))
		case text.RuneEmoticonOpen:
			open = t.Start
		case text.RuneEmoticonClose:
			if open >= 0 {
				dst = append(dst, p.span(open, t.End))
			}
			open = -1
		}
	}
	return dst
}

// words fills dst with the text of tokens up to the first that is no word, and
// returns how many those are. Most of a text goes through this loop, which calls
// nothing.
func (p *plain) words(d *text.Doc, tokens []text.Token, dst []string) int {
	runes, all, at := d.Runes, p.text, p.at
	dst = dst[:len(tokens)]
	for i := range tokens {
		t := &tokens[i]
		if r := runes[t.Start]; r == ' ' || r >= text.RuneURL && r <= text.RuneEmoticonClose {
			return i
		}
		dst[i] = all[at[t.Start]:at[t.End]]
	}
	return len(tokens)
}

// keep copies s into the block.
func (p *plain) keep(s string) string {
	if cap(p.block)-len(p.block) < len(s) {
		p.block = make([]byte, 0, max(blockSize, len(s)))
	}
	start := len(p.block)
	p.block = append(p.block, s...)
	return asString(p.block[start:])
}

// asString views bytes that are not written while the string lives.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
