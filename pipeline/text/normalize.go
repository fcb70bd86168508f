package text

import (
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxRun is how often in a row a rune other than a digit is kept: 哈哈哈哈哈
// and !!!!! say no more than three of them, and cost models their features.
const maxRun = 3

// Limits of what counts as an @name and as an emoticon's name, in runes: the
// longest that Weibo allows.
const (
	maxHandle   = 30
	maxLoose    = 8 // of a name that runs into punctuation
	maxEmoticon = 6
)

// Normalize fills d from raw without tokens: Raw, Runes, Offsets, Handles and
// Lang. It needs no dictionary.
func Normalize(d *Doc, raw string) error {
	c, err := loadCharset()
	if err != nil {
		return err
	}
	n := normalizer{charset: c, d: d}
	n.run(raw)
	return nil
}

// normalizer is one pass over a raw text.
type normalizer struct {
	*charset
	d      *Doc
	count  scripts
	last   rune // of d.Runes
	repeat int  // how many of them in a row
}

// scripts counts letters by script, for the language.
type scripts struct{ han, latin, kana, other int }

func (n *normalizer) run(raw string) {
	d := n.d
	d.Raw = raw
	d.Runes = d.Runes[:0]
	d.Offsets = d.Offsets[:0]
	d.Handles = d.Handles[:0]
	d.Tokens = d.Tokens[:0]
	for i := 0; i < len(raw); {
		if i = n.ideographs(raw, i); i == len(raw) {
			break
		}
		c := raw[i]
		if c < utf8.RuneSelf {
			if special[c] {
				if used := n.special(raw, i); used > 0 {
					i += used
					continue
				}
			}
			if f := n.fold[c]; f != drop {
				n.emit(rune(f), i)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(raw[i:])
		n.rune(r, i)
		i += size
	}
	if last := len(d.Runes) - 1; last >= 0 && d.Runes[last] == ' ' {
		d.Runes, d.Offsets = d.Runes[:last], d.Offsets[:last]
	}
	d.Offsets = append(d.Offsets, int32(len(raw)))
	d.Lang = n.count.language(d.Runes)
}

// ideographs emits those that raw goes on with and the marks between them, as most
// of a text, without the questions that emit asks, and returns where they end.
// What repeats the last rune is left to emit.
func (n *normalizer) ideographs(raw string, i int) int {
	d, fold, last := n.d, &n.fold, n.last
	from, rest := len(d.Runes), raw[i:]
	if room := from + len(rest)/3; cap(d.Runes) < room || cap(d.Offsets) < room {
		d.Runes, d.Offsets = slices.Grow(d.Runes, room-from), slices.Grow(d.Offsets, room-from)
	}
	runes := d.Runes[from:cap(d.Runes)]
	offsets := d.Offsets[from:cap(d.Offsets)]
	runes = runes[:min(len(runes), len(offsets))]
	offsets = offsets[:len(runes)]
	more := 0
	for at := 0; at < len(rest)-2 && more < len(runes); at += 3 {
		f := rune(fold[threeBytes(rest[at], rest[at+1], rest[at+2])])
		if f == last {
			break
		}
		if f < firstIdeograph || f > lastIdeograph {
			if n.kind[f] != Punct { // neither is what leaves nothing or becomes several
				break
			}
			n.count.han--
		}
		runes[more], offsets[more] = f, int32(i+at)
		more, last = more+1, f
	}
	if more > 0 {
		d.Runes, d.Offsets = d.Runes[:from+more], d.Offsets[:from+more]
		n.last, n.repeat = last, 1
		n.count.han += more
	}
	return i + 3*more
}

const firstIdeograph, lastIdeograph = 0x4E00, 0x9FFF

// threeBytes decodes three bytes that are a rune, of U+1000 at least, as most of a
// Chinese text; of others it gives 0, which is folded to nothing.
func threeBytes(a, b, c byte) uint16 {
	if a-0xE1 > 0xEF-0xE1 || a == 0xED || (b^0x80|c^0x80)&0xC0 != 0 {
		return 0
	}
	return uint16(a)<<12 + uint16(b)<<6 + uint16(c) - 0x80<<6 - 0x80
}

// rune handles one rune above ASCII.
func (n *normalizer) rune(r rune, at int) {
	if uint32(r) < plane {
		if r >= 0x300 && r <= 0x36F {
			n.combine(r)
			return
		}
		switch f := n.fold[r]; f {
		case drop:
			return
		case expand:
		default:
			n.emit(rune(f), at)
			return
		}
	} else if invisible(r) {
		return
	}
	out, ok := n.longer[r]
	if !ok {
		n.emit(r, at)
		return
	}
	for _, q := range out {
		n.emit(q, at)
	}
}

// combine puts a combining mark onto the letter before it, where Unicode has
// the two as one rune; else the mark is dropped.
func (n *normalizer) combine(mark rune) {
	last := len(n.d.Runes) - 1
	if last < 0 {
		return
	}
	var in, out [16]byte
	pair := utf8.AppendRune(utf8.AppendRune(in[:0], n.d.Runes[last]), mark)
	composed := norm.NFC.Append(out[:0], pair...)
	if r, size := utf8.DecodeRune(composed); size == len(composed) {
		n.d.Runes[last], n.last = r, r
	}
}

// emit appends a normalised rune that came from byte at.
func (n *normalizer) emit(r rune, at int) {
	d := n.d
	if r == n.last {
		n.repeat++
		if r == ' ' || (n.repeat > maxRun && (r < '0' || r > '9')) {
			return
		}
	} else {
		if r == ' ' && len(d.Runes) == 0 {
			return
		}
		n.last, n.repeat = r, 1
	}
	d.Runes = append(d.Runes, r)
	d.Offsets = append(d.Offsets, int32(at))
	n.tally(r)
}

func (n *normalizer) tally(r rune) {
	switch n.kindAt(r) {
	case Han:
		n.count.han++
	case Alnum:
		switch {
		case r >= 'a' && r <= 'z', r >= 0xDF && r < 0x250:
			n.count.latin++
		case r > '9':
			n.count.other++
		}
	case Letter:
		if r >= 0x3040 && r <= 0x30FF {
			n.count.kana++
		} else {
			n.count.other++
		}
	}
}

// special marks the ASCII bytes that may begin something longer than a rune.
var special = [utf8.RuneSelf]bool{'@': true, '[': true, '&': true, '<': true, 'h': true, 'H': true, 'w': true, 'W': true}

// special handles what may begin at raw[at] and returns the bytes it took, or
// 0 for an ordinary character.
func (n *normalizer) special(raw string, at int) int {
	switch raw[at] {
	case '@':
		return n.handle(raw, at)
	case '[':
		return n.emoticon(raw, at)
	case '&':
		return n.entity(raw, at)
	case '<':
		return n.tag(raw, at)
	}
	return n.url(raw, at)
}

// afterAlnum reports that the text so far ends in a letter or digit.
func (n *normalizer) afterAlnum() bool {
	last := len(n.d.Runes) - 1
	return last >= 0 && n.kindAt(n.d.Runes[last]) == Alnum
}

// url takes http://..., https://... and www. as one placeholder.
func (n *normalizer) url(raw string, at int) int {
	rest := raw[at:]
	if !hasPrefixFold(rest, "http://") && !hasPrefixFold(rest, "https://") &&
		(!hasPrefixFold(rest, "www.") || n.afterAlnum()) {
		return 0
	}
	end := 0
	for end < len(rest) && rest[end] > ' ' && rest[end] < 0x7F && !strings.ContainsRune("<>\"`{}|\\^", rune(rest[end])) {
		end++
	}
	end = len(strings.TrimRight(rest[:end], ".,!?:;')]"))
	n.emit(RuneURL, at)
	return end
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// handle takes an @name as one placeholder. A name ends where Weibo's and
// Twitter's do; a long run of ideographs that ends in punctuation is a
// sentence after a stray '@', not a name.
func (n *normalizer) handle(raw string, at int) int {
	if n.afterAlnum() {
		return 0 // an e-mail address
	}
	start := at + 1
	ascii, end, runes := start, start, 0
	for end < len(raw) && runes <= maxHandle {
		r, size := utf8.DecodeRuneInString(raw[end:])
		if !handleRune(n.kindAt(r), r) {
			break
		}
		if r < utf8.RuneSelf && ascii == end {
			ascii = end + 1
		}
		end += size
		runes++
	}
	if end == start {
		return 0
	}
	if end > ascii && (runes > maxHandle || !endsHandle(raw[end:])) {
		if ascii == start && runes > maxLoose {
			return 0
		}
		if ascii > start {
			end = ascii
		}
	}
	n.d.Handles = append(n.d.Handles, Handle{At: int32(len(n.d.Runes)), Start: int32(start), End: int32(end)})
	n.last, n.repeat = RuneMention, 0 // every mention counts, however many in a row
	n.d.Runes = append(n.d.Runes, RuneMention)
	n.d.Offsets = append(n.d.Offsets, int32(at))
	return end - at
}

func handleRune(k Kind, r rune) bool {
	return k == Alnum || k == Han || k == Letter || r == '_' || r == '-' || r == '·'
}

func endsHandle(rest string) bool {
	if rest == "" {
		return true
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return strings.ContainsRune(" \t\r\n\u00A0\u3000:：@/)）]】", r)
}

// emoticon takes [怒] as its name between two marks.
func (n *normalizer) emoticon(raw string, at int) int {
	end, runes := at+1, 0
	for {
		if end >= len(raw) || runes > maxEmoticon {
			return 0
		}
		r, size := utf8.DecodeRuneInString(raw[end:])
		if r == ']' {
			break
		}
		if k := n.kindAt(r); (k != Han && k != Alnum) || (r >= '0' && r <= '9') {
			return 0
		}
		end += size
		runes++
	}
	if runes == 0 {
		return 0
	}
	n.emit(RuneEmoticonOpen, at)
	for i := at + 1; i < end; {
		r, size := utf8.DecodeRuneInString(raw[i:])
		n.rune(r, i)
		i += size
	}
	n.emit(RuneEmoticonClose, end)
	return end + 1 - at
}

// longestEntity is the longest HTML entity that is looked for, in bytes.
const longestEntity = 10

// entity resolves an HTML entity that a feed left in a text.
func (n *normalizer) entity(raw string, at int) int {
	end := strings.IndexByte(raw[at:min(len(raw), at+longestEntity)], ';')
	if end < 2 {
		return 0
	}
	entity := raw[at : at+end+1]
	plain := html.UnescapeString(entity)
	if plain == entity {
		return 0
	}
	for _, r := range plain {
		n.rune(r, at)
	}
	return len(entity)
}
