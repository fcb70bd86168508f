package ingest

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// multiples are how platforms shorten a count: 3.4万, 1.2亿, 12k. Weibo and
// Douyin write w for 万.
var multiples = []struct {
	suffix string
	times  float64
}{{"万", 1e4}, {"w", 1e4}, {"亿", 1e8}, {"k", 1e3}, {"千", 1e3}}

// nothing is how tables write that they do not know a number, in lower case.
var nothing = []string{"-", "--", `\n`, "null", "none", "nan", "n/a"}

// readNumber reads a number as spreadsheets and platforms write it: 1,200 or
// 3.4万+. One that is not known is NaN. It is not ok for what is no such number.
func readNumber(s string) (f float64, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if slices.Contains(nothing, s) {
		return math.NaN(), true
	}
	s = strings.TrimSuffix(s, "+")
	times := 1.0
	for _, m := range multiples {
		if digits, found := strings.CutSuffix(s, m.suffix); found {
			s, times = strings.TrimSpace(digits), m.times
			break
		}
	}
	if s = ungrouped(s); s == "" || strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f * times, err == nil && f*times <= 1<<53
}

// ungrouped takes the commas out of 1,234,567; what is grouped otherwise stays
// as it is, since its comma may be a decimal one.
func ungrouped(s string) string {
	whole, _, _ := strings.Cut(s, ".")
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		if len(groups) > 1 && (len(g) > 3 || len(g) == 0 || i > 0 && len(g) < 3) {
			return s
		}
	}
	return strings.ReplaceAll(s, ",", "")
}

// counted writes the counts of a post as whole numbers where a file has them as
// text for people; the rating only where it is not known.
func (b *builder) counted() {
	for i := fieldFollowers; i <= fieldRating; i++ {
		f, ok := b.written(i)
		switch {
		case !ok:
		case math.IsNaN(f):
			b.set(i, nil)
		case i < fieldRating:
			b.set(i, strconv.AppendInt(nil, int64(math.Round(f)), 10))
		}
	}
}

// valued does so for the value of a series, which may have a fraction. One that
// is not known stays what it is: no value.
func (b *builder) valued() {
	if f, ok := b.written(valueValue); ok && !math.IsNaN(f) {
		b.set(valueValue, strconv.AppendFloat(nil, f, 'f', -1, 64))
	}
}

// written reads field i where it is text that is not plain digits.
func (b *builder) written(i int) (float64, bool) {
	v := b.values[i]
	if len(v) < 2 || v[0] != '"' || strings.Trim(string(v[1:len(v)-1]), "0123456789") == "" {
		return 0, false
	}
	return readNumber(plain(v))
}
