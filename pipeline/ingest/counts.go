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

// readCount reads a count as spreadsheets and platforms write it: 1,200 or
// 3.4万+. It is not ok for what is no such count, and for plain digits, which
// stay as they are. A count that is not known has no value.
func readCount(s string) (value []byte, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if slices.Contains(nothing, s) {
		return nil, true
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
		return nil, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f*times > 1<<53 {
		return nil, false
	}
	return strconv.AppendInt(nil, int64(math.Round(f*times)), 10), true
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
// text for people.
func (b *builder) counted() {
	for i := fieldFollowers; i <= fieldRating; i++ {
		v := b.values[i]
		if len(v) < 2 || v[0] != '"' || strings.Trim(string(v[1:len(v)-1]), "0123456789") == "" {
			continue
		}
		if value, ok := readCount(plain(v)); ok && (i < fieldRating || value == nil) {
			b.values[i] = value
		}
	}
}
