package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// label gives products their names and keywords the character that a word cut
// from a name has lost: the dictionary knows 李佳, the posts speak of 李佳琦.
func (b *builder) label() {
	for i, p := range b.Products {
		b.Products[i].Label = b.productName(p.Name)
	}
	for i, k := range b.Keywords {
		b.Keywords[i].Label = whole(k.Name, b.texts)
	}
	for i, k := range b.Keywords { // and in the phrases it is a part of
		for _, part := range b.Keywords {
			if k.Label == k.Name && strings.Contains(k.Name, part.Name) {
				b.Keywords[i].Label = strings.ReplaceAll(k.Name, part.Name, part.Label)
			}
		}
	}
}

// productName is a product's name in the config, else its id.
func (b *builder) productName(id string) string {
	if brand := brandOf(b.config, b.Brand); brand != nil {
		for _, s := range brand.SKUs {
			if s.ID == id && s.Name != "" {
				return s.Name
			}
		}
	}
	return id
}

// readTokens reads the tokens of different posts that have one of the keywords.
func (b *builder) readTokens(ctx context.Context, words []string) (texts [][]string, err error) {
	begin := b.hours.at(b.onset)
	where, args := b.within(begin, b.to).where()
	rows, err := b.db.Query(ctx, `SELECT DISTINCT arraySlice(tokens, 1, 200) FROM mentions WHERE `+where+` AND duplicate_of = '' AND hasAny(keywords, ?) LIMIT 2000`,
		append(args, words)...)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	for rows.Next() {
		var tokens []string
		if err := rows.Scan(&tokens); err != nil {
			return nil, fmt.Errorf("read tokens: %w", err)
		}
		texts = append(texts, tokens)
	}
	return texts, rows.Err()
}

// enoughTexts is in how many different texts a neighbour must be seen.
const enoughTexts = 3

// whole is a word with the single ideograph before or behind it that nearly
// always stands there.
func whole(word string, texts [][]string) string {
	before, behind := map[string]int{}, map[string]int{}
	n := 0
	for _, tokens := range texts {
		at, end := find(word, tokens)
		if end == 0 {
			continue
		}
		n++
		if at > 0 {
			before[tokens[at-1]]++
		}
		if end < len(tokens) {
			behind[tokens[end]]++
		}
	}
	return steady(before, n) + word + steady(behind, n)
}

// find is where tokens in a row are the word; end is 0 where none are.
func find(word string, tokens []string) (at, end int) {
	for at := range tokens {
		rest := word
		for i, t := range tokens[at:] {
			if t == "" || !strings.HasPrefix(rest, t) {
				break
			}
			if rest = rest[len(t):]; rest == "" {
				return at, at + i + 1
			}
		}
	}
	return 0, 0
}

// phrase is a word as the tokens that make it up, each between blanks; "" where
// no text has it.
func phrase(word string, texts [][]string) string {
	for _, tokens := range texts {
		if at, end := find(word, tokens); end > 0 {
			return " " + strings.Join(tokens[at:end], " ") + " "
		}
	}
	return ""
}

// steady is the neighbour that is a single ideograph of its own in four of five
// texts, if there is one.
func steady(neighbours map[string]int, texts int) string {
	for t, n := range neighbours {
		r, size := utf8.DecodeRuneInString(t)
		if size == len(t) && unicode.Is(unicode.Han, r) && !slices.Contains(particles, t) && n >= enoughTexts && 5*n >= 4*texts {
			return t
		}
	}
	return ""
}

// particles stand beside any word and are part of none.
var particles = strings.Split("的 了 是 在 和 与 被 把 将 就 也 都 又 再 还 很 不 没 有 我 你 他 她 它 这 那 对 向 从 为 称 说 等 及 或 让 给 到", " ")
