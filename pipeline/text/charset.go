package text

import (
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/longbridgeapp/opencc"
	"golang.org/x/text/unicode/norm"
)

// Kind is the coarse class of a normalised rune.
type Kind uint8

// The kinds. Alnum is what gse keeps together as one atom: letters and numbers
// below U+0800 (Latin, Greek, Cyrillic, Arabic ...).
const (
	Other Kind = iota // symbols, emoji, placeholders
	Alnum
	Han
	Letter // letters of the remaining scripts
	Space
	Punct
)

const (
	plane  = 0x10000
	drop   = 0      // the rune leaves nothing
	expand = 0xFFFF // the rune becomes several; see charset.longer
)

// charset folds single runes: compatibility forms (NFKC), case, traditional to
// simplified. It is derived from Unicode's tables and OpenCC's dictionary once
// per process, about 50 ms.
type charset struct {
	fold   [plane]uint16
	kind   [plane]Kind
	longer map[rune][]rune // runes that become several, or that leave the basic plane
}

var loadCharset = sync.OnceValues(newCharset)

func newCharset() (*charset, error) {
	simple, err := simplified()
	if err != nil {
		return nil, err
	}
	c := &charset{longer: map[rune][]rune{}}
	for r := rune(0); r < plane; r++ {
		c.kind[r] = kindOf(r)
		c.set(r, foldRune(r, simple))
	}
	// Compatibility ideographs and mathematical letters of higher planes.
	for r := rune(0x1D400); r <= 0x1F251; r++ {
		if out := foldRune(r, simple); len(out) != 1 || out[0] != r {
			c.longer[r] = out
		}
	}
	for r := rune(0x20000); r <= 0x2FA1F; r++ {
		if out := foldRune(r, simple); len(out) != 1 || out[0] != r {
			c.longer[r] = out
		}
	}
	return c, nil
}

func (c *charset) set(r rune, out []rune) {
	switch {
	case len(out) == 0:
		c.fold[r] = drop
	case len(out) == 1 && out[0] < expand:
		c.fold[r] = uint16(out[0])
	default:
		c.fold[r] = expand
		c.longer[r] = out
	}
}

// simplified asks OpenCC for every ideograph that it changes. Phrases are left
// to their characters: texts and brand names meet the same folding, and what
// the phrase table adds (乾隆 keeps its 乾) moves no word that matters here.
func simplified() (map[rune]rune, error) {
	cc, err := opencc.New("t2s")
	if err != nil {
		return nil, fmt.Errorf("load the traditional to simplified dictionary: %w", err)
	}
	var in strings.Builder
	for _, span := range [][2]rune{{0x3400, 0x9FFF}, {0xF900, 0xFAFF}, {0x20000, 0x2FA1F}} {
		for r := span[0]; r <= span[1]; r++ {
			if unicode.Is(unicode.Han, r) {
				in.WriteRune(r)
				in.WriteByte('\n') // keeps neighbours from forming a phrase
			}
		}
	}
	out, err := cc.Convert(in.String())
	if err != nil {
		return nil, fmt.Errorf("convert the ideographs: %w", err)
	}
	simple := map[rune]rune{}
	to := strings.Split(out, "\n")
	for i, from := range strings.Split(in.String(), "\n") {
		a, _ := utf8.DecodeRuneInString(from)
		b, n := utf8.DecodeRuneInString(to[i])
		if a != b && n == len(to[i]) && n > 0 {
			simple[a] = b
		}
	}
	return simple, nil
}

// foldRune says what becomes of one rune; nothing for marks that are not seen.
func foldRune(r rune, simple map[rune]rune) []rune {
	switch {
	case r == '\t' || r == '\n' || r == '\r' || r == '\v' || r == '\f' || r == 0x85:
		return []rune{' '}
	case invisible(r):
		return nil
	case unicode.Is(unicode.Zs, r) || r == 0x2028 || r == 0x2029:
		return []rune{' '}
	case r == '‘' || r == '’':
		return []rune{'\''} // don’t is don't
	}
	var out []rune
	for _, q := range norm.NFKC.String(string(r)) {
		if s, ok := simple[q]; ok {
			q = s
		}
		if unicode.Is(unicode.Zs, q) {
			q = ' '
		}
		out = append(out, unicode.ToLower(q))
	}
	return out
}

// invisible reports controls, zero-width and direction marks, variation
// selectors, private-use runes and non-characters.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) ||
		unicode.Is(unicode.Co, r) || unicode.Is(unicode.Cs, r) ||
		unicode.Is(unicode.Variation_Selector, r) ||
		r == 0x034F || r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0 || // fillers
		r&0xFFFE == 0xFFFE || (r >= 0xFDD0 && r <= 0xFDEF)
}

func kindOf(r rune) Kind {
	switch {
	case r < 0x800 && (unicode.IsLetter(r) || unicode.IsNumber(r)):
		return Alnum
	case unicode.Is(unicode.Han, r):
		return Han
	case unicode.IsLetter(r):
		return Letter
	case r == ' ':
		return Space
	case unicode.IsPunct(r):
		return Punct
	}
	return Other
}

// kindAt is the kind of a normalised rune of any plane.
func (c *charset) kindAt(r rune) Kind {
	if uint32(r) < plane {
		return c.kind[r]
	}
	if r >= 0x20000 && r <= 0x323AF {
		return Han
	}
	return Other
}
