package ingest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"fenghuo/schemas"
)

// Fields are the fields of a post that can be mapped, in the order they are
// written.
var Fields = []string{
	"id", "text", "title", "published_at", "brand", "sku", "channel", "kind", "lang", "author_id",
	"followers", "likes", "reposts", "comments", "rating", "parent_id", "url", "region",
}

// SeriesFields are those of a value of a business series.
var SeriesFields = []string{"series", "brand", "sku", "timestamp", "value"}

// Mapping says where the fields of a post come from, or those of a value when
// it has a field series. A field that it leaves
// out comes from the column of its own name, unless that column was given to
// another field. The nil Mapping is that identity.
type Mapping map[string]Origin

// Origin is a column, or a constant for every row.
type Origin struct {
	Column   string
	Constant string
	IsConst  bool
}

// ParseMapping reads the values of --map: field=column or field='constant',
// separated by commas. A column whose name has a comma or a quote in it is
// written in double quotes; a quote within quotes is doubled.
func ParseMapping(values []string) (Mapping, error) {
	return parseMapping(values, Fields, "a post")
}

// ParseSeriesMapping does so for the values of a business series. Which one is
// in the column that --map gives as series, else it is the one named.
func ParseSeriesMapping(series string, values []string) (Mapping, error) {
	m, err := parseMapping(values, SeriesFields, "a value of a series")
	if err != nil {
		return nil, err
	}
	if series = strings.TrimSpace(series); series == "" || len(series) > schemas.MaxSeriesBytes {
		return nil, fmt.Errorf("--series %q: give a name of 1 to %d bytes, such as orders", series, schemas.MaxSeriesBytes)
	}
	if _, given := m["series"]; !given {
		m["series"] = Origin{Constant: series, IsConst: true}
	}
	return m, nil
}

// fields are those that rows of the mapping make.
func (m Mapping) fields() []string {
	if _, series := m["series"]; series {
		return SeriesFields
	}
	return Fields
}

func parseMapping(values, fields []string, of string) (Mapping, error) {
	m := Mapping{}
	for _, v := range values {
		for rest := strings.TrimSpace(v); rest != ""; {
			field, after, ok := strings.Cut(rest, "=")
			field = strings.TrimSpace(field)
			if !ok || field == "" {
				return nil, fmt.Errorf("--map %q: write field=column or field='constant', separated by commas", v)
			}
			if !slices.Contains(fields, field) {
				return nil, fmt.Errorf("--map: %s has no field %q; its fields are %s", of, field, strings.Join(fields, ", "))
			}
			if _, twice := m[field]; twice {
				return nil, fmt.Errorf("--map: field %q is mapped twice", field)
			}
			origin, tail, err := parseOrigin(after)
			if err != nil {
				return nil, fmt.Errorf("--map %q: field %q: %w", v, field, err)
			}
			m[field] = origin
			rest = tail
		}
	}
	return m, nil
}

// parseOrigin reads one right-hand side and returns what follows its comma.
func parseOrigin(s string) (Origin, string, error) {
	s = strings.TrimLeft(s, " ")
	if s == "" || (s[0] != '\'' && s[0] != '"') {
		column, rest, _ := strings.Cut(s, ",")
		column = strings.TrimSpace(column)
		if column == "" {
			return Origin{}, "", fmt.Errorf("no column given")
		}
		return Origin{Column: column}, rest, nil
	}
	quote := s[0]
	var out strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != quote {
			out.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			out.WriteByte(quote)
			i++
			continue
		}
		rest := strings.TrimLeft(s[i+1:], " ")
		if rest != "" && rest[0] != ',' {
			return Origin{}, "", fmt.Errorf("%q follows the closing quote; separate with a comma", rest)
		}
		rest = strings.TrimPrefix(rest, ",")
		if quote == '"' {
			return Origin{Column: out.String()}, rest, nil
		}
		return Origin{Constant: out.String(), IsConst: true}, rest, nil
	}
	return Origin{}, "", fmt.Errorf("the quote %c is not closed", quote)
}

// column returns the column a field comes from, "" for none.
func (m Mapping) column(field string) string {
	if o, ok := m[field]; ok {
		return o.Column
	}
	for _, o := range m {
		if !o.IsConst && o.Column == field {
			return "" // given to another field
		}
	}
	return field
}

// byColumn lists for each column the indices into the fields that it fills.
func (m Mapping) byColumn() map[string][]int {
	to := make(map[string][]int)
	for i, field := range m.fields() {
		if c := m.column(field); c != "" {
			to[c] = append(to[c], i)
		}
	}
	return to
}

// check looks whether columns hold what the mapping needs: every column named
// in it, and something for text and time. what names the columns in messages.
func (m Mapping) check(columns []string, what string) error {
	there := func(c string) bool { return slices.Contains(columns, c) }
	for _, field := range m.fields() {
		if o, ok := m[field]; ok && !o.IsConst && !there(o.Column) {
			return fmt.Errorf("no %s %q for --map %s=%s; there are: %s", what, o.Column, field, o.Column, listed(columns))
		}
	}
	to := m.byColumn()
	for i, c := range columns {
		if len(to[c]) > 0 && slices.Contains(columns[:i], c) {
			return fmt.Errorf("%s %q is there twice; rename one", what, c)
		}
	}
	filled := func(field string) bool { return m[field].Constant != "" || there(m.column(field)) }
	if _, series := m["series"]; series {
		for _, field := range []string{"brand", "timestamp", "value"} {
			if !filled(field) {
				return fmt.Errorf("no %s is the %s; say which with --map %s=COLUMN; there are: %s", what, field, field, listed(columns))
			}
		}
		return nil
	}
	switch {
	case !filled("text") && !filled("title"):
		return fmt.Errorf("no %s is the text; say which with --map text=COLUMN; there are: %s", what, listed(columns))
	case !filled("published_at"):
		return fmt.Errorf("no %s is the time; say which with --map published_at=COLUMN; there are: %s", what, listed(columns))
	}
	return nil
}

// mostListed is how many columns a message lists.
const mostListed = 40

// listed names columns on one line, those of odd characters in quotes: a header
// may be anything where a file is not what it seems.
func listed(columns []string) string {
	more := ""
	if len(columns) > mostListed {
		more = fmt.Sprintf(" and %d more", len(columns)-mostListed)
		columns = columns[:mostListed]
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		if runes := []rune(c); len(runes) > mostListed {
			c = string(runes[:mostListed]) + "…"
		}
		if strings.ContainsFunc(c, func(r rune) bool { return !unicode.IsPrint(r) }) || c == "" {
			c = strconv.Quote(c)
		}
		names[i] = c
	}
	return strings.Join(names, ", ") + more
}
