package report

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// words are the keywords that set the posts since the first sign apart from
// the brand's usual ones; its own names are left out, and so are parts of a
// longer word that come with it nearly always, and phrases about a word that is
// more unusual.
func (b *builder) words(ctx context.Context) ([]string, error) {
	condition, args := b.condition()
	begin := b.hours.at(b.onset)
	now, err := b.countWords(ctx, b.within(begin, b.to), fmt.Sprintf("%s GROUP BY word HAVING count() >= 2 OR word = '' ORDER BY count() DESC, word LIMIT %d", condition, wordsLookedAt), args...)
	if err != nil {
		return nil, err
	}
	before, err := b.countWords(ctx, b.within(b.hours.start, begin), "word IN ? GROUP BY word", slices.Collect(maps.Keys(now)))
	if err != nil {
		return nil, err
	}
	posts, others := now[""], before[""]
	score := map[string]float64{}
	for word, n := range now {
		if s := surprise(n, posts, before[word], others); s > 0 && word != "" && !b.isName(word) {
			score[word] = s
		}
	}
	ranked := slices.SortedFunc(maps.Keys(score), func(x, y string) int {
		return cmp.Or(cmp.Compare(score[y], score[x]), cmp.Compare(len(y), len(x)), cmp.Compare(x, y))
	})
	var words []string
	for _, word := range ranked {
		part := slices.ContainsFunc(ranked, func(longer string) bool {
			return longer != word && strings.Contains(longer, word) && now[longer] >= .8*now[word]
		})
		said := slices.ContainsFunc(words, func(shorter string) bool { return strings.Contains(word, shorter) })
		if !part && !said && len(words) < keywordsShown {
			words = append(words, word)
		}
	}
	return words, nil
}

// countWords counts the posts with each keyword; "" counts all posts.
func (b *builder) countWords(ctx context.Context, s scope, rest string, args ...any) (map[string]float64, error) {
	where, scoped := s.where()
	rows, err := b.db.Query(ctx, `SELECT arrayJoin(arrayPushFront(arrayDistinct(keywords), '')) AS word, count() FROM mentions WHERE `+where+` AND `+rest,
		append(scoped, args...)...)
	if err != nil {
		return nil, fmt.Errorf("count keywords: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err is looked at
	counts := map[string]float64{}
	for rows.Next() {
		var word string
		var n uint64
		if err := rows.Scan(&word, &n); err != nil {
			return nil, fmt.Errorf("count keywords: %w", err)
		}
		counts[word] = float64(n)
	}
	return counts, rows.Err()
}

// isName says whether a word is or is in one of the brand's names.
func (b *builder) isName(word string) bool {
	names := []string{b.Brand, b.BrandName}
	if brand := brandOf(b.config, b.Brand); brand != nil {
		names = append(names, brand.Aliases...)
	}
	return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(strings.ToLower(name), strings.ToLower(word)) })
}
